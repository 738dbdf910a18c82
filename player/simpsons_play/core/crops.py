"""Fixed crops of a frame for a classifier: the whole frame and its halves. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from simpsons_play.core.errors import SourceError
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region

_HasRegion = TypeVar("_HasRegion", Caption, Prediction)

AUTO = "auto"
"""Choice of regions: all regions that the model was trained on."""

DETECT = "detect"
"""Choice of regions: heads, found by a detector."""

CROPS = ("full", "left", "right")
"""Whole frame and halves, like the crops in the training pictures."""

CROP_CHOICES: dict[str, tuple[str, ...]] = {
    AUTO: CROPS,
    "full": ("full",),
    "halves": ("left", "right"),
}
"""Choice of regions -> crops that a classifier runs on."""


def crop_regions(width: int, height: int, names: tuple[str, ...]) -> tuple[Region, ...]:
    """The crops of a frame.

    Args:
        width: frame width in pixels; at least 2 for halves.
        height: frame height in pixels.
        names: names of the crops, `full`, `left` or `right`, in the order of the result.

    Raises:
        ValueError: a name is unknown.
        SourceError: the frame is too narrow to be halved.

    Example:
        >>> [region.box.width for region in crop_regions(640, 360, CROPS)]
        [640, 320, 320]
    """
    if width < 2 and set(names) & {"left", "right"}:
        raise SourceError(f"a frame {width} pixel wide has no halves; use --regions full")
    boxes = {
        "full": Box(0, 0, width, height),
        "left": Box(0, 0, width // 2, height),
        "right": Box(width // 2, 0, width, height),
    }
    if unknown := [name for name in names if name not in boxes]:
        raise ValueError(f"no region is called {unknown[0]!r}; there are {', '.join(boxes)}")
    return tuple(Region(name, boxes[name]) for name in names)


def crop_around(width: int, height: int, *, head: Box, others: Sequence[Box]) -> Region:
    """The part of a frame to keep as a picture of one head, like the pictures of the first data set.

    Args:
        width: frame width in pixels.
        height: frame height in pixels.
        head: the head, in pixels of the frame.
        others: the other heads of the frame.

    Returns:
        The whole frame, or the half with the head if there are others. A head across the middle is not cut.

    Example:
        >>> crop_around(640, 360, head=Box(30, 20, 130, 150), others=[Box(400, 20, 500, 150)])
        Region(name='left', box=Box(x_min=0, y_min=0, x_max=320, y_max=360))
    """
    if not others or width < 2:
        return Region("full", Box(0, 0, width, height))
    half = width // 2
    if (head.x_min + head.x_max) / 2 < half:
        return Region("left", Box(0, 0, max(half, head.x_max), height))
    return Region("right", Box(min(half, head.x_min), 0, width, height))


def scaled(result: FrameResult, *, across: float, down: float) -> FrameResult:
    """Scale the regions of a result to a picture of another size.

    Args:
        result: the result for the original frame.
        across: horizontal scale factor.
        down: vertical scale factor.
    """

    def scale(item: _HasRegion) -> _HasRegion:
        box = item.region.box
        x_min, y_min = round(box.x_min * across), round(box.y_min * down)
        x_max, y_max = round(box.x_max * across), round(box.y_max * down)
        box = Box(x_min, y_min, max(x_max, x_min + 1), max(y_max, y_min + 1))
        return replace(item, region=Region(item.region.name, box))

    return replace(
        result,
        predictions=tuple(map(scale, result.predictions)),
        captions=tuple(map(scale, result.captions)),
    )
