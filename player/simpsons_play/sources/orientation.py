"""How a decoded picture has to be turned and mirrored to be upright."""

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
"""What PyAV calls the display matrix of ffmpeg."""
_ASKEW = 0.02
"""Beyond this share of the other, an entry of the matrix turns by no quarter, and the picture stays."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """Turns by quarters and mirrors, as telephones, EXIF and HEIF have them.

    Attributes:
        transposed: rows become columns, first of all.
        mirrored: left and right change places.
        flipped: above and below change places.
    """

    transposed: bool = False
    mirrored: bool = False
    flipped: bool = False

    def upright(self, image: Image) -> Image:
        """(H, W, 3) uint8 as it was stored -> the same upright, (W, H, 3) where it is transposed."""
        if self.transposed:
            image = np.asarray(cv2.transpose(image), dtype=np.uint8)
        if self.mirrored or self.flipped:
            code = -1 if self.mirrored and self.flipped else int(self.mirrored)
            image = np.asarray(cv2.flip(image, code), dtype=np.uint8)
        return image


def orientation_of(picture: av.VideoFrame) -> Orientation:
    """How a picture says that it is to be shown: by the display matrix of its container or codec."""
    matrix = cast(Mapping[str, Any], picture.side_data).get(_MATRIX)
    if matrix is None:
        return Orientation()
    right_x, right_y, _, down_x, down_y = struct.unpack_from("=5i", matrix)
    upright, turned = max(abs(right_x), abs(down_y)), max(abs(right_y), abs(down_x))
    if turned <= _ASKEW * upright:
        return Orientation(mirrored=right_x < 0, flipped=down_y < 0)
    if upright <= _ASKEW * turned:
        return Orientation(transposed=True, mirrored=down_x < 0, flipped=right_y < 0)
    return Orientation()
