"""Holds frames until their results are settled, in half their size if they are large."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Frame, Image

LARGE_BYTES = 8_000_000
"""Images of at least this size are packed. 1080p is smaller: packing takes time, and 30 frames take only
190 MB."""

_NO_IMAGE: Image = np.empty((0, 0, 3), np.uint8)


def is_large(width: int, height: int) -> bool:
    """Whether images of this size, in pixels, take too much memory to hold many of them."""
    return width * height * 3 >= LARGE_BYTES


class HeldFrame:
    """Holds one frame.

    Args:
        frame: frame to hold; packing only saves memory if the caller drops its reference.
        keeps_image: whether `frame` will be called; if not, the image is freed immediately.

    Attributes:
        index: frame index.
        name: name of the picture file; see `Frame.name`.
    """

    def __init__(self, frame: Frame, *, keeps_image: bool = True) -> None:
        self.index, self.name = frame.index, frame.name
        self._frame = frame if keeps_image else None
        self._planes: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]] | None = None

    def pack(self) -> None:
        """Free the image of a deferred frame; convert any other large image to full-range YUV 4:2:0.

        Both leave 12 bits per pixel instead of 24. Flat colours of a packed image are restored within 2
        levels. Most video is stored as 4:2:0, so its frames lose nothing but rounding errors.
        """
        if self._frame is None or self._planes is not None or self._frame.release():
            return
        if is_large(*self._frame.size_px):
            self._planes = _pack(self._frame.image)
            self._frame = replace(self._frame, image=_NO_IMAGE)

    def frame(self) -> Frame:
        """The frame with its image; a packed image is unpacked on each call.

        Raises:
            ValueError: the image was not kept.
        """
        if self._frame is None:
            raise ValueError("the image was not kept")
        if self._planes is None:
            return self._frame
        return replace(self._frame, image=_unpack(*self._planes))


def _pack(image: Image) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """(H, W, 3) uint8 BGR -> (H, W) luma and (ceil(H/2), ceil(W/2), 2) Cr and Cb, full-range BT.601."""
    height, width = image.shape[:2]
    half = cv2.resize(image, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
    luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    chroma = np.ascontiguousarray(cv2.cvtColor(half, cv2.COLOR_BGR2YCrCb)[..., 1:], dtype=np.uint8)
    return luma, chroma


def _unpack(luma: npt.NDArray[np.uint8], chroma: npt.NDArray[np.uint8]) -> Image:
    """Planes from `_pack` -> (H, W, 3) uint8 BGR."""
    height, width = luma.shape
    planes = np.empty((height, width, 3), np.uint8)
    full = cv2.resize(chroma, (width, height), interpolation=cv2.INTER_NEAREST)
    cv2.mixChannels([luma, full], [planes], [0, 0, 1, 1, 2, 2])
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2BGR), dtype=np.uint8)
