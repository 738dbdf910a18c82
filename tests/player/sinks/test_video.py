"""Annotated video: frames keep their times, and the sound is copied."""

from fractions import Fraction
from itertools import count, pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from simpsons_play.core.errors import SinkError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.render.marks import Patch
from simpsons_play.sinks import VideoWriter
from simpsons_play.sources import Camera, PictureFolder, VideoFile
from tests.media import (
    AVI_B,
    EVERY,
    MKV,
    MP4,
    SIZE,
    VFR,
    FakeCapture,
    Recipe,
    Studio,
    length_s,
    make_pictures,
    numbered,
    truncated,
)
from tests.player.sinks.video_kit import copy_video, empty_result, read

EXACT = ("mp4", "mov")


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "avi", "webm"])
@pytest.mark.parametrize("recipe", EVERY, ids=lambda recipe: recipe.name)
def test_every_frame_keeps_its_time(recipe: Recipe, ending: str, studio: Studio, tmp_path: Path) -> None:
    source = studio.video(recipe)
    before, after = read(source), read(copy_video(source, tmp_path / f"out.{ending}"))
    assert [number for _, number in after] == [number for _, number in before]
    apart = max(abs(one - other) for (one, _), (other, _) in zip(before, after, strict=True))
    if ending in EXACT:
        assert apart == 0
    elif ending != "avi":
        assert apart <= Fraction(1, 2000)
    elif recipe is not VFR:  # the file begins with the first frame
        assert apart - before[0][0] <= Fraction(1, 1000)
    assert length_s(tmp_path / f"out.{ending}") == pytest.approx(length_s(source), abs=float(1 / recipe.rate))


def test_rate_and_number_of_frames_are_kept(studio: Studio, tmp_path: Path) -> None:
    for ending in ("mp4", "mov", "avi", "mkv", "webm"):
        with VideoFile(copy_video(studio.video(AVI_B), tmp_path / f"out.{ending}")) as video:
            assert video.info.rate == Fraction(24000, 1001)
            assert video.info.frames in (48, None)


def test_truncated_source_becomes_a_shorter_video(studio: Studio, tmp_path: Path) -> None:
    source = truncated(studio.video(MKV))
    assert len(read(copy_video(source, tmp_path / "out.mp4"))) == len(read(source))
    assert length_s(tmp_path / "out.mp4") < 1.5


def test_encoder_error_is_not_reported_as_a_disk_error(tmp_path: Path) -> None:
    info = SourceInfo("drawn", 17_000, 16, Fraction(25), Fraction(1, 25))  # wider than H.264 allows
    image = np.zeros((16, 17_000, 3), np.uint8)
    with pytest.raises(SinkError, match="libx264 cannot encode frames of 17000x16") as caught:
        with VideoWriter(tmp_path / "out.mp4", info, marks=lambda size, _: ()) as sink:
            sink.write(Frame(image, 0, Fraction(0)), empty_result(0))
    assert "free some space" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_drawn_frame_is_written_and_must_have_the_size_of_the_source(tmp_path: Path) -> None:
    info = SourceInfo("drawn", *SIZE, Fraction(25), Fraction(1, 25))
    everywhere = Patch(np.dstack([numbered(99), np.full(SIZE[::-1], 255, np.uint8)])).at(
        0, 0, Box(0, 0, *SIZE)
    )
    with VideoWriter(tmp_path / "out.mp4", info, marks=lambda size, _: [everywhere]) as sink:
        sink.write(Frame(numbered(1), 0, Fraction(0)), empty_result(0))
    assert read(tmp_path / "out.mp4") == [(0, 99)]
    with pytest.raises(ValueError, match="the frame has"):
        with VideoWriter(tmp_path / "bad.mp4", info, marks=lambda size, _: ()) as sink:
            sink.write(Frame(numbered(1)[:10], 0, Fraction(0)), empty_result(0))
    assert not (tmp_path / "bad.mp4").exists()


@pytest.mark.parametrize("name", ["out.gif", "out", "out.txt"])
def test_unknown_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    info = SourceInfo("drawn", *SIZE, Fraction(25), Fraction(1, 25))
    with pytest.raises(SinkError, match=r"\.mp4, \.m4v"):
        VideoWriter(tmp_path / name, info, marks=lambda size, _: ()).__enter__()
    assert list(tmp_path.iterdir()) == []


def test_source_is_never_overwritten(studio: Studio) -> None:
    source = studio.video(MP4)
    before = source.read_bytes()
    with pytest.raises(SinkError, match="is the source itself"):
        copy_video(source, source)
    assert source.read_bytes() == before


def test_run_without_frames_leaves_no_file(tmp_path: Path) -> None:
    info = SourceInfo("drawn", *SIZE, Fraction(25), Fraction(1, 25))
    with VideoWriter(tmp_path / "out.mp4", info, marks=lambda size, _: ()):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "webm", "avi"])
def test_frames_of_a_burst_have_different_times(ending: str, tmp_path: Path) -> None:
    tick = Fraction(1, 90_000)
    info = SourceInfo("live", *SIZE, Fraction(25), tick, live=True)
    with VideoWriter(tmp_path / f"out.{ending}", info, marks=lambda size, _: ()) as sink:
        for number in range(60):
            burst, place = divmod(number, 20)
            sink.write(Frame(numbered(number), number, burst + place * tick), empty_result(number))
    with av.open(str(tmp_path / f"out.{ending}")) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
    shown = [packet.pts for packet in packets]
    assert len(packets) == len(set(shown)) == 60
    decoded = [packet.dts for packet in packets if packet.dts is not None]
    assert all(one < other for one, other in pairwise(decoded))
    assert [number for _, number in read(tmp_path / f"out.{ending}")] == list(range(60))


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "webm"])
def test_pictures_and_cameras_become_videos(ending: str, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", [f"{number}.png" for number in range(4)])
    sources = {
        "pictures": PictureFolder(tmp_path / "pictures", picture_s=0.5),
        "camera": Camera(0, capture=lambda _: FakeCapture(4), clock=count(0, 41_000_000).__next__),
    }
    for name, source in sources.items():
        path = tmp_path / f"{name}.{ending}"
        with source, VideoWriter(path, source.info, marks=lambda size, _: ()) as sink:
            for frame in source:
                sink.write(frame, empty_result(frame.index))
        assert [number for _, number in read(path)] == [0, 1, 2, 3]
        assert length_s(path) == pytest.approx(2.0 if name == "pictures" else 0.156, abs=0.04)
