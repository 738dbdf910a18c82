"""Boxes, intersection over union and letterboxes. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Boxes = npt.NDArray[np.float32]
"""(N, 4) float32: x_min, y_min, x_max, y_max in pixels."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the frame: `x_min <= x < x_max`, `y_min <= y < y_max`.

    Example:
        >>> Box(10, 20, 50, 80).width
        40
    """

    x_min: int
    y_min: int
    x_max: int
    y_max: int

    @property
    def width(self) -> int:
        """In pixels."""
        return self.x_max - self.x_min

    @property
    def height(self) -> int:
        """In pixels."""
        return self.y_max - self.y_min


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a letterboxed picture lies on its canvas.

    Attributes:
        left: x of its first column, in pixels of the canvas.
        top: y of its first row.
        width: of the scaled picture, at least 1 pixel.
        height: of the scaled picture, at least 1 pixel.
    """

    left: int
    top: int
    width: int
    height: int


def letterbox_placement(size_px: tuple[int, int], canvas_px: tuple[int, int]) -> Placement:
    """Fit a picture into a canvas: aspect ratio kept, as large as possible, centred.

    Computed in float32, as the graph of an exported detector does it, so that both round alike.

    Args:
        size_px: width and height of the picture.
        canvas_px: width and height of the canvas.

    Example:
        >>> letterbox_placement((160, 90), (256, 192))
        Placement(left=0, top=24, width=256, height=144)
    """
    ratio = min(np.float32(room / side) for room, side in zip(canvas_px, size_px, strict=True))
    width, height = (max(1, round(float(np.float32(side) * ratio))) for side in size_px)
    return Placement((canvas_px[0] - width) // 2, (canvas_px[1] - height) // 2, width, height)


def iou(first: Boxes, second: Boxes) -> Boxes:
    """Intersection over union of each box with each other one.

    Args:
        first: (M, 4) x_min, y_min, x_max, y_max.
        second: (N, 4) likewise.

    Returns:
        (M, N) float32, 0-1.

    Example:
        >>> iou(np.float32([[0, 0, 2, 2]]), np.float32([[1, 0, 3, 2]])).round(2).tolist()
        [[0.33000001311302185]]
    """
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=2)
    first_area, second_area = (np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) for boxes in (first, second))
    return np.asarray(shared / (first_area[:, None] + second_area[None] - shared), np.float32)
