"""Sound of every kind is copied or re-encoded in sync, and damaged sound does not stop a run."""

import errno
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from simpsons_play.sinks.partial import PartialFile
from simpsons_play.sources.demux import Demuxer
from tests.media import (
    X264,
    Recipe,
    make_video,
)
from tests.player.sinks.video_kit import (
    ENDINGS,
    SOUND_RATE,
    assert_tone,
    decode_sound,
    make_film,
    read,
    record,
    tone,
)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi"])
@pytest.mark.parametrize("codec", ["aac", "ac3", "mp2"])
def test_sound_that_starts_after_the_probed_part_is_in_sync(codec: str, ending: str, tmp_path: Path) -> None:
    recipe = Recipe("silent.ts", options={**X264, "bf": "0"}, rate=Fraction(25), frames=200)
    silent = make_video(tmp_path, recipe)
    source = tmp_path / "late.ts"
    source.write_bytes(silent.read_bytes() + make_film(tmp_path / "film.ts", codec).read_bytes())
    path, warnings = record(source, tmp_path / f"out.{ending}")
    assert warnings == []
    after, sound = read(path), decode_sound(path)
    assert [number for _, number in after] == [*range(200), *range(50)]
    assert np.abs(sound[: round(7.9 * SOUND_RATE)]).max() < 0.02
    for at_s in (0.5, 1.4):
        assert_tone(sound, float(after[200][0]) + at_s, tone_s=at_s, within_s=0.04)


def test_ac3_keeps_its_times_from_avi_to_avi(tmp_path: Path) -> None:
    """The block size of AC-3 in AVI is not its packet size."""
    first = make_film(tmp_path / "first.avi", "ac3", layout="5.1")
    again, warnings = record(first, tmp_path / "again.avi")
    once_more, _ = record(again, tmp_path / "more.avi")
    assert warnings == []
    for path in (again, once_more):
        with av.open(str(path)) as media:
            stamps = [packet.pts for packet in media.demux(audio=0) if packet.size]
            assert stamps == list(range(len(stamps)))
            assert media.streams.audio[0].channels == 6


def test_undecodable_sound_is_reported(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.mkv", "ac3")
    with av.open(str(source)) as media, av.open(str(tmp_path / "noise.mkv"), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream) for stream in media.streams}
        for packet in media.demux():
            if packet.size:
                if packet.stream.type == "audio":
                    noise: Any = av.Packet(bytes(range(200)))
                    noise.pts, noise.dts, noise.time_base = packet.pts, packet.dts, packet.time_base
                    noise.stream = packet.stream
                    packet = noise
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
    path, warnings = record(tmp_path / "noise.mkv", tmp_path / "out.webm")
    assert warnings == [f"{path}: sound (ac3) cannot be decoded and is silent"]
    assert len(read(path)) == 50


KINDS = [
    ("mov", "pcm_u8", 8000, "mono"),
    ("mov", "pcm_s24le", 96_000, "stereo"),
    ("mkv", "flac", 192_000, "stereo"),
    ("mkv", "flac", 48_000, "7.1"),
    ("mkv", "pcm_f64le", 48_000, "stereo"),
    ("avi", "adpcm_ms", 22_050, "stereo"),
    ("asf", "wmav2", 44_100, "stereo"),
    ("mkv", "libopus", 48_000, "stereo"),
    ("mkv", "aac", 48_000, "7.1"),
    ("mkv", "ac3", 48_000, "5.1"),
    ("mp4", "alac", 44_100, "stereo"),
    ("flv", "aac", 44_100, "mono"),
]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("container", "codec", "rate", "layout"), KINDS, ids=[f"{kind[1]} {kind[2]} {kind[3]}" for kind in KINDS]
)
def test_every_kind_of_sound_is_in_sync(
    container: str, codec: str, rate: int, layout: str, ending: str, tmp_path: Path
) -> None:
    source = make_film(tmp_path / f"film.{container}", codec, rate=rate, layout=layout)
    path, warnings = record(source, tmp_path / f"out.{ending}")
    assert warnings == []
    before, after = decode_sound(source), decode_sound(path)
    shift_s = float(read(source)[0][0] - read(path)[0][0])
    for at_s in (0.6, 1.3):
        place = round((at_s + shift_s) * SOUND_RATE)
        piece = before[place : place + 2000]
        around = after[round(at_s * SOUND_RATE) - 400 :][:2800]
        late_s = (int(np.argmax(np.correlate(around, piece, "valid"))) - 400) / SOUND_RATE
        assert abs(late_s) <= 0.003
        assert np.corrcoef(piece, around[400 + round(late_s * SOUND_RATE) :][:2000])[0, 1] > 0.8


@pytest.mark.parametrize("codec", ["flac", "pcm_s16le", "ac3", "libmp3lame"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_gap_in_the_sound_stays_silent(ending: str, codec: str, tmp_path: Path) -> None:
    source = make_film(tmp_path / "gap.mkv", codec, silent_s=(0.6, 1.3))
    path, _ = record(source, tmp_path / f"out.{ending}")
    sound = decode_sound(path)
    assert np.abs(sound[round(0.75 * SOUND_RATE) : round(1.2 * SOUND_RATE)]).max() < 0.02
    assert_tone(sound, 0.2, tone_s=0.2)
    assert_tone(sound, 1.5, tone_s=1.5)


@pytest.mark.parametrize("ending", ENDINGS)
def test_sound_with_its_own_clock_is_in_sync(ending: str, tmp_path: Path) -> None:
    """As in recordings of several programmes: the clock of the sound is hours away from that of the video."""
    source, path = make_film(tmp_path / "film.ts", "mp2"), tmp_path / "apart.ts"
    with av.open(str(source)) as media, av.open(str(path), "w") as out:
        copies = {stream.index: out.add_stream_from_template(stream) for stream in media.streams}
        for packet in media.demux():
            if packet.size and packet.pts is not None and packet.dts is not None:
                ticks = 20_000 * 90_000 if packet.stream.type == "audio" else 0
                packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
    with Demuxer(path) as repaired:
        sound = repaired.container.streams.audio[0]
        begin_s = next(float(repaired.time_of(p.pts or 0, p.time_base)) for p in repaired.packets(sound))
    assert begin_s < 10
    after, _ = record(path, tmp_path / f"out.{ending}")
    assert [number for _, number in read(after)] == list(range(50))
    shift_s = float(read(path)[0][0] - read(after)[0][0])
    assert_tone(decode_sound(after), begin_s + 1.0 - shift_s, tone_s=1.0, within_s=0.04)


def damage_sound(source: Path, path: Path) -> Path:
    """A copy of a transport stream in which some sound packets are noise."""
    with av.open(str(source)) as media:
        pid = media.streams.audio[0].id
    data, noise = bytearray(source.read_bytes()), np.random.default_rng(4)
    for begin in range(188 * 60, len(data), 188):
        if (data[begin + 1] & 31) << 8 | data[begin + 2] == pid and noise.random() < 0.2:
            data[begin + 30 : begin + 120] = noise.integers(0, 256, 90, dtype=np.uint8).tobytes()
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("ending", ENDINGS)
def test_damaged_sound_does_not_stop_the_run(ending: str, tmp_path: Path) -> None:
    source = damage_sound(make_film(tmp_path / "film.ts", "aac"), tmp_path / "hurt.ts")
    path, _ = record(source, tmp_path / f"out.{ending}")
    assert [number for _, number in read(path)] == list(range(50))
    with av.open(str(path)) as media:
        assert media.streams.audio


def test_sound_stream_without_packets_is_reported(tmp_path: Path) -> None:
    source = make_film(tmp_path / "film.ts", "aac")
    with av.open(str(source)) as media:
        pid = media.streams.audio[0].id
    data = source.read_bytes()
    cells = [data[begin : begin + 188] for begin in range(0, len(data), 188)]
    silent = tmp_path / "silent.ts"
    silent.write_bytes(b"".join(cell for cell in cells if (cell[1] & 31) << 8 | cell[2] != pid))
    path, warnings = record(silent, tmp_path / "out.mp4")
    assert len(read(path)) == 50
    assert len(warnings) == 1 and "without sound (aac" in warnings[0]


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "; choose another folder or free some space"),
        (errno.EDQUOT, "; choose another folder or free some space"),
        (errno.EACCES, "; choose another folder"),
        (errno.EINVAL, ""),
    ],
)
def test_remedy_depends_on_the_error(number: int, remedy: str, tmp_path: Path) -> None:
    line = str(PartialFile(tmp_path / "out.mp4").error(OSError(number, "It failed")))
    assert line == f"{tmp_path / 'out.mp4'} cannot be written: it failed{remedy}"


def test_test_tone_is_as_expected(tmp_path: Path) -> None:
    source = make_video(tmp_path, Recipe("tone.mkv", sound="flac", options=X264, rate=Fraction(25)))
    assert np.corrcoef(decode_sound(source)[8000:9000], tone(1.0, 1.125))[0, 1] > 0.95
