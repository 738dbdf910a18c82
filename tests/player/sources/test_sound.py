"""The sound of files: the count of samples is always the time."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.sources import VideoFile
from simpsons_play.sources.sound import SoundFile
from tests.media import MP4, TS, Recipe, make_video, number_of, numbered

RATE = 48_000
BLOCK = 1024


def block_of(first: int, count: int = BLOCK, *, rate: int = RATE) -> av.AudioFrame:
    """Samples with their number as value: 10 + 2 * (number // 100 % 10_000)."""
    numbers = np.arange(first, first + count)
    samples = (10 + 2 * (numbers // 100 % 10_000)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.repeat(samples, 2)[None], "s16", layout="stereo")
    frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
    return frame


def number_at(sample: Any) -> int:
    """The number of a sample, in hundreds, from its value."""
    return (int(sample) - 10) // 2


def make_counting(path: Path, firsts: Iterable[int], *, count: int = BLOCK) -> Path:
    """Write uncompressed sound in blocks that start at these samples, and one frame per second."""
    firsts = list(firsts)
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("mpeg4", rate=1, width=64, height=48, pix_fmt="yuv420p")
        video.codec_context.time_base = Fraction(1)
        sound: Any = out.add_stream("pcm_s16le", rate=RATE, layout="stereo")
        for number in range(firsts[-1] // RATE + 1):
            picture = av.VideoFrame.from_ndarray(numbered(number), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1)
            out.mux(video.encode(picture))
        out.mux(video.encode())
        for first in firsts:
            out.mux(sound.encode(block_of(first, count)))
        out.mux(sound.encode())
    return path


def read(path: Path, start: float = 0.0, number: int | None = None, *, rate: int = RATE) -> np.ndarray:
    with SoundFile(path) as sound:
        blocks = list(sound.samples(Fraction(start), number, rate=rate))
    return np.concatenate([np.zeros((0, 2), np.int16), *blocks])


@pytest.mark.parametrize("codec", ["aac", "ac3", "mp2"])
def test_sound_that_starts_after_the_probed_part_is_found(codec: str, tmp_path: Path) -> None:
    rate = Fraction(25)
    silent = make_video(tmp_path, Recipe("silent.ts", options={"preset": "ultrafast"}, rate=rate, frames=200))
    loud = make_video(tmp_path, Recipe("loud.ts", sound=codec, options={"preset": "ultrafast"}, rate=rate))
    path = tmp_path / "late.ts"
    path.write_bytes(silent.read_bytes() + loud.read_bytes())
    samples = np.abs(read(path)[:, 0])
    first_s = int(np.argmax(samples > 1000)) / RATE
    assert first_s == pytest.approx(8.0, abs=0.1)
    # At most one frame of 26 ms is silent while the encoder starts.
    assert np.convolve(samples[round(8.2 * RATE) :] > 100, np.ones(2000), "valid").min() > 0


@pytest.mark.parametrize("name", ["pcm.mkv", "pcm.mov", "pcm.avi"])
@pytest.mark.parametrize("start", [0.0, 1.0, 2.5, 2.9999])
def test_the_count_of_samples_is_the_time(tmp_path: Path, name: str, start: float) -> None:
    path = make_counting(tmp_path / name, range(0, 4 * RATE, BLOCK))
    samples = read(path, start)
    first = round(start * RATE)
    assert len(samples) == pytest.approx(188 * BLOCK - first, abs=50)  # Matroska counts milliseconds
    for k in (0, 5_000, 40_000):
        assert number_at(samples[k + 50, 0]) == pytest.approx((first + k + 50) // 100, abs=1)


def test_gaps_are_silent_and_overlaps_are_cut(tmp_path: Path) -> None:
    long = 4 * BLOCK
    firsts = [0, long, 10 * long, 10 * long + BLOCK, 12 * long]  # a gap of 3 blocks before 12 * long
    path = make_counting(tmp_path / "gap.mkv", firsts, count=long)
    samples = read(path)
    assert not samples[2 * long + 60 : 10 * long - 60].any(), "silence in the gap"
    for sample in (500, 10 * long + 200, 11 * long - 200, 11 * long + 500, 12 * long + 300, 13 * long - 200):
        assert number_at(samples[sample, 0]) == pytest.approx(sample // 100, abs=1)
    assert not samples[11 * long + BLOCK + 60 : 12 * long - 60].any()
    assert len(samples) == pytest.approx(13 * long, abs=60)


def test_it_is_silent_until_late_sound_starts(tmp_path: Path) -> None:
    path = make_video(tmp_path, Recipe("later.mkv", "mpeg4", "pcm_s16le", frames=48, sound_start_s=0.5))
    samples = read(path)
    loud = np.flatnonzero(np.abs(samples[:, 0].astype(int)) > 100)
    assert loud[0] == pytest.approx(0.5 * RATE, abs=0.03 * RATE)


@pytest.mark.parametrize("recipe", [MP4, TS, Recipe("mp3.avi", "mpeg4", "libmp3lame")], ids=lambda r: r.name)
def test_samples_do_not_depend_on_the_start(tmp_path: Path, recipe: Recipe) -> None:
    path = make_video(tmp_path, recipe)
    whole = read(path)
    for start in (0.4, 1.1):
        part = read(path, start)
        rest = whole[round(start * RATE) :]
        count = min(len(part), len(rest)) - 2 * BLOCK
        assert count > 0.4 * RATE
        apart = np.abs(part[BLOCK:count].astype(int) - rest[BLOCK:count]).mean()
        assert apart < 0.05 * np.abs(rest[BLOCK:count].astype(int)).mean() + 20


def test_damaged_packets_do_not_shift_the_rest(tmp_path: Path) -> None:
    path = make_video(tmp_path, Recipe("whole.ts", "libx264", "mp2", frames=100, rate=Fraction(25)))
    whole = read(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2 // 188 * 188
    data[middle : middle + 188 * 40] = np.random.default_rng(3).bytes(188 * 40)
    broken = tmp_path / "broken.ts"
    broken.write_bytes(data)
    samples = read(broken)
    assert len(samples) == pytest.approx(len(whole), abs=0.1 * RATE)
    tail = slice(len(whole) - 20_000, len(whole) - 10_000)
    np.testing.assert_allclose(samples[tail], whole[tail], atol=400)


def test_sound_that_changes_format_continues(tmp_path: Path) -> None:
    """As in recordings with advertisements: another sample rate, and one channel."""
    parts = []
    for number, (rate, layout) in enumerate([(48_000, "stereo"), (44_100, "mono"), (48_000, "stereo")]):
        part = tmp_path / f"{number}.ts"
        with av.open(str(part), "w") as out:
            video: Any = out.add_stream("mpeg2video", rate=25, width=64, height=48, pix_fmt="yuv420p")
            sound: Any = out.add_stream("mp2", rate=rate, layout=layout)
            times = np.arange(rate) / rate
            sine = (8000 * np.sin(2 * np.pi * 440 * times)).astype(np.int16)
            for frame_number in range(25):
                picture = av.VideoFrame.from_ndarray(numbered(frame_number), format="bgr24")
                picture.pts, picture.time_base = frame_number + 25 * number, Fraction(1, 25)
                out.mux(video.encode(picture))
            for first in range(0, rate - 1151, 1152):
                data = sine[first : first + 1152]
                frame = av.AudioFrame.from_ndarray(
                    (data if layout == "mono" else np.repeat(data, 2))[None], "s16", layout=layout
                )
                frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
                frame.pts = first + rate * number
                out.mux(sound.encode(frame))
            out.mux(video.encode())
            out.mux(sound.encode())
        parts.append(part.read_bytes())
    path = tmp_path / "changes.ts"
    path.write_bytes(b"".join(parts))
    samples = read(path)
    assert len(samples) == pytest.approx(3 * RATE, abs=0.1 * RATE)
    for second in (0.5, 1.5, 2.5):
        window = samples[int(second * RATE) : int((second + 0.2) * RATE), 0].astype(float)
        crossings = int((np.diff(np.sign(window)) > 0).sum())
        assert crossings == pytest.approx(88, abs=3), "440 Hz, whatever the sample rate was"


def make_two_streams(path: Path, *, default: int) -> Path:
    """Write a video with two sound streams: silence in English, a constant level in French."""
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream("mpeg4", rate=25, width=64, height=48, pix_fmt="yuv420p")
        sounds: list[Any] = []
        for number, (language, title) in enumerate([("eng", ""), ("fra", "Commentaire")]):
            sound: Any = out.add_stream("pcm_s16le", rate=RATE, layout="stereo")
            sound.metadata["language"] = language
            if title:
                sound.metadata["title"] = title
            sound.disposition = av.stream.Disposition.default if number == default else 0
            sounds.append(sound)
        for number in range(50):
            picture = av.VideoFrame.from_ndarray(numbered(number), format="bgr24")
            picture.pts, picture.time_base = number, Fraction(1, 25)
            out.mux(video.encode(picture))
        out.mux(video.encode())
        for first in range(0, 2 * RATE, BLOCK):
            for loud, sound in enumerate(sounds):
                samples = np.full((1, 2 * BLOCK), 9000 * loud, np.int16)
                frame = av.AudioFrame.from_ndarray(samples, "s16", layout="stereo")
                frame.sample_rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
                out.mux(sound.encode(frame))
    return path


@pytest.mark.parametrize("default", [0, 1])
def test_streams_can_be_chosen_and_the_default_is_played(tmp_path: Path, default: int) -> None:
    path = make_two_streams(tmp_path / "two.mkv", default=default)
    with SoundFile(path) as sound:
        assert [stream.words for stream in sound.streams] == ["eng", "fra, Commentaire"]
        assert sound.default == default
    assert read(path).max() == 9000 * default
    for number in (0, 1):
        assert read(path, 1.0, number).max() == 9000 * number


def test_a_file_without_sound_is_an_error(tmp_path: Path) -> None:
    path = make_video(tmp_path, Recipe("mute.mp4"))
    with pytest.raises(SourceError, match=r"mute\.mp4 contains no sound that can be decoded"):
        SoundFile(path)


def make_early_sound(path: Path, *, lead_s: float = 0.6, codec: str = "libx264") -> Path:
    """Write a video that starts `lead_s` after its sound, with a beep that starts at frame 12."""
    rate, beep_s = Fraction(25), lead_s + 12 / 25
    with av.open(str(path), "w") as out:
        video: Any = out.add_stream(codec, rate=rate, width=64, height=48, pix_fmt="yuv420p")
        video.codec_context.time_base = 1 / rate
        sound: Any = out.add_stream("mp2", rate=RATE, layout="stereo")
        samples = np.zeros(3 * RATE, np.int16)
        begin = round(beep_s * RATE)
        samples[begin : begin + 4800] = 12000 * np.sin(2 * np.pi * 1000 * np.arange(4800) / RATE)
        for first in range(0, len(samples) - 1151, 1152):
            frame = av.AudioFrame.from_ndarray(
                np.repeat(samples[first : first + 1152], 2)[None], "s16", layout="stereo"
            )
            frame.sample_rate, frame.pts, frame.time_base = RATE, first, Fraction(1, RATE)
            out.mux(sound.encode(frame))
        for number in range(50):
            picture = av.VideoFrame.from_ndarray(numbered(number), format="bgr24")
            picture.pts, picture.time_base = number + round(lead_s * 25), 1 / rate
            out.mux(video.encode(picture))
        out.mux(video.encode())
        out.mux(sound.encode())
    return path


@pytest.mark.parametrize("name", ["early.mp4", "early.mkv", "early.ts"])
@pytest.mark.parametrize("start", [0.0, 0.9])
def test_sound_and_pictures_share_one_time_line(tmp_path: Path, name: str, start: float) -> None:
    path = make_early_sound(tmp_path / name)
    with VideoFile(path) as video:
        times_s = {number_of(frame.image): frame.time_s for frame in video}
    samples = read(path, start)[:, 0].astype(int)
    beep_s = start + np.flatnonzero(np.abs(samples) > 6000)[0] / RATE
    assert times_s[12] == pytest.approx(beep_s, abs=0.012)
    assert times_s[0] == pytest.approx(0.6, abs=0.03)
