"""Rotation and mirroring that make a decoded picture upright."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import av
import cv2
import numpy as np

from simpsons_play.core.frames import Image

_MATRIX = "DISPLAYMATRIX"
"""PyAV's name for the display matrix of ffmpeg."""
_MAX_SKEW = 0.02
"""If the smaller entries of the matrix exceed this share of the larger ones, it is not a rotation by a
multiple of 90 degrees, and the picture is not rotated."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """Rotation by a multiple of 90 degrees and mirroring, as phones, EXIF and HEIF store them.

    Attributes:
        transposed: swap rows and columns, before anything else.
        mirrored: swap left and right.
        flipped: swap top and bottom.
    """

    transposed: bool = False
    mirrored: bool = False
    flipped: bool = False

    def upright(self, image: Image) -> Image:
        """(H, W, 3) uint8 as stored -> upright; (W, H, 3) if `transposed`."""
        if self.transposed:
            image = np.asarray(cv2.transpose(image), dtype=np.uint8)
        if self.mirrored or self.flipped:
            code = -1 if self.mirrored and self.flipped else int(self.mirrored)
            image = np.asarray(cv2.flip(image, code), dtype=np.uint8)
        return image


def orientation_of(picture: av.VideoFrame) -> Orientation:
    """The orientation of a picture, from the display matrix of its container or codec."""
    matrix = cast(Mapping[str, Any], picture.side_data).get(_MATRIX)
    if matrix is None:
        return Orientation()
    right_x, right_y, _, down_x, down_y = struct.unpack_from("=5i", matrix)
    upright, turned = max(abs(right_x), abs(down_y)), max(abs(right_y), abs(down_x))
    if turned <= _MAX_SKEW * upright:
        return Orientation(mirrored=right_x < 0, flipped=down_y < 0)
    if upright <= _MAX_SKEW * turned:
        return Orientation(transposed=True, mirrored=down_x < 0, flipped=right_y < 0)
    return Orientation()
