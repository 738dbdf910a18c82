"""Marks: what is drawn on a frame, and where, for BGR images and planes of YCbCr 4:2:0."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image, Planes
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import FrameResult

_OPAQUE = 255

_RED_BLUE = {True: (0.2126, 0.0722), False: (0.299, 0.114)}
"""Whether the matrix is BT.709 rather than BT.601 -> shares of red and blue in luma (ITU-R)."""


class Mark(Protocol):
    """Something to draw on a frame, at a place."""

    def lay_over_image(self, image: Image) -> None:
        """Change an image, (H, W, 3) uint8 BGR, in place."""
        ...

    def lay_over_planes(self, planes: Planes, *, bt709: bool) -> None:
        """Change limited-range planes of a picture of even width and height in place."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """How a patch changes one array: it becomes array * kept / 255 + added.

    Attributes:
        kept: (h, w) or (h, w, 3) uint8: 255 where the patch is transparent, 0 where it is opaque.
        added: uint8, the same shape: the patch, multiplied by its opacity.
    """

    kept: npt.NDArray[np.uint8]
    added: npt.NDArray[np.uint8]

    def lay_over(self, area: npt.NDArray[np.uint8], x: int, y: int) -> None:
        """Change an area in place; its upper left corner is at `x` and `y` in the layer."""
        height, width = area.shape[:2]
        kept, added = self.kept, self.added
        if kept.shape[:2] != (height, width):
            kept, added = (layer[y : y + height, x : x + width] for layer in (kept, added))
        cv2.multiply(area, kept, dst=area, scale=1 / _OPAQUE)
        cv2.add(area, added, dst=area)


class Patch:
    """A small picture with transparency, to lay over any number of frames.

    Args:
        bgra: (h, w, 4) uint8; blue, green and red are multiplied by the opacity (premultiplied alpha).
    """

    def __init__(self, bgra: npt.NDArray[np.uint8]) -> None:
        self._bgra = bgra
        self._on_luma: dict[bool, _Layer] = {}
        self._on_chroma: dict[tuple[bool, int, int], tuple[_Layer, _Layer]] = {}

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self._bgra.shape[1], self._bgra.shape[0]

    def at(self, x: int, y: int, bounds: Box) -> PatchMark:
        """A mark with its upper left corner at `x` and `y`, clipped to `bounds`."""
        width, height = self.size_px
        return PatchMark(
            self,
            x,
            y,
            Box(
                max(x, bounds.x_min),
                max(y, bounds.y_min),
                min(x + width, bounds.x_max),
                min(y + height, bounds.y_max),
            ),
        )

    @cached_property
    def _on_image(self) -> _Layer:
        kept = np.repeat(_OPAQUE - self._bgra[..., 3:], 3, axis=2)
        return _Layer(kept, np.ascontiguousarray(self._bgra[..., :3]))

    def lay_over_image(self, image: Image, box: Box, x: int, y: int) -> None:
        """Change a box of an image, (H, W, 3) uint8 BGR, in place; the patch begins at `x` and `y`."""
        area = image[box.y_min : box.y_max, box.x_min : box.x_max]
        self._on_image.lay_over(area, box.x_min - x, box.y_min - y)

    def lay_over_planes(self, planes: Planes, box: Box, x: int, y: int, *, bt709: bool) -> None:
        """Change a box of planes in place; box and corner are in pixels of luma."""
        left, top, right, bottom = box.x_min, box.y_min, box.x_max, box.y_max
        luma = self._on_luma.get(bt709)
        if luma is None:
            luma = self._on_luma[bt709] = _luma(self._bgra, bt709=bt709)
        luma.lay_over(planes[0][top:bottom, left:right], left - x, top - y)
        odd = x % 2, y % 2
        chroma = self._on_chroma.get((bt709, *odd))
        if chroma is None:
            chroma = self._on_chroma[bt709, *odd] = _chroma(self._bgra, *odd, bt709=bt709)
        rows, columns = slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2)
        x, y = left // 2 - x // 2, top // 2 - y // 2
        chroma[0].lay_over(planes[1][rows, columns], x, y)
        chroma[1].lay_over(planes[2][rows, columns], x, y)


@dataclass(frozen=True, slots=True, eq=False)
class PatchMark:
    """A patch at a place in a frame: a `Mark`.

    Attributes:
        patch: the picture to lay over the frame.
        x: column of the left edge of the patch, possibly outside the frame.
        y: row of its upper edge, possibly outside the frame.
        box: the part of the frame that the patch covers; without any pixel if it is all outside.
    """

    patch: Patch
    x: int
    y: int
    box: Box

    def lay_over_image(self, image: Image) -> None:
        """Change an image in place."""
        if self._is_visible:
            self.patch.lay_over_image(image, self.box, self.x, self.y)

    def lay_over_planes(self, planes: Planes, *, bt709: bool) -> None:
        """Change planes in place."""
        if self._is_visible:
            self.patch.lay_over_planes(planes, self.box, self.x, self.y, bt709=bt709)

    @property
    def _is_visible(self) -> bool:
        return self.box.width > 0 and self.box.height > 0


MarksOf = Callable[[tuple[int, int], FrameResult], Sequence[Mark]]
"""Width and height of a frame, its result -> what to draw on it, from the lowest mark to the uppermost. Call
it once for each frame, in order: captions stay where they were in the previous frame."""


def draw_on_image(image: Image, marks: Iterable[Mark]) -> None:
    """Draw marks on an image in place.

    Args:
        image: (H, W, 3) uint8 BGR.
        marks: from the lowest to the uppermost.
    """
    for mark in marks:
        mark.lay_over_image(image)


def draw_on_planes(planes: Planes, marks: Iterable[Mark], *, bt709: bool) -> None:
    """Draw marks on limited-range planes in place, as if on the image that the planes stand for.

    Args:
        planes: of a picture of even width and height.
        marks: from the lowest to the uppermost.
        bt709: whether the matrix of the planes is that of BT.709 rather than BT.601.
    """
    for mark in marks:
        mark.lay_over_planes(planes, bt709=bt709)


def _luma(bgra: npt.NDArray[np.uint8], *, bt709: bool) -> _Layer:
    """The layer for the luma plane, (h, w)."""
    added = cv2.transform(bgra, limited_range(bt709=bt709)[:1])
    return _Layer(_OPAQUE - bgra[..., 3], np.asarray(added, dtype=np.uint8))


def _chroma(bgra: npt.NDArray[np.uint8], odd_x: int, odd_y: int, *, bt709: bool) -> tuple[_Layer, _Layer]:
    """The layers for Cb and Cr, each half as large, of a patch that begins in an odd column or row."""
    right, below = (bgra.shape[1] + odd_x) % 2, (bgra.shape[0] + odd_y) % 2
    padded = cv2.copyMakeBorder(bgra, odd_y, below, odd_x, right, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    size = padded.shape[1] // 2, padded.shape[0] // 2
    half = cv2.resize(padded.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    kept = np.asarray(_OPAQUE - np.rint(half[..., 3]), dtype=np.uint8)
    blue, red = (
        _Layer(kept, np.asarray(np.rint(half @ weights.astype(np.float32)), dtype=np.uint8))
        for weights in limited_range(bt709=bt709)[1:]
    )
    return blue, red


def limited_range(*, bt709: bool) -> npt.NDArray[np.float64]:
    """(3, 4): multiplied by blue, green, red and opacity, 0-255, it gives luma, Cb and Cr in limited range.

    Offsets are multiplied by the opacity, like everything else (ITU-R BT.601 or BT.709).
    """
    red, blue = _RED_BLUE[bt709]
    luma = np.array([blue, 1 - red - blue, red])
    rows = [np.append(luma * 219, 16)]
    for channel, share in ((0, blue), (2, red)):
        difference = np.eye(3)[channel] - luma
        rows.append(np.append(difference * 112 / (1 - share), 128))
    return np.array(rows) / 255
