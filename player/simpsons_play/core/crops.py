"""Fixed crops of a frame that a classifier looks at: all of it, and its halves. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from simpsons_play.core.errors import SourceError
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region

_HasRegion = TypeVar("_HasRegion", Caption, Prediction)

AUTO = "auto"
"""Choice of regions: everything that the model can look at."""

DETECT = "detect"
"""Choice of regions: the heads that a detector finds."""

CROPS = ("full", "left", "right")
"""Whole frame and halves, as the pictures of the first data set were cut."""

CROP_CHOICES: dict[str, tuple[str, ...]] = {
    AUTO: CROPS,
    "full": ("full",),
    "halves": ("left", "right"),
}
"""Choice of regions -> the crops that a classifier looks at."""


def crop_regions(width: int, height: int, names: tuple[str, ...]) -> tuple[Region, ...]:
    """The crops of a frame.

    Args:
        width: of the frame, in pixels; at least 2 for halves.
        height: of the frame, in pixels.
        names: `full`, `left` or `right`, in the order wanted.

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


def scaled(result: FrameResult, *, across: float, down: float) -> FrameResult:
    """The result for a picture of another size.

    Args:
        result: of the original frame.
        across: factor for widths.
        down: factor for heights.
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
