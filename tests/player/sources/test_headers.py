"""Healthy files whose headers are wrong about their length, or that lack an index."""

from __future__ import annotations

import dataclasses
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from simpsons_play.core.errors import SourceError
from tests.media import AVI, AVI_B, AVI_H264, X264, Recipe, Studio
from tests.player.sources.reading import read

RATE = Fraction(25)
STEP_S = 0.04
FLV = Recipe("said.flv", sound="libmp3lame", options=X264, rate=RATE, sound_rate=44_100)
MKV = Recipe("said.mkv", sound="aac", options=X264, rate=RATE)

Change = Callable[[float], float]
changes = pytest.mark.parametrize(
    "change",
    [lambda said: said * 2, lambda said: said // 2, lambda said: said * 1000],
    ids=["2x", "half", "1000x"],
)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


def without_index(path: Path, out: Path) -> Path:
    """An AVI as a recorder leaves it that was switched off."""
    data = path.read_bytes()
    data = data[: data.rindex(b"idx1")]
    out.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    return out


@pytest.mark.parametrize(
    "change", [lambda said: said * 2, lambda said: said // 2, lambda said: 0], ids=["2x", "half", "0"]
)
@pytest.mark.parametrize("recipe", [AVI, AVI_B, AVI_H264], ids=lambda recipe: recipe.name)
def test_the_index_of_an_avi_is_believed_before_its_header(
    recipe: Recipe, change: Callable[[int], int], studio: Studio, tmp_path: Path
) -> None:
    whole = studio.video(recipe)
    expected, info, _ = read(whole)
    data = bytearray(whole.read_bytes())
    for place in (data.index(b"avih") + 24, data.index(b"strh") + 40):
        data[place : place + 4] = struct.pack("<I", change(*struct.unpack("<I", data[place : place + 4])))
    path = tmp_path / "said.avi"
    path.write_bytes(data)
    found, said, warnings = read(path)
    assert found == expected
    assert warnings == []
    assert said.frames == len(found)
    assert said.duration_s == pytest.approx(info.duration_s)
    sought, _, warnings = read(path, start_s=expected[40][0])
    assert sought == expected[40:]
    assert warnings == []


@changes
@pytest.mark.parametrize(
    ("recipe", "field", "form"),
    [(MKV, b"\x44\x89\x88", ">d"), (FLV, b"duration\0", ">d")],
    ids=["mkv", "flv"],
)
def test_a_wrong_length_in_a_header_is_no_damage(
    recipe: Recipe, field: bytes, form: str, change: Change, studio: Studio, tmp_path: Path
) -> None:
    whole = studio.video(recipe)
    expected, _, _ = read(whole)
    data = bytearray(whole.read_bytes().replace(b"DURATION", b"_URATION"))  # of each stream, in Matroska
    place = data.index(field) + len(field)
    struct.pack_into(form, data, place, change(*struct.unpack_from(form, data, place)))
    path = tmp_path / recipe.name
    path.write_bytes(data)
    found, _, warnings = read(path)
    assert found == expected
    assert warnings == []
    sought, info, warnings = read(path, start_s=expected[40][0] - 0.001)
    assert sought == expected[40:]
    assert warnings == []
    assert info.duration_s is None or info.duration_s > 0
    # What ends before its header says so is still known to be cut off.
    path.write_bytes(data[: len(data) * 2 // 3])
    if change(2.0) > 2:
        assert "ends early" in read(path)[2][0]
    with pytest.raises(SourceError, match="start earlier"):
        read(path, start_s=5000.0)


@pytest.mark.parametrize("sound_s", [2.0, 8.0])
@pytest.mark.parametrize("indexed", [True, False])
def test_times_hold_after_a_seek_in_an_avi_counted_by_fields(
    indexed: bool, sound_s: float, studio: Studio, tmp_path: Path
) -> None:
    """Each picture is a packet and an empty one; ffmpeg may begin between both, or where the sound ends."""
    source = studio.video(Recipe("long.ts", sound="mp2", options={**X264, "bf": "2"}, rate=RATE, frames=200))
    path = tmp_path / "fields.avi"
    with av.open(str(source)) as container, av.open(str(path), "w") as out:
        copies = {s.index: out.add_stream_from_template(s) for s in container.streams}
        pictures, sound = container.streams.video[0], container.streams.audio[0]
        out.streams.video[0].time_base = Fraction(1, 50)
        number = 0
        for packet in container.demux(pictures, sound):
            if packet.dts is None or (
                packet.stream_index == sound.index and packet.dts * packet.time_base > sound_s
            ):
                continue
            if packet.stream_index == pictures.index:
                packet.pts = packet.dts = 2 * number
                packet.duration, packet.time_base = 2, Fraction(1, 50)
                number += 1
            packet.stream = copies[packet.stream_index]
            out.mux(packet)
    if not indexed:
        path = without_index(path, tmp_path / "unindexed.avi")
    expected, _, warnings = read(path)
    assert warnings == []
    assert [number for _, number in expected] == list(range(200))
    for number in range(60, 190, 13):
        found, _, warnings = read(path, start_s=expected[number][0], duration_s=0.2)
        assert found == expected[number : number + 5]
        assert warnings == []


def test_a_small_avi_without_an_index_is_whole(studio: Studio, tmp_path: Path) -> None:
    recipe = dataclasses.replace(AVI, name="small.avi", rate=RATE)
    found, _, warnings = read(without_index(studio.video(recipe), tmp_path / "small.avi"))
    assert [number for _, number in found] == list(range(48))
    assert warnings == []
