"""From what decoders give to BGR, by one rule for the network, the window and recordings."""

from __future__ import annotations

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from simpsons_play.types import Image

HD_HEIGHT = 720
"""Untagged video of so many lines and more is BT.709, below it BT.601 (ITU-R)."""

HDR_TRANSFERS = {16: "PQ", 18: "HLG"}
"""Transfer characteristics of HDR video (ITU-T H.273) and what they are called."""

_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
"""Matrix coefficients (ITU-T H.273) as swscale knows them."""
_FULL_RANGE = 2


def matrix_of(picture: av.VideoFrame) -> Colorspace:
    """The matrix between YCbCr and RGB: as the picture is tagged, else by its height (`HD_HEIGHT`)."""
    guess = Colorspace.ITU709 if picture.height >= HD_HEIGHT else Colorspace.ITU601
    return _MATRICES.get(int(picture.colorspace), guess)


def is_full_range(picture: av.VideoFrame) -> bool:
    """Whether luma runs from 0 to 255 rather than from 16 to 235: as tagged, or by its format (yuvj, grey)."""
    name = picture.format.name
    return int(picture.color_range) == _FULL_RANGE or name.startswith(("yuvj", "gray"))


class BgrConverter:
    """Converts picture after picture; keeps what the next one can use again. For one thread at a time."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def convert(self, picture: av.VideoFrame, *, width: int, height: int) -> Image:
        """A decoded picture of any format -> (height, width, 3) uint8 BGR, full range; an array of its own.

        Raises:
            av.FFmpegError: the format cannot be converted.
        """
        if picture.format.name == "bgr24" and (picture.width, picture.height) == (width, height):
            return np.asarray(picture.to_ndarray(), dtype=np.uint8)
        # One reformatter for all and one thread: two and a half times as fast as a new one for each picture.
        converted = self._reformatter.reformat(
            picture,
            width=width,
            height=height,
            format="bgr24",
            src_colorspace=matrix_of(picture),
            dst_colorspace=Colorspace.ITU601,
            src_color_range=ColorRange.JPEG if is_full_range(picture) else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        return np.asarray(converted.to_ndarray(), dtype=np.uint8)
