"""Undamaged files whose headers state a wrong length, or that lack an index."""

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
FLV = Recipe("stated.flv", sound="libmp3lame", options=X264, rate=RATE, sound_rate=44_100)
MKV = Recipe("stated.mkv", sound="aac", options=X264, rate=RATE)

Change = Callable[[float], float]
changes = pytest.mark.parametrize(
    "change",
    [lambda stated: stated * 2, lambda stated: stated // 2, lambda stated: stated * 1000],
    ids=["2x", "half", "1000x"],
)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


def without_index(path: Path, out: Path) -> Path:
    """A copy of an AVI without an index, as a recorder leaves it that is switched off."""
    data = path.read_bytes()
    data = data[: data.rindex(b"idx1")]
    out.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    return out


@pytest.mark.parametrize(
    "change",
    [lambda stated: stated * 2, lambda stated: stated // 2, lambda stated: 0],
    ids=["2x", "half", "0"],
)
@pytest.mark.parametrize("recipe", [AVI, AVI_B, AVI_H264], ids=lambda recipe: recipe.name)
def test_the_index_of_an_avi_wins_over_its_header(
    recipe: Recipe, change: Callable[[int], int], studio: Studio, tmp_path: Path
) -> None:
    original = studio.video(recipe)
    expected, info, _ = read(original)
    data = bytearray(original.read_bytes())
    for place in (data.index(b"avih") + 24, data.index(b"strh") + 40):
        data[place : place + 4] = struct.pack("<I", change(*struct.unpack("<I", data[place : place + 4])))
    path = tmp_path / "stated.avi"
    path.write_bytes(data)
    found, stated_info, warnings = read(path)
    assert found == expected
    assert warnings == []
    assert stated_info.frames == len(found)
    assert stated_info.duration_s == pytest.approx(info.duration_s)
    sought, _, warnings = read(path, start_s=expected[40][0])
    assert sought == expected[40:]
    assert warnings == []


@changes
@pytest.mark.parametrize(
    ("recipe", "field", "form"),
    [(MKV, b"\x44\x89\x88", ">d"), (FLV, b"duration\0", ">d")],
    ids=["mkv", "flv"],
)
def test_a_wrong_length_in_a_header_is_not_damage(
    recipe: Recipe, field: bytes, form: str, change: Change, studio: Studio, tmp_path: Path
) -> None:
    original = studio.video(recipe)
    expected, _, _ = read(original)
    data = bytearray(
        original.read_bytes().replace(b"DURATION", b"_URATION")
    )  # hides the length of each stream in Matroska
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
    # A file that ends before the time in its header is still reported as truncated.
    path.write_bytes(data[: len(data) * 2 // 3])
    if change(2.0) > 2:
        assert "ends early" in read(path)[2][0]
    with pytest.raises(SourceError, match=r"start earlier|start at .* or earlier"):
        read(path, start_s=5000.0)


@pytest.mark.parametrize("sound_s", [2.0, 8.0])
@pytest.mark.parametrize("indexed", [True, False])
def test_times_after_a_seek_are_right_in_an_avi_counted_in_fields(
    indexed: bool, sound_s: float, studio: Studio, tmp_path: Path
) -> None:
    """Each frame is a packet and an empty one; ffmpeg may seek between both, or to the end of the sound."""
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


def test_a_small_avi_without_an_index_is_complete(studio: Studio, tmp_path: Path) -> None:
    recipe = dataclasses.replace(AVI, name="small.avi", rate=RATE)
    found, _, warnings = read(without_index(studio.video(recipe), tmp_path / "small.avi"))
    assert [number for _, number in found] == list(range(48))
    assert warnings == []
