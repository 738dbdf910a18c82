"""Supercuts hold exactly the frames and the sound of their moments."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from simpsons_play.core.errors import SinkError, SourceError
from simpsons_play.library.moments import Moment
from simpsons_play.library.supercut import write_supercut
from simpsons_play.sinks import partial_name
from simpsons_play.sources import VideoFile
from tests.media import (
    AVI,
    AVI_B,
    FILM,
    LATE,
    MKV,
    MP4,
    TS,
    VFR,
    WEBM9,
    X264,
    Recipe,
    Studio,
    damaged,
    number_of,
    truncated,
)
from tests.player.sinks.video_kit import ENDINGS, SOUND_RATE, assert_tone, decode_sound, read

WIDE = Recipe("wide.mp4", sound="aac", options=X264, size=(128, 48), rate=Fraction(30000, 1001))
SQUEEZED = Recipe("squeezed.mkv", options=X264, aspect=Fraction(2), rate=Fraction(25))
CD_SOUND = Recipe("cd.mp4", sound="aac", options=X264, sound_rate=44_100)  # a frame is 1839.3375 samples
LOW_SOUND = Recipe("low.mkv", sound="aac", options=X264, sound_rate=22_050, rate=Fraction(25))


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


def moment_of(path: Path, start_s: float, end_s: float, *, rate: Fraction = FILM, title: str = "T") -> Moment:
    return Moment(path.name, str(path), title, None, None, rate, 99.0, start_s, end_s, ())


def frames_of(path: Path, first: int, count: int, rate: Fraction = FILM) -> Moment:
    return moment_of(path, float(first / rate), float((first + count) / rate), rate=rate)


def numbers(path: Path) -> list[int]:
    return [number for _, number in read(path)]


def assert_clean(path: Path) -> None:
    """Assert that ffmpeg decodes a file without a word, and that its streams are equally long."""
    if (ffmpeg := shutil.which("ffmpeg")) is not None:
        command = [ffmpeg, "-v", "error", "-i", str(path), "-f", "null", "-"]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert (result.returncode, result.stderr) == (0, "")


def length_of(path: Path) -> Fraction:
    """End of the last frame in seconds."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
        return max((packet.pts + packet.duration) * stream.time_base for packet in packets)


def assert_same_sound(
    sound: np.ndarray, at_s: float, original: np.ndarray, original_s: float, *, within: int
) -> None:
    """Assert that 0.3 s of sound are the same, and at the same time to within some samples at 8 kHz."""
    first, wanted = round(at_s * SOUND_RATE), round(original_s * SOUND_RATE)
    length, reach = round(0.3 * SOUND_RATE), 400
    piece = original[wanted : wanted + length]
    around = np.pad(sound, reach)[first : first + length + 2 * reach]
    match = np.correlate(around, piece, "valid")
    late = int(np.argmax(match)) - reach
    assert abs(late) <= within, f"{late} samples late at {at_s} s"
    found = around[reach + late :][:length]
    assert match.max() / np.linalg.norm(piece) / np.linalg.norm(found) > 0.95


SOURCES = [AVI, AVI_B, MP4, MKV, TS, WEBM9, VFR]


@pytest.mark.parametrize("recipe", SOURCES, ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_frames_and_sound_of_each_moment(recipe: Recipe, ending: str, studio: Studio, tmp_path: Path) -> None:
    source = studio.video(recipe)
    every = read(source)
    moments = [
        replace(frames_of(source, 0, 1, recipe.rate), start_s=float(every[a][0]), end_s=float(every[b][0]))
        for a, b in ((5, 14), (30, 44), (14, 15), (0, 12))
    ]
    path = tmp_path / f"out.{ending}"
    length_s = write_supercut(moments, path)
    assert numbers(path) == [*range(5, 14), *range(30, 44), 14, *range(12)]
    assert length_s == pytest.approx(sum(moment.seconds for moment in moments), abs=0.002)
    assert float(length_of(path)) == pytest.approx(length_s, abs=0.0011)
    if recipe is not VFR:  # ffmpeg complains about the source as well: it rounds its times to a mean rate
        assert_clean(path)
    sound, at_s = decode_sound(path), 0.0
    original, stores_ms = decode_sound(source), source.suffix in (".mkv", ".webm")
    for moment in moments:
        if moment.seconds > 0.35:
            assert_same_sound(sound, at_s, original, moment.start_s, within=8 if stores_ms else 1)
        at_s += moment.seconds
    assert len(sound) / SOUND_RATE == pytest.approx(length_s, abs=0.045)


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_container(ending: str, studio: Studio, tmp_path: Path) -> None:
    source = studio.video(MP4)
    path = tmp_path / f"out.{ending}"
    length_s = write_supercut([frames_of(source, 20, 12), frames_of(source, 3, 12)], path)
    assert numbers(path) == [*range(20, 32), *range(3, 15)]
    assert length_s == pytest.approx(float(24 / FILM), abs=1e-6)
    if ending != "avi":  # has no times
        assert float(length_of(path)) == pytest.approx(length_s, abs=0.001)
    assert_clean(path)
    sound = decode_sound(path)
    within_s = 0.03 if ending == "avi" else 0.002
    assert_tone(sound, 0.1, tone_s=float(20 / FILM) + 0.1, within_s=within_s)
    assert_tone(sound, float(12 / FILM) + 0.1, tone_s=float(3 / FILM) + 0.1, within_s=within_s)


def test_mixed_rates_sizes_and_sounds(studio: Studio, tmp_path: Path) -> None:
    film, wide, squeezed, low = map(studio.video, (MP4, WIDE, SQUEEZED, LOW_SOUND))
    moments = [
        frames_of(film, 10, 12),
        replace(frames_of(wide, 5, 15, WIDE.rate), title="wide"),
        replace(frames_of(squeezed, 20, 10, SQUEEZED.rate), title="wide pixels"),
        frames_of(low, 7, 13, LOW_SOUND.rate),
        frames_of(film, 0, 5),
    ]
    path = tmp_path / "mixed.mp4"
    length_s = write_supercut(moments, path)
    exact = [Fraction(round(moment.seconds * moment.rate)) / moment.rate for moment in moments]
    rate = WIDE.rate  # the highest
    assert abs(Fraction(length_s) - sum(exact)) <= 1 / rate / 2 + Fraction(1, 10**9)
    assert float(length_of(path)) == pytest.approx(length_s, abs=1e-6)
    assert_clean(path)
    with VideoFile(path) as video:
        assert (video.info.width, video.info.height, video.info.rate) == (64, 48, rate)
        frames = list(video)
    assert [frame.time for frame in frames] == [number / rate for number in range(round(length_s * rate))]
    wanted: list[tuple[Fraction, int, bool]] = []  # start of each frame of the sources, its number, has bars
    at = Fraction(0)
    for moment, length in zip(moments, exact, strict=True):
        first = round(moment.start_s * moment.rate)
        for number in range(round(length * moment.rate)):
            wanted.append((at + number / moment.rate, first + number, "w" in moment.title))
        at += length
    for frame in frames:
        middle = frame.time + 1 / rate / 2
        _, number, has_bars = next(entry for entry in reversed(wanted) if entry[0] < middle)
        image = frame.image
        if has_bars:
            assert image[:11].max() < 24 and image[37:].max() < 24
            image = image[12:36]
        assert number_of(image) == number
    sound = decode_sound(path)
    starts = np.cumsum([0, *map(float, exact)])
    assert_tone(sound, starts[0] + 0.07, tone_s=moments[0].start_s + 0.07)
    assert_tone(sound, starts[1] + 0.07, tone_s=moments[1].start_s + 0.07)
    assert_tone(sound, starts[3] + 0.07, tone_s=moments[3].start_s + 0.07)
    silent = sound[round((starts[2] + 0.03) * SOUND_RATE) : round((starts[3] - 0.03) * SOUND_RATE)]
    assert np.abs(silent).max() < 0.01


def test_many_moments_stay_in_sync(studio: Studio, tmp_path: Path) -> None:
    """Rounding of each piece to samples would add up."""
    source = studio.video(CD_SOUND)
    moments = [frames_of(source, 3 + number % 7, 1) for number in range(90)]
    moments.append(frames_of(source, 20, 20))
    path = tmp_path / "many.mp4"
    write_supercut(moments, path)
    before_s = float(90 / FILM)
    assert_tone(decode_sound(path), before_s + 0.1, tone_s=float(20 / FILM) + 0.1, within_s=0.0003)


def test_no_sound_makes_no_stream(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    write_supercut([frames_of(studio.video(LATE), 0, 5, LATE.rate)], path)
    assert numbers(path) == list(range(5))
    with av.open(str(path)) as container:
        assert not container.streams.audio


def test_held_frame_ends_with_its_moment(tmp_path: Path, studio: Studio) -> None:
    """A frame that is shown for 3 s does not stretch a moment that ends within it."""
    recipe = Recipe(
        "held.mkv",
        options={**X264, "bf": "0"},
        rate=Fraction(10),
        frames=6,
        stamps=[0, 100, 200, 3200, 3300, 3400],
        time_base=Fraction(1, 1000),
    )
    source = studio.video(recipe)
    moments = [moment_of(source, 0.1, 1.0), moment_of(source, 3.2, 3.3), moment_of(source, 0.2, 0.9)]
    assert write_supercut(moments, tmp_path / "out.mkv") == pytest.approx(1.7, abs=0.01)
    assert float(length_of(tmp_path / "out.mkv")) == pytest.approx(1.7, abs=0.01)
    assert [(round(float(time), 2), number) for time, number in read(tmp_path / "out.mkv")] == [
        (0.0, 1),
        (0.1, 2),
        (0.9, 3),
        (1.0, 2),
    ]


def test_chapters_tell_the_titles(studio: Studio, tmp_path: Path) -> None:
    source = studio.video(MP4)
    first, second = frames_of(source, 0, 24), frames_of(source, 24, 24)
    first, second = replace(first, title="Eins\n<b>"), replace(second, title="")
    write_supercut([first, second], tmp_path / "out.mkv")
    with av.open(str(tmp_path / "out.mkv")) as container:
        chapters = container.chapters()
    assert [chapter["metadata"]["title"] for chapter in chapters] == ["Eins\ufffd<b>", "h264.mp4"]
    times = [
        (chapter["start"] * chapter["time_base"], chapter["end"] * chapter["time_base"])
        for chapter in chapters
    ]
    middle, end = 24 / FILM, 48 / FILM
    for found, wanted in zip(sum(times, ()), (0, middle, middle, end), strict=True):
        assert abs(found - wanted) <= Fraction(1, 1000)


def test_overlapping_moments_are_merged_only_if_asked(studio: Studio, tmp_path: Path) -> None:
    source = studio.video(MP4)
    moments = [frames_of(source, 10, 6), frames_of(source, 14, 6)]
    write_supercut(moments, tmp_path / "out.mp4")
    assert numbers(tmp_path / "out.mp4") == [*range(10, 16), *range(14, 20)]
    write_supercut(moments, tmp_path / "out.mp4", merge=True)
    assert numbers(tmp_path / "out.mp4") == [*range(10, 20)]


def test_videos_with_many_rates_lose_no_frame(studio: Studio, tmp_path: Path) -> None:
    """A mean rate such as 29.9999 means the usual one."""
    odd = Recipe(
        "odd.mp4",
        options={**X264, "bf": "0"},
        rate=Fraction(30),
        stamps=[*(512 * number for number in range(47)), 512 * 47 + 3],
        time_base=Fraction(1, 15360),
    )
    path = tmp_path / "out.mp4"
    moments = [
        frames_of(studio.video(odd), 3, 20, Fraction(30)),
        frames_of(studio.video(LATE), 0, 5, LATE.rate),
    ]
    write_supercut(moments, path)
    assert numbers(path)[:20] == list(range(3, 23))
    assert sorted(set(numbers(path)[20:])) == list(range(5))
    with av.open(str(path)) as container:
        assert container.streams.video[0].average_rate == 30


def test_progress_counts_the_seconds_done(studio: Studio, tmp_path: Path) -> None:
    done: list[float] = []
    moments = [frames_of(studio.video(MP4), 0, 12), frames_of(studio.video(MP4), 30, 12)]
    length_s = write_supercut(moments, tmp_path / "out.mp4", progress=done.append)
    assert done == sorted(done) and len(done) == 24
    assert done[-1] == pytest.approx(length_s, abs=1e-6)


def test_interrupt_leaves_a_shorter_valid_file(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"

    def stop(done_s: float) -> None:
        if done_s > float(17.5 / FILM):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_supercut([frames_of(studio.video(MP4), 10, 12)] * 2, path, progress=stop)
    assert [found.name for found in tmp_path.iterdir()] == [partial_name(path).name]
    assert numbers(partial_name(path)) == [*range(10, 22), *range(10, 16)]
    assert_clean(partial_name(path))
    assert len(decode_sound(partial_name(path))) / SOUND_RATE == pytest.approx(float(18 / FILM), abs=0.045)


def refused(moments: Sequence[Moment], folder: Path) -> str:
    """The message with which a supercut is refused before anything is written."""
    before = sorted(folder.iterdir())
    with pytest.raises((SourceError, SinkError)) as error:
        write_supercut(moments, folder / "out.mp4")
    assert sorted(folder.iterdir()) == before
    return str(error.value)


def test_what_cannot_be_cut_is_one_clear_error_before_anything_is_written(
    studio: Studio, tmp_path: Path
) -> None:
    good = frames_of(studio.video(MP4), 10, 12)
    assert "no moments" in refused([], tmp_path)
    missing = moment_of(tmp_path / "gone.mp4", 1.0, 2.0, title="S01E01 Gone")
    assert refused([good, missing], tmp_path).startswith("S01E01 Gone: ")
    (tmp_path / "text.mp4").write_text("no video\n" * 100)
    assert refused([good, replace(missing, path=str(tmp_path / "text.mp4"))], tmp_path).startswith(
        "S01E01 Gone"
    )
    beyond = replace(good, end_s=60.0, title="S01E02 Long")
    assert refused([good, beyond], tmp_path).startswith("S01E02 Long: the moment ends at 60 s, but ")
    assert "cannot be cut" in refused([replace(good, end_s=good.start_s)], tmp_path)


def test_a_video_is_not_overwritten_by_its_own_supercut(studio: Studio, tmp_path: Path) -> None:
    source = shutil.copy(studio.video(MP4), tmp_path / "a.mp4")
    before = source.read_bytes()
    (tmp_path / "out.mp4").symlink_to(source)
    assert "is one of the videos" in refused([frames_of(source, 0, 5)], tmp_path)
    assert source.read_bytes() == before


def test_names_that_look_like_devices_are_files(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("7", "-", "camera:x"):
        shutil.copy(studio.video(MP4), tmp_path / name)
        write_supercut([frames_of(Path(name), 3, 4)], tmp_path / "out.mkv")
        assert numbers(tmp_path / "out.mkv") == [3, 4, 5, 6]


@pytest.mark.parametrize("breaks", [truncated, damaged])
def test_broken_video_yields_what_can_be_read(breaks: object, studio: Studio, tmp_path: Path) -> None:
    source = breaks(studio.video(TS))  # type: ignore[operator]
    warnings: list[str] = []
    moment = moment_of(source, 0.2, 0.9, rate=TS.rate, title="Broken")
    write_supercut([moment], tmp_path / "out.mp4", warn=warnings.append)
    assert set(numbers(tmp_path / "out.mp4")) <= set(range(5, 23))
    assert_clean(tmp_path / "out.mp4")
