"""The captions of each frame as rows, with shots and heads numbered through the whole source. Pure."""

from __future__ import annotations

from dataclasses import dataclass, fields

from simpsons_play.core.results import HEAD, FrameResult
from simpsons_play.timelines.region_names import region_names


@dataclass(frozen=True, slots=True)
class CaptionRow:
    """One caption of one frame.

    Attributes:
        time_s: frame time in seconds.
        region: `full`, `left`, `right`, or a head with its half of the frame: `head-1-left`.
        label: label of the character.
        probability: smoothed probability, 0-1.
        index: frame index.
        shot: number of the shot, starting at 1.
        track: number of the head in the whole source, starting at 1; None for crops of the frame.
        x_min: left edge of the box in pixels of the frame.
        y_min: top edge.
        x_max: right edge, exclusive.
        y_max: bottom edge, exclusive.
    """

    time_s: float
    region: str
    label: str
    probability: float
    index: int
    shot: int
    track: int | None
    x_min: int
    y_min: int
    x_max: int
    y_max: int


COLUMNS = tuple(field.name for field in fields(CaptionRow))
"""The columns of predictions in CSV and Parquet; for pictures, `picture` is in front of them."""


class CaptionRows:
    """Lists the captions of one source frame by frame, and numbers its shots and heads.

    The names of head regions count from 1 in each shot. `track` continues the count over all shots, so that
    one number is one head, followed through one shot. Heads without a caption count, too: which characters
    are named, and from which probability on, hardly changes the numbers of the others.

    Args:
        width: frame width in pixels.

    Example:
        >>> from simpsons_play.core.geometry import Box
        >>> from simpsons_play.core.results import Caption, Region
        >>> rows, caption = CaptionRows(160), Caption(Region("head-1", Box(0, 0, 9, 9)), "bart_simpson", 0.9)
        >>> for index in range(3):
        ...     for row in rows.add(FrameResult(index, index / 24, index != 1, (), (caption,))):
        ...         print(row.region, row.shot, row.track)
        head-1-left 1 1
        head-1-left 1 1
        head-1-left 2 2
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._shot = self._tracks_before = self._tracks = 0
        self._time_s = float("-inf")

    def add(self, result: FrameResult) -> list[CaptionRow]:
        """The rows of the next frame, in the order of its captions."""
        if result.cut or result.time_s < self._time_s or not self._shot:
            self._shot += 1
            self._tracks_before += self._tracks
            self._tracks = 0
        self._time_s = result.time_s
        names = region_names(result, self._width)
        numbers = {name: int(name.removeprefix(HEAD)) for name in names if name.startswith(HEAD)}
        self._tracks = max(self._tracks, *numbers.values(), 0)
        rows = []
        for caption in result.captions:
            region, number = caption.region, numbers.get(caption.region.name)
            rows.append(
                CaptionRow(
                    result.time_s,
                    names[region.name],
                    caption.label,
                    caption.probability,
                    result.index,
                    self._shot,
                    None if number is None else self._tracks_before + number,
                    int(region.box.x_min),
                    int(region.box.y_min),
                    int(region.box.x_max),
                    int(region.box.y_max),
                )
            )
        return rows
