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
        """Width in pixels."""
        return self.x_max - self.x_min

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.y_max - self.y_min

    @property
    def sides(self) -> Boxes:
        """(4,) float32: x_min, y_min, x_max, y_max."""
        return np.array([self.x_min, self.y_min, self.x_max, self.y_max], np.float32)

    @classmethod
    def rounded(cls, sides: Boxes) -> Box:
        """The box with these sides, (4,), rounded to whole pixels.

        Example:
            >>> Box.rounded(np.float32([9.6, 20.2, 50, 80.4]))
            Box(x_min=10, y_min=20, x_max=50, y_max=80)
        """
        return cls(*(round(float(side)) for side in sides))


@dataclass(frozen=True, slots=True)
class Placement:
    """Position and size of a letterboxed picture on its canvas.

    Attributes:
        left: x of the first column, in pixels of the canvas.
        top: y of the first row, in pixels of the canvas.
        width: width of the scaled picture, at least 1 pixel.
        height: height of the scaled picture, at least 1 pixel.
    """

    left: int
    top: int
    width: int
    height: int


def letterbox_placement(size_px: tuple[int, int], canvas_px: tuple[int, int]) -> Placement:
    """Fit a picture into a canvas, centred and as large as possible, with its aspect ratio preserved.

    Computed in float32, like the graph of an exported detector, so that both round in the same way.

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
    """Intersection over union of all pairs of boxes.

    Args:
        first: (M, 4) x_min, y_min, x_max, y_max.
        second: (N, 4) x_min, y_min, x_max, y_max.

    Returns:
        (M, N) float32, 0-1.

    Example:
        >>> iou(np.float32([[0, 0, 2, 2]]), np.float32([[1, 0, 3, 2]])).round(2).tolist()
        [[0.33000001311302185]]
    """
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = _area(np.maximum(high - low, 0))
    first_area, second_area = (_area(boxes[:, 2:] - boxes[:, :2]) for boxes in (first, second))
    return np.asarray(shared / (first_area[:, None] + second_area[None] - shared), np.float32)


def most_overlapping(box: Boxes, boxes: Boxes, *, min_iou: float) -> int | None:
    """The index of the box that overlaps another one most; None if none reaches an intersection over union.

    Args:
        box: (4,) x_min, y_min, x_max, y_max.
        boxes: (N, 4) boxes to choose from.
        min_iou: least intersection over union, 0-1.

    Example:
        >>> boxes = np.float32([[9, 9, 10, 10], [0, 0, 2, 1]])
        >>> most_overlapping(np.float32([0, 0, 2, 2]), boxes, min_iou=0.3)
        1
    """
    overlaps = iou(box[None], boxes)[0]
    best = int(overlaps.argmax()) if len(boxes) else -1
    return best if best >= 0 and overlaps[best] >= min_iou else None


def _area(sizes: Boxes) -> Boxes:
    """(..., 2) widths and heights -> (...); `np.prod` takes four times as long for a few boxes."""
    return np.asarray(sizes[..., 0] * sizes[..., 1])
