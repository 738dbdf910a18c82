"""Spans: the stretches of time in which a character is on screen, within one shot. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.core.results import FrameResult, Region

Side = Literal["left", "middle", "right"]

SIDES: tuple[Side, ...] = ("left", "middle", "right")
"""The sides of a frame, from left to right."""

_MIDDLE = (0.4, 0.6)
"""A region is in the middle if its centre lies between these shares of the frame's width."""


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive frames of one shot in which a character is labelled.

    Attributes:
        label: label of the character.
        side: side of the frame on which the span begins.
        start_s: time of its first frame, in seconds from the start of the source.
        end_s: time of the frame after its last one, in seconds from the start of the source.
    """

    label: str
    side: Side
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class SpanChanges:
    """What has changed in a `SpanCollector` since the changes before.

    Attributes:
        closed: spans that have ended.
        open: label -> side and start of the spans that continue.
    """

    closed: tuple[Span, ...]
    open: Mapping[str, tuple[Side, float]]


def side_of(centre: float) -> Side:
    """The side on which a region lies, by its centre as a share of the frame's width."""
    return "left" if centre < _MIDDLE[0] else "right" if centre > _MIDDLE[1] else "middle"


def by_start(span: Span) -> tuple[float, int, str]:
    """Key to sort spans by their start, and those that start together from left to right."""
    return span.start_s, SIDES.index(span.side), span.label


class SpanCollector:
    """Collects spans frame by frame; a frame lasts until the next one.

    Args:
        width: frame width in pixels.
        frame_s: longest time that a frame lasts, in seconds, as of unrelated pictures, where the next one may
            be missing; None for no limit.
    """

    def __init__(self, width: int, *, frame_s: float | None = None) -> None:
        self._width, self._frame_s = width, frame_s
        self._last_s = 0.0
        self._open: dict[str, tuple[Side, float]] = {}
        self._closed: list[Span] = []
        self._taken = 0  # of those, by `take_changes`

    def add(self, result: FrameResult) -> None:
        """Add the next frame, in order of time. A cut ends all spans."""
        now = {caption.label: self._side(caption.region) for caption in result.captions}
        last_until_s = self._lasts_until(result.time_s)
        missing = last_until_s < result.time_s
        for label in [label for label in self._open if label not in now or result.cut or missing]:
            self._close(label, last_until_s)
        self._last_s = result.time_s
        for label, side in now.items():
            self._open.setdefault(label, (side, result.time_s))

    def until(self, end_s: float) -> tuple[Span, ...]:
        """All spans before a time, ordered by start time; those that continue are cut off there."""
        last_until_s = self._lasts_until(end_s)
        still_open = [
            Span(label, side, start_s, last_until_s) for label, (side, start_s) in self._open.items()
        ]
        clipped = [
            span if span.end_s <= end_s else replace(span, end_s=end_s)
            for span in (*self._closed, *still_open)
        ]
        spans = [span for span in clipped if span.end_s > span.start_s]
        return tuple(sorted(spans, key=by_start))

    def take_changes(self) -> SpanChanges:
        """What has changed since the last call."""
        closed = tuple(self._closed[self._taken :])
        self._taken = len(self._closed)
        return SpanChanges(closed, dict(self._open))

    def apply(self, changes: SpanChanges) -> None:
        """Make the changes of another collector; then both have the same spans."""
        self._closed += changes.closed
        self._open = dict(changes.open)

    def _lasts_until(self, next_s: float) -> float:
        """Until when the last frame lasts, if the next one begins at `next_s`."""
        if self._frame_s is None or next_s <= self._last_s + self._frame_s + SAME_TIME_S:
            return next_s
        return self._last_s + self._frame_s

    def _close(self, label: str, end_s: float) -> None:
        side, start_s = self._open.pop(label)
        self._closed.append(Span(label, side, start_s, end_s))

    def _side(self, region: Region) -> Side:
        return side_of((region.box.x_min + region.box.x_max) / 2 / self._width)
