"""Decoded pictures -> BGR, with the same rules for the network, the window and recordings."""

from __future__ import annotations

import threading
from functools import cache

import av
import cv2
import numpy as np
import numpy.typing as npt
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from simpsons_play.core.frames import Image, Planes
from simpsons_play.sources.images import on_background
from simpsons_play.sources.tone_map import ToneMapper, is_hdr

HD_HEIGHT = 720
"""Untagged video of this height or more counts as BT.709, below it as BT.601 (ITU-R)."""

_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
"""Matrix coefficients (ITU-T H.273) -> colour space of swscale."""
_OPAQUE = 255
_FULL_RANGE = 2
_PROBE_PX = 64

_ROUNDING = (1, 1, 1, 0)
"""swscale's fast path from subsampled limited-range YCbCr truncates: pictures become 1.0, 1.5 and 1.0 levels
(BGR) too dark on average, 2.9 at most. Adding this makes up for it. The exact path takes 15 times as long."""


def matrix_of(picture: av.VideoFrame) -> Colorspace:
    """The matrix between YCbCr and RGB: from the tag of the picture, else from its height (`HD_HEIGHT`)."""
    guess = Colorspace.ITU709 if picture.height >= HD_HEIGHT else Colorspace.ITU601
    return _MATRICES.get(int(picture.colorspace), guess)


def is_full_range(picture: av.VideoFrame) -> bool:
    """Whether luma runs from 0 to 255 rather than from 16 to 235, by the tag or format of the picture."""
    name = picture.format.name
    return int(picture.color_range) == _FULL_RANGE or name.startswith(("yuvj", "gray"))


def limited_planes(picture: av.VideoFrame, *, bt709: bool) -> Planes | None:
    """The planes of a picture, read-only and not copied; None if they are not as `Planes` says.

    Args:
        picture: from the decoder.
        bt709: whether the matrix must be that of BT.709 rather than BT.601.
    """
    if picture.format.name != "yuv420p" or picture.width % 2 or picture.height % 2:
        return None
    matrix = Colorspace.ITU709 if bt709 else Colorspace.ITU601
    if is_full_range(picture) or is_hdr(picture) or matrix_of(picture) != matrix:
        return None
    luma, blue, red = map(_samples, picture.planes)
    return luma, blue, red


def _samples(plane: VideoPlane) -> npt.NDArray[np.uint8]:
    """(height, width) uint8: the samples of a plane, read-only and not copied."""
    rows: npt.NDArray[np.uint8] = np.ndarray(
        (plane.height, plane.width), np.uint8, buffer=memoryview(plane), strides=(plane.line_size, 1)
    )
    rows.flags.writeable = False
    return rows


class BgrConverter:
    """Converts pictures one after the other, from any thread, and reuses scalers and tables.

    Args:
        shrinking: how pictures are made smaller.
        corrects: whether brightness is corrected where swscale truncates, see `_ROUNDING`.
    """

    def __init__(self, *, shrinking: Interpolation = Interpolation.BILINEAR, corrects: bool = True) -> None:
        self._shrinking, self._corrects = shrinking, corrects
        self._lock = threading.Lock()
        self._reformatter = VideoReformatter()
        self._mapper: ToneMapper | None = None
        self._has_alpha = False

    def convert(self, picture: av.VideoFrame, *, width: int, height: int) -> Image:
        """A decoded picture of any format -> a new array, (height, width, 3) uint8 BGR, full range.

        HDR is mapped to standard range. Transparent areas become white, as in browsers.

        Raises:
            av.FFmpegError: the format cannot be converted.
        """
        with self._lock:
            return self._convert(picture, width, height)

    def _convert(self, picture: av.VideoFrame, width: int, height: int) -> Image:
        if is_hdr(picture):
            if self._mapper is None or not self._mapper.fits(picture):
                self._mapper = ToneMapper(picture)
            picture = self._mapper.map(picture, full_range=is_full_range(picture))
        transparent = may_be_transparent(picture.format.name)
        scaled = (width, height) != (picture.width, picture.height)
        # Scaling to an odd width takes swscale three times as long: scale to an even one, drop a column.
        even_width = width + width % 2 if scaled else width
        # One reformatter with one thread is two and a half times as fast as a new one for each picture.
        converted = self._reformatter.reformat(
            picture,
            width=even_width,
            height=height,
            format="bgra" if transparent else "bgr24",
            src_colorspace=matrix_of(picture),
            dst_colorspace=Colorspace.ITU601,
            src_color_range=ColorRange.JPEG if is_full_range(picture) else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=self._interpolation(picture, width, height),
            threads=1,
        )
        channels = 4 if transparent else 3
        plane, strides = memoryview(converted.planes[0]), (converted.planes[0].line_size, channels, 1)
        rows: Image = np.ndarray((height, width, channels), np.uint8, buffer=plane, strides=strides)
        if self._corrects and _is_truncated(picture):
            added = cv2.add(rows, _ROUNDING)  # type: ignore[call-overload] # the stubs lack scalars
            rows = np.asarray(added, dtype=np.uint8)
            if not transparent:
                return rows
        if transparent and rows[..., 3].min() < _OPAQUE:
            self._has_alpha = self._has_alpha or bool(rows[..., 3].any())
            if self._has_alpha:  # in 32-bit AVI the fourth byte is unused and 0
                return on_background(rows)
        return rows[..., :3].copy()

    def _interpolation(self, picture: av.VideoFrame, width: int, height: int) -> Interpolation:
        shrinks = width <= picture.width and height <= picture.height
        return self._shrinking if shrinks else Interpolation.BILINEAR


def _is_truncated(picture: av.VideoFrame) -> bool:
    """Whether swscale truncates when it converts a picture, see `_ROUNDING`."""
    return _is_subsampled(picture.format.name) and not is_full_range(picture)


@cache
def may_be_transparent(name: str) -> bool:
    """Whether pictures of a pixel format may be transparent."""
    components = av.VideoFormat(name, _PROBE_PX, _PROBE_PX).components
    return name == "pal8" or any(component.is_alpha for component in components)


@cache
def _is_subsampled(name: str) -> bool:
    """Whether a pixel format has fewer chroma than luma samples."""
    components = av.VideoFormat(name, _PROBE_PX, _PROBE_PX).components
    return len(components) >= 3 and components[1].is_chroma and components[1].width < _PROBE_PX
