"""Where in a frame to look. Pure: sizes in, named boxes out."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from simpsons_play.core.errors import SourceError
from simpsons_play.core.types import Analysis, Box, Caption, Prediction, Region

_At = TypeVar("_At", Caption, Prediction)

AUTO = "auto"
"""What a user may ask for: all that a network can look at."""

PARTS = ("full", "left", "right")
"""Whole frame and halves, as the pictures of the first data set were cut."""

REGION_CHOICES: dict[str, tuple[str, ...]] = {
    AUTO: PARTS,
    "full": ("full",),
    "halves": ("left", "right"),
}
"""What a user may ask for -> the regions that a classifier looks at."""

DETECT = "detect"
"""What a user may ask for beside them: a detector finds the regions, which are heads."""


def regions_of(width: int, height: int, names: tuple[str, ...]) -> tuple[Region, ...]:
    """The regions of a frame.

    Args:
        width: of the frame, in pixels; at least 2 where halves are asked for.
        height: of the frame, in pixels.
        names: `full`, `left` or `right`, in the order wanted.

    Raises:
        ValueError: a name is unknown.
        SourceError: the frame is too narrow to be halved.
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


def scaled(analysis: Analysis, *, across: float, down: float) -> Analysis:
    """The same of a picture that is so many times as wide and as high."""

    def at(thing: _At) -> _At:
        box = thing.region.box
        x_min, y_min = round(box.x_min * across), round(box.y_min * down)
        x_max, y_max = round(box.x_max * across), round(box.y_max * down)
        box = Box(x_min, y_min, max(x_max, x_min + 1), max(y_max, y_min + 1))
        return replace(thing, region=Region(thing.region.name, box))

    return replace(
        analysis,
        predictions=tuple(map(at, analysis.predictions)),
        captions=tuple(map(at, analysis.captions)),
    )
