"""Sound of every kind goes into recordings, and what is wrong with it is no reason to stop."""

import dataclasses
import errno
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from simpsons_play.sinks.partial import PartialFile
from simpsons_play.sinks.video import passthrough as kept
from simpsons_play.sinks.video import sound_format
from simpsons_play.sinks.video.sound_format import changing_sound, headers
from simpsons_play.sources import VideoFile
from simpsons_play.sources.demux import Demuxer
from tests.media import X264, Recipe, length_s, make_video, numbered
from tests.player.sinks.test_video_time import ENDINGS, HEARD_RATE, assert_tone, heard, read, record, tone


def film(
    path: Path,
    codec: str,
    *,
    rate: int = 48_000,
    layout: str = "stereo",
    frames: int = 50,
    silent_s: tuple[float, float] = (0.0, 0.0),
) -> Path:
    """Numbered pictures at 25 fps with the test tone; nothing is stored of a silent stretch."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("libx264", rate=25, width=64, height=48, options={**X264, "bf": "0"})
        sound: Any = out.add_stream(codec, rate=rate, layout=layout)
        sound.bit_rate = 128_000
        sound.codec_context.open()
        kind, size = sound.codec_context.format, sound.codec_context.frame_size or 1024
        resampler = av.AudioResampler(format=kind, layout=layout, rate=rate)
        done = 0
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(numbered(number), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            out.mux(video.encode(picture))
            while done / rate < (number + 1) / 25:
                at = (done + np.arange(size)) / rate
                wave = (0.3 * np.sin(2 * np.pi * (200 + 100 * at) * at)).astype(np.float32)
                channels = len(av.AudioLayout(layout).channels)
                plain = av.AudioFrame.from_ndarray(np.repeat(wave, channels)[None], "flt", layout)
                plain.sample_rate, plain.pts, plain.time_base = rate, done, Fraction(1, rate)
                if not silent_s[0] <= done / rate < silent_s[1]:
                    for ready in resampler.resample(plain):
                        out.mux(sound.encode(ready))
                done += size
        out.mux([*video.encode(None), *sound.encode(None)])
    return path


def joined(folder: Path, one: dict[str, Any], other: dict[str, Any], *, ending: str = "ts") -> Path:
    """Two films put one after the other, as `cat` does."""
    parts = [film(folder / f"{n}.{ending}", **how) for n, how in enumerate((one, other))]
    both = folder / f"both.{ending}"
    both.write_bytes(b"".join(part.read_bytes() for part in parts))
    return both


CHANGES = {
    "rate and channels": (
        {"codec": "aac", "rate": 44_100},
        {"codec": "aac", "rate": 48_000, "layout": "mono"},
    ),
    "channels": ({"codec": "aac", "layout": "mono"}, {"codec": "aac", "layout": "5.1"}),
    "AC-3 channels": ({"codec": "ac3"}, {"codec": "ac3", "layout": "5.1"}),
    "AC-3 rate": ({"codec": "ac3", "rate": 44_100}, {"codec": "ac3", "rate": 48_000}),
    "MP2 rate": ({"codec": "mp2", "rate": 48_000}, {"codec": "mp2", "rate": 32_000}),
    "AAC to AC-3": ({"codec": "aac"}, {"codec": "ac3"}),
    "AC-3 to AAC": ({"codec": "ac3"}, {"codec": "aac"}),
    "MP2 to AAC": ({"codec": "mp2"}, {"codec": "aac"}),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("change", CHANGES)
def test_sound_whose_format_changes_midway_goes_on(change: str, ending: str, tmp_path: Path) -> None:
    source = joined(tmp_path, *CHANGES[change])
    path, told = record(source, tmp_path / f"out.{ending}")
    assert told == []
    after = read(path)
    assert [number for _, number in after] == [*range(50), *range(50)]
    sound = heard(path)
    first_s, joint_s = float(after[0][0]), float(after[50][0])
    assert joint_s - first_s == pytest.approx(2.0, abs=0.1)
    # Sound begins up to a run-up before its pictures in each part.
    for at_s in (0.5, 1.4):
        assert_tone(sound, first_s + at_s, tone_s=at_s, within_s=0.05)
        assert_tone(sound, joint_s + at_s, tone_s=at_s, within_s=0.05)


def test_only_what_cannot_be_copied_on_is_encoded(tmp_path: Path) -> None:
    found = {}
    for name, change in CHANGES.items():
        folder = tmp_path / name
        folder.mkdir()
        found[name] = bool(changing_sound(joined(folder, *change)))
    assert found == {
        "rate and channels": True,
        "channels": True,
        "AC-3 channels": False,  # players follow the head of each packet
        "AC-3 rate": True,
        "MP2 rate": True,
        "AAC to AC-3": True,
        "AC-3 to AAC": True,
        "MP2 to AAC": True,
    }


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi"])
@pytest.mark.parametrize("codec", ["aac", "ac3", "mp2"])
def test_sound_that_begins_later_than_ffmpeg_looks_is_in_time(
    codec: str, ending: str, tmp_path: Path
) -> None:
    recipe = Recipe("silent.ts", options={**X264, "bf": "0"}, rate=Fraction(25), frames=200)
    silent = make_video(tmp_path, recipe)
    source = tmp_path / "late.ts"
    source.write_bytes(silent.read_bytes() + film(tmp_path / "film.ts", codec).read_bytes())
    path, told = record(source, tmp_path / f"out.{ending}")
    assert told == []
    after, sound = read(path), heard(path)
    assert [number for _, number in after] == [*range(200), *range(50)]
    assert np.abs(sound[: round(7.9 * HEARD_RATE)]).max() < 0.02
    for at_s in (0.5, 1.4):
        assert_tone(sound, float(after[200][0]) + at_s, tone_s=at_s, within_s=0.04)


OGG = Recipe(
    "one.ogv",
    codec="libvpx",
    sound="vorbis",
    rate=Fraction(25),
    frames=50,
    options={"deadline": "realtime", "cpu-used": "8", "g": "12"},
)


def test_joined_ogg_files_of_another_rate_end_with_a_warning(tmp_path: Path) -> None:
    one = make_video(tmp_path, OGG).read_bytes()
    other = make_video(tmp_path, dataclasses.replace(OGG, name="other.ogv", sound_rate=44_100)).read_bytes()
    source = tmp_path / "both.ogv"
    source.write_bytes(one + other)
    with VideoFile(source) as video:
        assert len(list(video)) == 50
        assert len(video.warnings) == 1
        assert "both.ogv cannot be read beyond 2.0 s" in video.warnings[0]


@pytest.mark.parametrize("ending", ENDINGS)
def test_joined_ogg_files_go_on(ending: str, tmp_path: Path) -> None:
    one = make_video(tmp_path, OGG).read_bytes()
    source = tmp_path / "both.ogv"
    source.write_bytes(one + one)
    path, told = record(source, tmp_path / f"out.{ending}")
    assert told == []
    after, sound = read(path), heard(path)
    assert [number for _, number in after] == [*range(50), *range(50)]
    joint_s = float(after[50][0])
    for at_s in (0.3, 1.0, 1.6):
        assert_tone(sound, float(after[0][0]) + at_s, tone_s=at_s, within_s=0.03)
        assert_tone(sound, joint_s + at_s, tone_s=at_s, within_s=0.03)


def test_vorbis_whose_setup_changes_is_encoded(tmp_path: Path) -> None:
    same = b"\x1e\x01vorbis" + bytes(23)
    setup = b"\x05vorbis" + bytes(range(100))
    assert headers(same + b"\x03vorbis one" + setup) == headers(same + b"\x03vorbis another" + setup)
    assert headers(same + b"\x03vorbis one" + setup) != headers(same + b"\x03vorbis one" + setup + b"x")
    assert headers(b"OpusHead") != headers(b"OpusTail")
    assert headers(None) == b""


def test_ac3_of_an_avi_keeps_its_time_in_another(tmp_path: Path) -> None:
    """Its block size there is not that of its packets."""
    first = film(tmp_path / "first.avi", "ac3", layout="5.1")
    again, told = record(first, tmp_path / "again.avi")
    once_more, _ = record(again, tmp_path / "more.avi")
    assert told == []
    for path in (again, once_more):
        with av.open(str(path)) as media:
            stamps = [packet.pts for packet in media.demux(audio=0) if packet.size]
            assert stamps == list(range(len(stamps)))
            assert media.streams.audio[0].channels == 6


def test_sound_that_cannot_be_decoded_is_told(tmp_path: Path) -> None:
    source = film(tmp_path / "film.mkv", "ac3")
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
    path, told = record(tmp_path / "noise.mkv", tmp_path / "out.webm")
    assert told == [f"{path}: sound (ac3) cannot be decoded and is silent"]
    assert len(read(path)) == 50


def test_large_files_are_looked_into_at_many_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_format, "_READ_BYTES", 1000)
    monkeypatch.setattr(sound_format, "_SAMPLE_PACKETS", 40)
    assert changing_sound(joined(tmp_path, *CHANGES["rate and channels"]))


def test_a_change_that_nobody_saw_coming_ends_the_sound_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "changing_sound", lambda path: frozenset())
    source = joined(tmp_path, *CHANGES["rate and channels"])
    path, told = record(source, tmp_path / "out.mp4")
    assert len(told) == 1
    assert "sound (aac) changes its format at 2." in told[0] and "left out from there on" in told[0]
    assert len(read(path)) == 100
    assert 1.9 < length_s(path, "audio") < 2.1


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
def test_every_kind_of_sound_is_in_step(
    container: str, codec: str, rate: int, layout: str, ending: str, tmp_path: Path
) -> None:
    source = film(tmp_path / f"film.{container}", codec, rate=rate, layout=layout)
    path, told = record(source, tmp_path / f"out.{ending}")
    assert told == []
    before, after = heard(source), heard(path)
    shift_s = float(read(source)[0][0] - read(path)[0][0])
    for at_s in (0.6, 1.3):
        place = round((at_s + shift_s) * HEARD_RATE)
        piece = before[place : place + 2000]
        around = after[round(at_s * HEARD_RATE) - 400 :][:2800]
        late_s = (int(np.argmax(np.correlate(around, piece, "valid"))) - 400) / HEARD_RATE
        assert abs(late_s) <= 0.003
        assert np.corrcoef(piece, around[400 + round(late_s * HEARD_RATE) :][:2000])[0, 1] > 0.8


@pytest.mark.parametrize("codec", ["flac", "pcm_s16le", "ac3", "libmp3lame"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_gap_in_the_sound_stays_silent(ending: str, codec: str, tmp_path: Path) -> None:
    source = film(tmp_path / "gap.mkv", codec, silent_s=(0.6, 1.3))
    path, _ = record(source, tmp_path / f"out.{ending}")
    sound = heard(path)
    assert np.abs(sound[round(0.75 * HEARD_RATE) : round(1.2 * HEARD_RATE)]).max() < 0.02
    assert_tone(sound, 0.2, tone_s=0.2)
    assert_tone(sound, 1.5, tone_s=1.5)


@pytest.mark.parametrize("ending", ENDINGS)
def test_sound_with_a_clock_of_its_own_is_heard(ending: str, tmp_path: Path) -> None:
    """As in recordings of several programmes: its clock stands hours away from that of the pictures."""
    source, path = film(tmp_path / "film.ts", "mp2"), tmp_path / "apart.ts"
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
    assert_tone(heard(after), begin_s + 1.0 - shift_s, tone_s=1.0, within_s=0.04)


def hurt(source: Path, path: Path) -> Path:
    """A copy of a transport stream whose packets of sound are noise here and there."""
    with av.open(str(source)) as media:
        pid = media.streams.audio[0].id
    data, noise = bytearray(source.read_bytes()), np.random.default_rng(4)
    for begin in range(188 * 60, len(data), 188):
        if (data[begin + 1] & 31) << 8 | data[begin + 2] == pid and noise.random() < 0.2:
            data[begin + 30 : begin + 120] = noise.integers(0, 256, 90, dtype=np.uint8).tobytes()
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("ending", ENDINGS)
def test_damaged_sound_is_no_reason_to_stop(ending: str, tmp_path: Path) -> None:
    source = hurt(film(tmp_path / "film.ts", "aac"), tmp_path / "hurt.ts")
    path, _ = record(source, tmp_path / f"out.{ending}")
    assert [number for _, number in read(path)] == list(range(50))
    with av.open(str(path)) as media:
        assert media.streams.audio


def test_sound_that_is_announced_and_never_comes_is_told(tmp_path: Path) -> None:
    source = film(tmp_path / "film.ts", "aac")
    with av.open(str(source)) as media:
        pid = media.streams.audio[0].id
    data = source.read_bytes()
    cells = [data[begin : begin + 188] for begin in range(0, len(data), 188)]
    silent = tmp_path / "silent.ts"
    silent.write_bytes(b"".join(cell for cell in cells if (cell[1] & 31) << 8 | cell[2] != pid))
    path, told = record(silent, tmp_path / "out.mp4")
    assert len(read(path)) == 50
    assert len(told) == 1 and "without sound (aac" in told[0]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "; choose another folder or make room"),
        (errno.EDQUOT, "; choose another folder or make room"),
        (errno.EACCES, "; choose another folder"),
        (errno.EINVAL, ""),
    ],
)
def test_only_a_full_disk_is_said_to_be_full(number: int, said: str, tmp_path: Path) -> None:
    line = str(PartialFile(tmp_path / "out.mp4").error(OSError(number, "It failed")))
    assert line == f"{tmp_path / 'out.mp4'} cannot be written: it failed{said}"


def test_the_tone_is_what_the_tests_expect(tmp_path: Path) -> None:
    source = make_video(tmp_path, Recipe("tone.mkv", sound="flac", options=X264, rate=Fraction(25)))
    assert np.corrcoef(heard(source)[8000:9000], tone(1.0, 1.125))[0, 1] > 0.95
