"""Sound of the source is copied or re-encoded and stays in sync."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.sinks import VideoWriter
from tests.media import (
    AVI,
    AVI_B,
    AVI_H264,
    LATE,
    MKV,
    MOV,
    MP4,
    SIZE,
    TS,
    VFR,
    WEBM8,
    WEBM9,
    X264,
    Recipe,
    Studio,
    length_s,
    make_sound,
    numbered,
    sound_packets,
)
from tests.player.sinks.video_kit import copy_video, empty_result, read

LAME_DELAY_S = 1105 / 48_000
"""Delay of LAME, which AVI cannot store. ffmpeg also reads reordered frames of AVI late."""


COPIED = [
    (AVI, "mp4"),
    (AVI_B, "mp4"),
    (AVI_B, "avi"),
    (AVI_B, "mkv"),
    (MP4, "mp4"),
    (MP4, "mov"),
    (MP4, "mkv"),
    (MOV, "mov"),
    (MOV, "mkv"),
    (AVI_H264, "avi"),
    (WEBM8, "webm"),
    (WEBM9, "mkv"),
    (WEBM9, "mp4"),
    (VFR, "webm"),
]


@pytest.mark.parametrize(("recipe", "ending"), COPIED, ids=lambda item: getattr(item, "name", item))
def test_supported_sound_is_copied_bit_by_bit(
    recipe: Recipe, ending: str, studio: Studio, tmp_path: Path
) -> None:
    source = studio.video(recipe)
    packets = sound_packets(copy_video(source, tmp_path / f"out.{ending}"))
    # Matroska cannot store the length of the AAC preroll of MP4.
    before_zero = 1 if (recipe, ending) == (MP4, "mkv") else 0
    assert packets == sound_packets(source)[before_zero:]
    assert len(packets) > 50


MULAW = Recipe("mulaw.mov", sound="pcm_mulaw", options=X264)


ENCODED = [
    (MOV, "mp4", "aac"),
    (AVI_B, "webm", "opus"),
    (MP4, "avi", "mp3float"),
    (WEBM8, "mov", "aac"),
    (MULAW, "mkv", "aac"),
]


@pytest.mark.parametrize(("recipe", "ending", "codec"), ENCODED, ids=lambda item: getattr(item, "name", item))
def test_unsupported_sound_is_reencoded(
    recipe: Recipe, ending: str, codec: str, studio: Studio, tmp_path: Path
) -> None:
    source, path = studio.video(recipe), tmp_path / f"out.{ending}"
    copy_video(source, path)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name == codec
    assert length_s(path, "audio") == pytest.approx(length_s(source, "audio"), abs=0.06)
    expected = LAME_DELAY_S if recipe is AVI_B else offset_s(source)
    assert offset_s(path) == pytest.approx(expected, abs=0.005 if ending != "avi" else 0.06)


def sound_of(path: Path) -> tuple[float, np.ndarray]:
    """Time of the first sample in seconds after the first frame, and all samples as mono at 8 kHz."""
    with av.open(str(path)) as container:
        stamp = next(f.pts * f.time_base for f in container.decode(video=0) if f.pts is not None)
    with av.open(str(path)) as container:
        frames = list(container.decode(audio=0))
    begin = float(frames[0].pts * frames[0].time_base - stamp)
    resampler = av.AudioResampler(format="flt", layout="mono", rate=8000)
    for frame in frames:
        frame.pts = None
    pieces = [out.to_ndarray()[0] for frame in [*frames, None] for out in resampler.resample(frame)]
    return begin, np.concatenate(pieces)


def offset_s(path: Path, cut_s: float = 0.0) -> float:
    """Delay of the test tone in seconds; `cut_s` seconds of the source are missing before the excerpt."""
    begin, decode_sound = sound_of(path)
    at = (np.arange(int(8000 * 4.0))) / 8000
    wave = np.sin(2 * np.pi * (200 + 100 * at) * at)
    piece = decode_sound[4000:9000]
    match = np.correlate(wave, piece, "valid")
    return begin + 0.5 - float(np.argmax(match)) / 8000 + cut_s


@pytest.mark.parametrize("recipe", [AVI_B, MP4, MKV, TS, WEBM8], ids=lambda recipe: recipe.name)
@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_sound_stays_in_sync(recipe: Recipe, ending: str, studio: Studio, tmp_path: Path) -> None:
    source = studio.video(recipe)
    expected = LAME_DELAY_S if recipe is AVI_B else offset_s(source)
    assert offset_s(copy_video(source, tmp_path / f"out.{ending}")) == pytest.approx(expected, abs=0.002)


@pytest.mark.parametrize("recipe", [MP4, MKV, WEBM8], ids=lambda recipe: recipe.name)
def test_excerpt_has_its_part_of_the_sound(recipe: Recipe, studio: Studio, tmp_path: Path) -> None:
    source, path = studio.video(recipe), tmp_path / "piece.mkv"
    before = read(source)
    copy_video(source, path, start_s=0.51, duration_s=1.3)
    expected = [(time, number) for time, number in before if 0.51 <= time < 1.81]
    after = read(path)
    assert [number for _, number in after] == [number for _, number in expected]
    first, last = expected[0][0], expected[-1][0]
    assert all(
        abs(one - (other - first)) <= Fraction(1, 1000)
        for (one, _), (other, _) in zip(after, expected, strict=True)
    )
    packets, every = sound_packets(path), sound_packets(source)
    place = every.index(packets[0])
    assert packets == every[place : place + len(packets)]
    assert length_s(path, "audio") == pytest.approx(float(last - first + 1 / recipe.rate), abs=0.045)
    assert offset_s(path, float(first)) == pytest.approx(offset_s(source), abs=0.003)


def test_sound_that_starts_before_or_after_the_video_keeps_its_time(studio: Studio, tmp_path: Path) -> None:
    for name, start_s in (("before", -0.3), ("after", 0.3)):
        recipe = Recipe(f"{name}.mkv", options=X264, sound="aac", rate=Fraction(25), sound_start_s=start_s)
        if start_s < 0:
            recipe = Recipe(
                f"{name}.mkv",
                options=X264,
                sound="aac",
                rate=Fraction(25),
                stamps=[n * 40 + 300 for n in range(48)],
                time_base=Fraction(1, 1000),
            )
        source = studio.video(recipe)
        for ending in ("mp4", "mkv"):
            path = copy_video(source, tmp_path / f"{name}.{ending}")
            assert sound_packets(path) == sound_packets(source)
            assert offset_s(path) == pytest.approx(offset_s(source), abs=0.003)
            assert abs(offset_s(path) - start_s) < 0.06


def test_sound_of_an_interrupted_run_ends_with_the_video(studio: Studio, tmp_path: Path) -> None:
    path = copy_video(studio.video(MP4), tmp_path / "out.mp4", stop=20)
    assert len(read(path)) == 20
    assert length_s(path, "audio") == pytest.approx(length_s(path), abs=0.05)


def test_sound_can_be_copied_from_a_file_without_video(tmp_path: Path) -> None:
    sound = make_sound(tmp_path / "sound.mp3")
    info = SourceInfo("drawn", *SIZE, Fraction(25), Fraction(1, 25))
    with VideoWriter(tmp_path / "out.mp4", info, marks=lambda size, _: (), media=sound) as sink:
        for number in range(25):
            sink.write(Frame(numbered(number), number, Fraction(number, 25)), empty_result(number))
    assert sound_packets(tmp_path / "out.mp4") == sound_packets(sound)


def test_source_without_sound_is_accepted(studio: Studio, tmp_path: Path) -> None:
    copy_video(studio.video(LATE), tmp_path / "out.mp4")
    assert sound_packets(tmp_path / "out.mp4") == []
