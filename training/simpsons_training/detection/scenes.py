"""Pictures with their annotated heads, and the transforms that move both together. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import iou

OTHER = -1
"""`Head.label` of a person whom the network must not name."""

UNLABELLED = -2
"""`Head.label` of a head that could be anybody's."""


@dataclass(frozen=True, slots=True)
class Head:
    """A head in a picture.

    Attributes:
        x_min: Left side, in pixels of the picture. Sides may lie outside the picture.
        y_min: Top.
        x_max: Right side.
        y_max: Bottom.
        label: Label index, `OTHER` or `UNLABELLED`.
        certain: False where there may be a head or not; such a region is ignored in the loss.
    """

    x_min: float
    y_min: float
    x_max: float
    y_max: float
    label: int
    certain: bool = True

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.x_max - self.x_min

    @property
    def height(self) -> float:
        """Height in pixels."""
        return self.y_max - self.y_min


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A picture with all its heads.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        heads: Heads in any order.
    """

    image: Image
    heads: tuple[Head, ...]


def overlaps(boxes: npt.NDArray[np.float32], head: Head) -> npt.NDArray[np.float32]:
    """Intersection over union of boxes (M, 4), x_min, y_min, x_max, y_max, with a head: (M,)."""
    return iou(boxes, np.array([[head.x_min, head.y_min, head.x_max, head.y_max]], np.float32))[:, 0]


def transform(head: Head, *, scale_x: float, scale_y: float, shift_x: float, shift_y: float) -> Head:
    """Apply x -> scale_x * x + shift_x, and likewise for y; a negative scale mirrors the head."""
    x = sorted((scale_x * head.x_min + shift_x, scale_x * head.x_max + shift_x))
    y = sorted((scale_y * head.y_min + shift_y, scale_y * head.y_max + shift_y))
    return Head(x[0], y[0], x[1], y[1], head.label, head.certain)


def clip(head: Head, x_min: float, y_min: float, x_max: float, y_max: float) -> tuple[Head, float]:
    """Clip a head to a window; also returns the visible share of its area, 0-1."""
    left, top = max(head.x_min, x_min), max(head.y_min, y_min)
    right, bottom = min(head.x_max, x_max), min(head.y_max, y_max)
    area = max(0.0, right - left) * max(0.0, bottom - top)
    share = area / max(head.width * head.height, 1e-9)
    return Head(left, top, right, bottom, head.label, head.certain), share
