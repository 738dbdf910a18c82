"""From drawn pictures to what video encoders take."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import (
    ColorPrimaries,
    ColorRange,
    Colorspace,
    ColorTrc,
    Interpolation,
    VideoReformatter,
)

from simpsons_play.core.frames import Image, SourceInfo

_HD_HEIGHT = 720
"""Video from this height on has the BT.709 matrix, lower video BT.601: what players assume without tags."""

_BT709_MATRIX, _BT601_MATRIX = 1, 6
"""AVCOL_SPC_BT709 and AVCOL_SPC_SMPTE170M; PyAV's `Colorspace` holds swscale's numbers instead."""

_SD_PRIMARIES = {
    576: ColorPrimaries.BT470BG,  # BT.601 with 625 lines
    480: ColorPrimaries.SMPTE170M,  # BT.601 with 525 lines
    486: ColorPrimaries.SMPTE170M,
}
"""Primaries that mpv (libplacebo) assumes of untagged video by its lines; BT.709 of any other. The tags say
the same, so that a recording of an untagged source looks as the source does."""

_SCALING = Interpolation.AREA | Interpolation.ACCURATE_RND
"""swscale rounds down without ACCURATE_RND: half a level darker on average and one at most, which brings flat
colours back up to 3 levels wrong. AREA averages the four pixels that share a chroma sample, and no others."""

_LEAST_PX = 4
"""No encoder takes pictures that are lower."""


class YuvConverter:
    """(H, W, 3) uint8 BGR -> limited-range YUV 4:2:0, padded to even sides of 4 or more with its edge.

    Args:
        info: of the source: the size of what will come, and the shape of its pixels.
        square: make pixels square by scaling the width, for containers that know no others.

    Attributes:
        width: of what comes out, in pixels.
        height: of what comes out, in pixels.
        pixel_aspect: of what comes out: width of a pixel over its height.
        format: of what comes out, as ffmpeg calls it: yuv420p, or another with the same levels.
    """

    def __init__(self, info: SourceInfo, *, square: bool) -> None:
        self._scaled = max(1, round(info.width * info.pixel_aspect)) if square else info.width
        self.width = max(_LEAST_PX, self._scaled + self._scaled % 2)
        self.height = max(_LEAST_PX, info.height + info.height % 2)
        self.pixel_aspect = Fraction(1) if square else info.pixel_aspect
        self.format = "yuv420p"
        self._expected = (info.height, info.width, 3)
        self._hd = self.height >= _HD_HEIGHT
        self._reformatter = VideoReformatter()

    def describe(self, context: VideoCodecContext) -> None:
        """Tells an encoder the colours and the shape of pixels."""
        context.pix_fmt = self.format
        context.sample_aspect_ratio = self.pixel_aspect
        context.colorspace = _BT709_MATRIX if self._hd else _BT601_MATRIX
        context.color_range = ColorRange.MPEG
        primaries = ColorPrimaries.BT709 if self._hd else _SD_PRIMARIES.get(self.height, ColorPrimaries.BT709)
        context.color_primaries = primaries
        context.color_trc = ColorTrc.BT709  # BT.601 has the same curve

    def convert(self, image: Image) -> av.VideoFrame:
        """One picture.

        Raises:
            ValueError: it has another size than the source.
        """
        if image.shape != self._expected:
            raise ValueError(f"the drawn picture is {image.shape}, but the source's are {self._expected}")
        if image.shape[1] != self._scaled:
            image = np.asarray(cv2.resize(image, (self._scaled, image.shape[0])), dtype=np.uint8)
        below, right = self.height - image.shape[0], self.width - image.shape[1]
        if below or right:
            padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
            image = np.asarray(padded, dtype=np.uint8)
        if self._hd:
            picture = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(image), format="bgr24")
            return self._reformatter.reformat(
                picture,
                format=self.format,
                dst_colorspace=Colorspace.ITU709,
                interpolation=_SCALING,
                threads=1,
            )
        # A tenth of the time swscale takes, within 0.58 levels of exact BT.601; OpenCV knows no other matrix.
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)
        # from_numpy_buffer would take a height that 4 does not divide for the next lower one that it does.
        picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        if self.format == "yuv420p":
            return picture
        return self._reformatter.reformat(picture, format=self.format, threads=1)
