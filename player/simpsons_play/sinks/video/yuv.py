"""Annotated frames in the pixel formats of video encoders."""

from __future__ import annotations

from collections.abc import Sequence
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

from simpsons_play.core.frames import Frame, Image, Planes, SourceInfo
from simpsons_play.render.marks import Mark, draw_on_image, draw_on_planes

_HD_HEIGHT = 720
"""Video of at least this height uses the BT.709 matrix, lower video BT.601, as players assume without
tags."""

_BT709_MATRIX, _BT601_MATRIX = 1, 6
"""AVCOL_SPC_BT709 and AVCOL_SPC_SMPTE170M; PyAV's `Colorspace` contains the numbers of swscale instead."""

_SD_PRIMARIES = {
    576: ColorPrimaries.BT470BG,  # BT.601 with 625 lines
    480: ColorPrimaries.SMPTE170M,  # BT.601 with 525 lines
    486: ColorPrimaries.SMPTE170M,
}
"""Height -> primaries that mpv (libplacebo) assumes for untagged video; BT.709 for any other height. Outputs
are tagged with the same, so that the output of an untagged source looks like the source."""

_SCALING = Interpolation.AREA | Interpolation.ACCURATE_RND
"""Without ACCURATE_RND, swscale rounds down: up to one level darker, which makes decoded flat colours wrong
by up to 3 levels. AREA averages exactly the four pixels that share a chroma sample."""

_MIN_SIDE_PX = 4
"""Smallest width and height that all encoders accept."""


class YuvConverter:
    """Frames with marks -> limited-range YUV 4:2:0.

    A frame that is stored that way, with the same matrix and in the same size, is copied as it is, and only
    what is drawn changes. Any other is converted from BGR. Width and height become even and at least 4 by
    repeating the last column and row.

    Args:
        info: the source: size and pixel aspect ratio of its frames.
        square_pixels: scale the width so that pixels are square, for containers that support no others.

    Attributes:
        width: output width in pixels.
        height: output height in pixels.
        pixel_aspect: width of an output pixel over its height.
        pixel_format: ffmpeg's name of the output format: yuv420p, or another with the same levels.
    """

    def __init__(self, info: SourceInfo, *, square_pixels: bool) -> None:
        self._scaled_width = max(1, round(info.width * info.pixel_aspect)) if square_pixels else info.width
        self.width = max(_MIN_SIDE_PX, self._scaled_width + self._scaled_width % 2)
        self.height = max(_MIN_SIDE_PX, info.height + info.height % 2)
        self.pixel_aspect = Fraction(1) if square_pixels else info.pixel_aspect
        self.pixel_format = "yuv420p"
        self._size_px = info.width, info.height
        self._hd = self.height >= _HD_HEIGHT
        self._reformatter = VideoReformatter()
        self._copy: av.VideoFrame | None = None

    def describe(self, context: VideoCodecContext) -> None:
        """Set pixel format, colour tags and pixel aspect ratio of an encoder."""
        context.pix_fmt = self.pixel_format
        context.sample_aspect_ratio = self.pixel_aspect
        context.colorspace = _BT709_MATRIX if self._hd else _BT601_MATRIX
        context.color_range = ColorRange.MPEG
        primaries = ColorPrimaries.BT709 if self._hd else _SD_PRIMARIES.get(self.height, ColorPrimaries.BT709)
        context.color_primaries = primaries
        context.color_trc = ColorTrc.BT709  # BT.601 has the same curve

    def convert(self, frame: Frame, marks: Sequence[Mark]) -> av.VideoFrame:
        """Draw marks on a copy of a frame in the pixel format of the encoder.

        Returns:
            A picture that the next call may overwrite unless the encoder still refers to it.

        Raises:
            ValueError: the frame has another size than the source.
        """
        if frame.size_px != self._size_px:
            raise ValueError(f"the frame has {frame.size_px} pixels, but the source {self._size_px}")
        if self.pixel_format == "yuv420p" and (self.width, self.height) == self._size_px:
            planes = frame.planes(bt709=self._hd)
            if planes is not None:
                return self._draw_on_copy(planes, marks)
        image = frame.image
        if marks:
            image = image.copy()
            draw_on_image(image, marks)
        return self._from_bgr(image)

    def _draw_on_copy(self, planes: Planes, marks: Sequence[Mark]) -> av.VideoFrame:
        """Planes as a new picture with marks; decoders predict later pictures from the planes themselves."""
        # New memory for each large picture would fragment the heap.
        self._copy = picture = self._copy or av.VideoFrame(self.width, self.height, "yuv420p")
        picture.make_writable()
        luma, blue, red = (
            np.ndarray((p.height, p.width), np.uint8, memoryview(p), strides=(p.line_size, 1))
            for p in picture.planes
        )
        for copied, plane in zip((luma, blue, red), planes, strict=True):
            np.copyto(copied, plane)
        draw_on_planes((luma, blue, red), marks, bt709=self._hd)
        return picture

    def _from_bgr(self, image: Image) -> av.VideoFrame:
        if image.shape[1] != self._scaled_width:
            image = np.asarray(cv2.resize(image, (self._scaled_width, image.shape[0])), dtype=np.uint8)
        below, right = self.height - image.shape[0], self.width - image.shape[1]
        if below or right:
            padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
            image = np.asarray(padded, dtype=np.uint8)
        if self._hd:
            frame = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(image), format="bgr24")
            return self._reformatter.reformat(
                frame,
                format=self.pixel_format,
                dst_colorspace=Colorspace.ITU709,
                interpolation=_SCALING,
                threads=1,
            )
        # Ten times as fast as swscale and within 0.58 levels of exact BT.601, the only matrix OpenCV has.
        planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), dtype=np.uint8)
        # from_numpy_buffer would round the height down to a multiple of 4.
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        if self.pixel_format == "yuv420p":
            return frame
        return self._reformatter.reformat(frame, format=self.pixel_format, threads=1)
