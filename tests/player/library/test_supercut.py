"""Supercuts, decoded again."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from simpsons_play.core.errors import LibraryError, SinkError, SourceError
from simpsons_play.library.moments import Moment
from simpsons_play.library.supercut import write_supercut
from simpsons_play.sources import open_source
from simpsons_play.sources.sound import SoundFile
from tests.media import AVI, MKV, MP4, VFR, WEBM9, Recipe, Studio, number_of

SIZE = (128, 96)


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("films"))


def film(studio: Studio, recipe: Recipe, **changes) -> Path:
    return studio.video(replace(recipe, frames=100, size=SIZE, **changes))


def times_of(video: Path) -> list[float]:
    with open_source(video) as source:
        return [frame.time_s for frame in source]


def moment(video: Path, first: int, end: int, rate: Fraction, *, title: str = "a film") -> Moment:
    """The moment of some frames of a video."""
    times = times_of(video) if video.exists() else []
    times += [times[-1] + float(1 / rate)] if times else []
    start_s, end_s = (times[number] if number < len(times) else number / rate for number in (first, end))
    return Moment(
        "a" * 32, str(video), title, None, None, rate, 4.0, float(start_s), float(end_s), ("bart_simpson",)
    )


def pictures(path: Path):
    """Time and number of each frame."""
    with av.open(str(path)) as container:
        return [
            (frame.time, number_of(frame.to_ndarray(format="bgr24"))) for frame in container.decode(video=0)
        ]


@pytest.mark.parametrize("recipe", [AVI, MP4, MKV, WEBM9], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_exactly_the_frames_of_the_moments(studio, tmp_path, recipe, suffix):
    video, path = film(studio, recipe), tmp_path / f"cut{suffix}"
    seconds = write_supercut(
        [
            moment(video, 30, 55, recipe.rate),
            moment(video, 5, 6, recipe.rate),
            moment(video, 90, 100, recipe.rate),
        ],
        path,
    )
    shown = pictures(path)
    assert [number for _, number in shown] == [*range(30, 55), 5, *range(90, 100)]
    assert seconds == pytest.approx(float(36 / recipe.rate), abs=0.0011)
    for i, (time, _) in enumerate(shown):
        assert time - shown[0][0] == pytest.approx(float(i / recipe.rate), abs=0.0021)


def test_a_variable_rate_keeps_its_times(studio, tmp_path):
    video = film(studio, VFR, stamps=np.cumsum([0, *np.random.default_rng(3).integers(20, 101, 99)]).tolist())
    times = [time for time, _ in pictures(video)]
    cut = Moment("a", str(video), "", None, None, Fraction(17), 6.0, times[20], times[40], ())
    seconds = write_supercut([cut, cut], tmp_path / "cut.mp4")
    shown = pictures(tmp_path / "cut.mp4")
    assert [number for _, number in shown] == [*range(20, 40), *range(20, 40)]
    length_s = times[40] - times[20]
    assert seconds == pytest.approx(2 * length_s, abs=1e-5)
    wanted = [time - times[20] for time in times[20:40]]
    assert [time for time, _ in shown] == pytest.approx(
        [*wanted, *(time + length_s for time in wanted)], abs=2e-5
    )


def test_videos_of_other_rates_and_sizes_fit_in(studio, tmp_path):
    film_, tall = film(studio, MP4), studio.video(replace(MKV, name="tall.mkv", frames=100, size=(96, 128)))
    moments = [moment(film_, 10, 34, MP4.rate), moment(tall, 20, 45, MKV.rate)]
    seconds = write_supercut(moments, tmp_path / "cut.mp4")
    assert seconds == pytest.approx(float(24 / MP4.rate + 25 / MKV.rate), abs=1e-5)
    with av.open(str(tmp_path / "cut.mp4")) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert len(frames) == pytest.approx(seconds * 25, abs=1)
    assert frames[0].shape == (96, 128, 3)
    assert number_of(frames[0]) == 10
    bars = (128 - 72) // 2
    assert frames[-1][:, : bars - 4].max() < 24
    assert number_of(frames[-1][:, bars : bars + 72]) == 44


@pytest.mark.parametrize("recipe", [MP4, AVI], ids=lambda recipe: recipe.name)
def test_the_sound_is_that_of_the_pictures(studio, tmp_path, recipe):
    video, path = film(studio, recipe), tmp_path / "cut.mp4"
    write_supercut([moment(video, 60, 90, recipe.rate), moment(video, 12, 36, recipe.rate)], path)
    rate = 48_000
    with SoundFile(path) as cut, SoundFile(video) as whole:
        written = np.concatenate(list(cut.samples(Fraction(0), rate=rate)))[:, 0].astype(float)
        source = np.concatenate(list(whole.samples(Fraction(0), rate=rate)))[:, 0].astype(float)
    first, second = (round(frames / recipe.rate * rate) for frames in (30, 24))
    assert len(written) >= first + second
    for begin, place, length in ((60, 0, first), (12, first, second)):
        at = round(times_of(video)[begin] * rate)
        ours, theirs = written[place + 2000 : place + length - 2000], source[at + 2000 : at + length - 2000]
        assert np.corrcoef(ours, theirs)[0, 1] > 0.9
        late = np.argmax(np.correlate(ours, theirs[200:-200], "valid")) - 200
        assert abs(late) <= 2


def test_a_video_without_sound_is_silent(studio, tmp_path):
    silent, loud = (
        studio.video(replace(MP4, name="silent.mp4", sound=None, frames=100, size=SIZE)),
        film(studio, MP4),
    )
    path = tmp_path / "cut.mp4"
    write_supercut([moment(silent, 0, 24, MP4.rate), moment(loud, 0, 24, MP4.rate)], path)
    with SoundFile(path) as cut:
        written = np.concatenate(list(cut.samples(Fraction(0), rate=48_000)))
    assert np.abs(written[2000:44_000]).max() < 50
    assert np.abs(written[52_000:90_000]).max() > 1000
    write_supercut([moment(silent, 0, 24, MP4.rate)], tmp_path / "mute.mp4")
    with av.open(str(tmp_path / "mute.mp4")) as container:
        assert not container.streams.audio


def test_each_moment_is_a_chapter(studio, tmp_path):
    video = film(studio, MP4)
    moments = [moment(video, 0, 24, MP4.rate, title="one\ntwo"), moment(video, 48, 72, MP4.rate)]
    write_supercut(moments, tmp_path / "cut.mp4")
    with av.open(str(tmp_path / "cut.mp4")) as container:
        chapters = [(c["start"] * c["time_base"], c["metadata"]["title"]) for c in container.chapters()]
    assert chapters == [(0, "one\ufffdtwo"), (Fraction(1001, 1000), "a film")]


def test_ffmpeg_finds_no_fault(studio, tmp_path):
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("needs ffmpeg")
    path = tmp_path / "cut.mp4"
    write_supercut([moment(film(studio, recipe), 7, 40, recipe.rate) for recipe in (MP4, MKV, AVI)], path)
    done = subprocess.run(
        [ffmpeg, "-v", "error", "-i", path, "-f", "null", "-"], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_wrong_is_told_before_anything_is_written(studio, tmp_path):
    video, path = film(studio, MP4), tmp_path / "cut.mp4"
    path.write_text("mine")
    gone = moment(tmp_path / "gone.mp4", 0, 9, MP4.rate)
    with pytest.raises(SourceError, match=r"gone\.mp4"):
        write_supercut([moment(video, 0, 9, MP4.rate), gone], path)
    with pytest.raises(SourceError, match="ends before 41"):
        write_supercut([moment(video, 990, 999, MP4.rate)], path)
    with pytest.raises(LibraryError, match="no moment was found"):
        write_supercut([], path)
    with pytest.raises(SinkError, match=r"cannot write '\.txt' files"):
        write_supercut([moment(video, 0, 9, MP4.rate)], tmp_path / "cut.txt")
    assert path.read_text() == "mine"
    with pytest.raises(SinkError, match="is one of the videos"):
        write_supercut([moment(video, 0, 9, MP4.rate)], video)


def test_a_cut_that_is_stopped_stays_valid(studio, tmp_path):
    video, path = film(studio, MP4), tmp_path / "cut.mp4"

    def stop(done_s: float) -> None:
        if done_s > 1.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_supercut([moment(video, 0, 24, MP4.rate)] * 3, path, report=stop)
    assert not path.exists()
    assert len(pictures(tmp_path / "cut.partial.mp4")) > 30
