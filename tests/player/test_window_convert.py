from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from simpsons_play.types import Image
from tests.player.window_kit import NO_MULTIMEDIA

if NO_MULTIMEDIA is not None:
    pytest.skip(f"no QtMultimedia: {NO_MULTIMEDIA}", allow_module_level=True)

from PySide6.QtCore import QSize
from PySide6.QtMultimedia import QtVideo, QVideoFrame, QVideoFrameFormat

from simpsons_play.window.convert import Converter

Pixels = QVideoFrameFormat.PixelFormat
Space = QVideoFrameFormat.ColorSpace
Range = QVideoFrameFormat.ColorRange
FORMATS = {
    "yuv420p": Pixels.Format_YUV420P,
    "yuv422p": Pixels.Format_YUV422P,
    "nv12": Pixels.Format_NV12,
    "yuv420p10le": Pixels.Format_YUV420P10,
    "p010le": Pixels.Format_P010,
    "yuyv422": Pixels.Format_YUYV,
    "gray": Pixels.Format_Y8,
    "bgra": Pixels.Format_BGRA8888,
    "rgba": Pixels.Format_RGBA8888,
}


def corners(width: int = 90, height: int = 50) -> Image:
    """Red, green, blue and yellow quarters: says which way is up. 90 is no multiple of any stride."""
    image = np.empty((height, width, 3), np.uint8)
    top, left = slice(height // 2), slice(width // 2)
    image[:] = (40, 190, 210)
    image[top] = (40, 180, 40)
    image[top, left] = (40, 40, 200)
    image[height // 2 :, left] = (200, 60, 40)
    return image


def qt_frame(
    image: Image, name: str, *, space: Colorspace = Colorspace.ITU601, full: bool = False
) -> QVideoFrame:
    """What Qt would hand us for this picture, in ffmpeg's format `name`."""
    height, width = image.shape[:2]
    form = QVideoFrameFormat(QSize(width, height), FORMATS[name])
    form.setColorSpace(Space.ColorSpace_BT709 if space == Colorspace.ITU709 else Space.ColorSpace_BT601)
    form.setColorRange(Range.ColorRange_Full if full else Range.ColorRange_Video)
    frame = QVideoFrame(form)
    source = av.VideoFrame.from_ndarray(image, "bgr24").reformat(
        format=name,
        src_color_range=ColorRange.JPEG,
        dst_colorspace=space,
        dst_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
    )
    assert frame.map(QVideoFrame.MapMode.WriteOnly)
    for number, plane in enumerate(source.planes):
        stride = frame.bytesPerLine(number)
        theirs = np.frombuffer(frame.bits(number), np.uint8)
        ours = np.frombuffer(memoryview(plane), np.uint8)[: plane.height * plane.line_size]
        ours = ours.reshape(plane.height, plane.line_size)
        width_bytes = min(stride, plane.line_size)
        theirs[: plane.height * stride].reshape(-1, stride)[:, :width_bytes] = ours[:, :width_bytes]
    frame.unmap()
    return frame


def far(image: Image | None, expected: Image) -> int:
    """The largest difference, away from edges, where chroma is shared."""
    assert image is not None and image.shape == expected.shape and image.dtype == np.uint8
    flat = np.abs(cv2.morphologyEx(expected, cv2.MORPH_GRADIENT, np.ones((9, 9), np.uint8))).max(axis=2) == 0
    return int(np.abs(image.astype(int) - expected)[flat].max())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_comes_out_as_it_went_in(name: str) -> None:
    expected = corners()
    if name == "gray":
        expected = cv2.cvtColor(cv2.cvtColor(expected, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    assert far(Converter().bgr(qt_frame(corners(), name)), expected) <= 6


@pytest.mark.parametrize("space", [Colorspace.ITU601, Colorspace.ITU709])
@pytest.mark.parametrize("full", [False, True])
def test_matrix_and_range_are_the_files_own(space: Colorspace, full: bool) -> None:
    assert far(Converter().bgr(qt_frame(corners(), "yuv420p", space=space, full=full)), corners()) <= 6


def test_one_converter_takes_frames_of_any_size_and_owns_none() -> None:
    converter = Converter()
    first = converter.bgr(qt_frame(corners(), "yuv420p"))
    assert first is not None
    before = first.copy()
    assert far(converter.bgr(qt_frame(corners(64, 64), "nv12")), corners(64, 64)) <= 6
    converter.bgr(qt_frame(corners()[::-1].copy(), "yuv420p"))
    assert (first == before).all()


@pytest.mark.parametrize(
    ("rotation", "turn"),
    [
        (QtVideo.Rotation.Clockwise90, cv2.ROTATE_90_CLOCKWISE),
        (QtVideo.Rotation.Clockwise180, cv2.ROTATE_180),
        (QtVideo.Rotation.Clockwise270, cv2.ROTATE_90_COUNTERCLOCKWISE),
    ],
)
def test_pictures_stand_upright(rotation: QtVideo.Rotation, turn: int) -> None:
    frame = qt_frame(corners(), "yuv420p")
    frame.setRotation(rotation)
    assert far(Converter().bgr(frame), cv2.rotate(corners(), turn)) <= 6


def test_other_formats_go_by_way_of_qt() -> None:
    frame = qt_frame(corners(), "bgra")
    form = QVideoFrameFormat(frame.size(), Pixels.Format_ARGB8888)
    other = QVideoFrame(form)
    assert other.map(QVideoFrame.MapMode.WriteOnly)
    rows = np.frombuffer(other.bits(0), np.uint8).reshape(frame.height(), other.bytesPerLine(0))
    argb = np.dstack([np.full(corners().shape[:2], 255, np.uint8), corners()[..., ::-1]])
    rows[:, : frame.width() * 4] = argb.reshape(frame.height(), -1)
    other.unmap()
    assert far(Converter().bgr(other), corners()) <= 1
