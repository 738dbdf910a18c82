"""Pictures with the heads in them, and what is known of each head. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image

SOMEBODY = -1
"""The `label` of a head of somebody who is not to be named."""

UNKNOWN = -2
"""The `label` of a head of which nobody wrote down whose it is: it may be anybody."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head in a picture.

    Attributes:
        x_min: its left side, in pixels of the picture, as are the others; they may lie outside it.
        y_min: its upper side.
        x_max: its right side.
        y_max: its lower side.
        label: index of whose head it is, or `SOMEBODY` or `UNKNOWN`.
        sure: False where there may be a head or not: nothing is learned from the place.
    """

    x_min: float
    y_min: float
    x_max: float
    y_max: float
    label: int
    sure: bool = True

    @property
    def width(self) -> float:
        """In pixels."""
        return self.x_max - self.x_min

    @property
    def height(self) -> float:
        """In pixels."""
        return self.y_max - self.y_min


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture and all heads in it.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        heads: in no order.
    """

    image: Image
    heads: tuple[Head, ...]


def overlaps(boxes: npt.NDArray[np.float32], head: Head) -> npt.NDArray[np.float32]:
    """Intersection over union of boxes (M, 4), x_min, y_min, x_max, y_max, with a head: (M,)."""
    wide = np.minimum(boxes[:, 2], head.x_max) - np.maximum(boxes[:, 0], head.x_min)
    high = np.minimum(boxes[:, 3], head.y_max) - np.maximum(boxes[:, 1], head.y_min)
    shared = np.maximum(wide, 0) * np.maximum(high, 0)
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    return np.asarray(shared / (area + head.width * head.height - shared), np.float32)


def moved(head: Head, *, scale_x: float, scale_y: float, shift_x: float, shift_y: float) -> Head:
    """The same head after x -> scale_x * x + shift_x, and y alike; a negative scale mirrors it."""
    x = sorted((scale_x * head.x_min + shift_x, scale_x * head.x_max + shift_x))
    y = sorted((scale_y * head.y_min + shift_y, scale_y * head.y_max + shift_y))
    return Head(x[0], y[0], x[1], y[1], head.label, head.sure)


def clipped(head: Head, x_min: float, y_min: float, x_max: float, y_max: float) -> tuple[Head, float]:
    """What is left of a head inside a window, and which share of its area that is; 0-1."""
    left, top = max(head.x_min, x_min), max(head.y_min, y_min)
    right, bottom = min(head.x_max, x_max), min(head.y_max, y_max)
    area = max(0.0, right - left) * max(0.0, bottom - top)
    share = area / max(head.width * head.height, 1e-9)
    return Head(left, top, right, bottom, head.label, head.sure), share
