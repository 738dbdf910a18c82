"""Turns the frames of Qt into pictures."""

from __future__ import annotations

import av
import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from PySide6.QtGui import QImage
from PySide6.QtMultimedia import QtVideo, QVideoFrame, QVideoFrameFormat

from simpsons_play.types import Image

_Pixels = QVideoFrameFormat.PixelFormat
# ffmpeg's names of what ffmpeg decodes to; all others go the slow way, through QImage.
_NAMES = {
    _Pixels.Format_YUV420P: "yuv420p",
    _Pixels.Format_YUV422P: "yuv422p",
    _Pixels.Format_NV12: "nv12",
    _Pixels.Format_NV21: "nv21",
    _Pixels.Format_YUV420P10: "yuv420p10le",
    _Pixels.Format_P010: "p010le",
    _Pixels.Format_P016: "p016le",
    _Pixels.Format_UYVY: "uyvy422",
    _Pixels.Format_YUYV: "yuyv422",
    _Pixels.Format_Y8: "gray",
    _Pixels.Format_Y16: "gray16le",
    _Pixels.Format_BGRA8888: "bgra",
    _Pixels.Format_BGRX8888: "bgr0",
    _Pixels.Format_RGBA8888: "rgba",
    _Pixels.Format_RGBX8888: "rgb0",
}
_MATRICES = {
    QVideoFrameFormat.ColorSpace.ColorSpace_BT601: Colorspace.ITU601,
    QVideoFrameFormat.ColorSpace.ColorSpace_BT709: Colorspace.ITU709,
    QVideoFrameFormat.ColorSpace.ColorSpace_BT2020: Colorspace.BT2020,
}
_TURNS = {
    QtVideo.Rotation.Clockwise90: cv2.ROTATE_90_CLOCKWISE,
    QtVideo.Rotation.Clockwise180: cv2.ROTATE_180,
    QtVideo.Rotation.Clockwise270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}


class Converter:
    """Converts frame after frame; keeps what the next one can use again. For one thread only."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._planes: av.VideoFrame | None = None

    def bgr(self, frame: QVideoFrame) -> Image | None:
        """A valid frame -> (H, W, 3) uint8 BGR as it is to be seen: upright, full range.

        Returns:
            None where the frame cannot be read.
        """
        name = _NAMES.get(frame.pixelFormat())
        if name is None:
            return _from_qimage(frame)
        image = self._from_planes(frame, name)
        if image is None:
            return None
        form = frame.surfaceFormat()
        # The file's own rotation is the format's, what a player adds is the frame's.
        image = _turn(image, form.rotation(), form.isMirrored())
        return _turn(image, frame.rotation(), frame.mirrored())

    def _from_planes(self, frame: QVideoFrame, name: str) -> Image | None:
        width, height = frame.width(), frame.height()
        held = self._planes
        if held is None or (held.width, held.height, held.format.name) != (width, height, name):
            held = self._planes = av.VideoFrame(width, height, name)
        if not frame.map(QVideoFrame.MapMode.ReadOnly):
            return None
        try:
            for number, plane in enumerate(held.planes):
                stride = frame.bytesPerLine(number)
                theirs = np.frombuffer(frame.bits(number), np.uint8)
                theirs = theirs[: len(theirs) // stride * stride].reshape(-1, stride)
                ours = np.frombuffer(memoryview(plane), np.uint8)
                ours = ours[: plane.height * plane.line_size].reshape(plane.height, plane.line_size)
                rows, columns = min(len(ours), len(theirs)), min(ours.shape[1], theirs.shape[1])
                ours[:rows, :columns] = theirs[:rows, :columns]
        finally:
            frame.unmap()
        matrix, full = _colours(frame.surfaceFormat(), width, height)
        converted = self._reformatter.reformat(
            held,
            format="bgr24",
            src_colorspace=matrix,
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
        )
        return np.asarray(converted.to_ndarray(), dtype=np.uint8)


def _colours(form: QVideoFrameFormat, width: int, height: int) -> tuple[Colorspace, bool]:
    """The matrix from YCbCr and whether the range is full.

    Where the file is silent, the size decides, as mpv and Qt itself have it: HD is BT.709, all else BT.601.
    """
    guess = Colorspace.ITU709 if width >= 1280 or height > 576 else Colorspace.ITU601
    full = form.colorRange() == QVideoFrameFormat.ColorRange.ColorRange_Full
    return _MATRICES.get(form.colorSpace(), guess), full


def _turn(image: Image, rotation: QtVideo.Rotation, mirrored: bool) -> Image:
    """(H, W, 3) -> the same, or (W, H, 3), upright."""
    turned: np.ndarray = image if rotation not in _TURNS else cv2.rotate(image, _TURNS[rotation])
    return np.asarray(cv2.flip(turned, 1) if mirrored else turned, dtype=np.uint8)


def _from_qimage(frame: QVideoFrame) -> Image | None:
    """Any frame, by way of Qt's own conversion, which turns and mirrors by itself."""
    image = frame.toImage()
    if image.isNull():
        return None
    image = image.convertToFormat(QImage.Format.Format_BGR888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()
