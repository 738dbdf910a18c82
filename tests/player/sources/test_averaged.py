"""Small pictures for models, converted directly from decoded pictures."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from simpsons_play.core.frames import Image
from simpsons_play.inference.preprocess import reduced
from simpsons_play.sources.video import VideoFile


def _write(path: Path, pixel_format: str, width: int, height: int) -> Path:
    """A video of smooth colours with a sharp disc, in a lossless codec."""
    y, x = np.mgrid[:height, :width]
    image = np.stack([x * 255 // width, y * 255 // height, (x + y) * 255 // (width + height)], axis=2)
    image = np.ascontiguousarray(image, np.uint8)
    cv2.circle(image, (width // 2, height // 2), height // 4, (20, 200, 240), -1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.time_base = Fraction(1, 25)
        for i in range(2):
            frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(format=pixel_format)
            frame.pts = i
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def _pair(path: Path, size: tuple[int, int]) -> tuple[Image, Image]:
    """The first frame in another size: from the decoded picture, and from its whole image."""
    video = VideoFile(path)
    video.defer_images()
    with video:
        frame = next(iter(video))
        small = reduced(frame, *size)
        assert small is not None
        shrinks = size[0] <= frame.size_px[0]
        interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        return small, np.asarray(cv2.resize(frame.image, size, interpolation=interpolation), np.uint8)


@pytest.mark.parametrize(
    ("pixel_format", "width", "height"),
    [
        ("yuv420p", 576, 432),
        ("yuv420p", 322, 242),
        ("yuv422p", 640, 360),
        ("yuv444p", 481, 361),
        ("yuv420p10le", 576, 432),
        ("bgr0", 320, 240),
    ],
)
def test_small_pictures_are_averages_of_the_whole_one(
    tmp_path: Path, pixel_format: str, width: int, height: int
) -> None:
    small, exact = _pair(_write(tmp_path / "v.mkv", pixel_format, width, height), (96, 72))
    difference = small.astype(int) - exact
    assert small.shape == (72, 96, 3)
    assert np.abs(difference.mean(axis=(0, 1))).max() < 2, "no colour is shifted"
    assert np.abs(difference).mean() < 2.5
    assert np.percentile(np.abs(difference), 95) < 12, "except at the edge of the disc"


def test_small_sources_are_enlarged_smoothly(tmp_path: Path) -> None:
    small, exact = _pair(_write(tmp_path / "v.mkv", "yuv420p", 64, 48), (96, 72))
    assert np.abs(small.astype(int) - exact).mean() < 6


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "bgr0"])
def test_rough_pictures_are_alike_enough_to_compare(pixel_format: str, tmp_path: Path) -> None:
    video = VideoFile(_write(tmp_path / "v.mkv", pixel_format, 576, 432))
    video.defer_images()
    with video:
        frames = list(video)
        first, second = (frame.rough(96, 96) for frame in frames)
        exact = cv2.resize(frames[0].image, (96, 96), interpolation=cv2.INTER_AREA)
    assert first is not None and second is not None
    assert np.array_equal(first, second)
    assert np.abs(first.astype(int) - exact).mean() < 4


def test_a_frame_with_an_image_of_its_own_has_no_shortcut(tmp_path: Path) -> None:
    with VideoFile(_write(tmp_path / "v.mkv", "yuv420p", 64, 48)) as video:
        assert reduced(next(iter(video)), 32, 24) is None
