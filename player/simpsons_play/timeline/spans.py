"""Captions frame by frame -> who is on screen from when to when. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from simpsons_play.core.types import Analysis, Region

Side = Literal["left", "middle", "right"]

_SIDES: tuple[Side, ...] = ("left", "middle", "right")
_MIDDLE = (0.4, 0.6)
"""Whose middle lies between these shares of the frame's width is in the middle."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of frames without a gap in which somebody is named.

    Attributes:
        label: who.
        side: of the frame, where it begins.
        start_s: of its first frame, in seconds from the start of the source.
        end_s: of the frame after its last one.
    """

    label: str
    side: Side
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Who is known to be on screen when.

    Attributes:
        spans: in the order in which they begin.
        known_s: up to which moment everything is known, in seconds from the start of the source.
        labels: all that the network knows, for their colours.
    """

    spans: tuple[Span, ...]
    known_s: float
    labels: tuple[str, ...]

    def by_label(self) -> dict[str, list[Span]]:
        """The spans of each who was seen, in the order in which they were seen first."""
        found: dict[str, list[Span]] = {}
        for span in self.spans:
            found.setdefault(span.label, []).append(span)
        return found


@dataclass(frozen=True, slots=True)
class Cue:
    """A moment in which the same people are named at one side, or, without a side, anywhere.

    Attributes:
        labels: who, from left to right.
        side: of the frame; None for all of it.
        start_s: in seconds from the start of the source.
        end_s: the same.
    """

    labels: tuple[str, ...]
    side: Side | None
    start_s: float
    end_s: float


class Spans:
    """Collects spans frame by frame; a frame lasts until the next one comes.

    Args:
        width: of a frame, in pixels.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._open: dict[str, tuple[Side, float]] = {}
        self._done: list[Span] = []

    def add(self, analysis: Analysis) -> None:
        """Take the next frame in; frames come in the order of their times. A new shot begins new spans."""
        now = {caption.label: self._side(caption.region) for caption in analysis.captions}
        for label in [label for label in self._open if label not in now or analysis.cut]:
            self._close(label, analysis.time_s)
        for label, side in now.items():
            self._open.setdefault(label, (side, analysis.time_s))

    def until(self, end_s: float) -> tuple[Span, ...]:
        """All spans so far in the order in which they begin; those that go on are cut off at `end_s`."""
        going_on = [Span(label, side, start_s, end_s) for label, (side, start_s) in self._open.items()]
        spans = [span for span in (*self._done, *going_on) if span.end_s > span.start_s]
        return tuple(sorted(spans, key=lambda span: (span.start_s, _SIDES.index(span.side), span.label)))

    def _close(self, label: str, end_s: float) -> None:
        side, start_s = self._open.pop(label)
        self._done.append(Span(label, side, start_s, end_s))

    def _side(self, region: Region) -> Side:
        middle = (region.box.x_min + region.box.x_max) / 2 / self._width
        return "left" if middle < _MIDDLE[0] else "right" if middle > _MIDDLE[1] else "middle"


def cues_of(spans: Sequence[Span], *, by_side: bool) -> Iterator[Cue]:
    """Moments in which nobody comes or goes, in their order; none in which nobody is named.

    Args:
        spans: in any order.
        by_side: cues of each side by themselves, which may overlap those of another; else none overlap.
    """
    sides: tuple[Side | None, ...] = _SIDES if by_side else (None,)
    found = [cue for side in sides for cue in _cues([s for s in spans if side in (None, s.side)], side)]
    return iter(sorted(found, key=lambda cue: cue.start_s))


def chapters_of(spans: Sequence[Span], *, start_s: float, end_s: float, least_s: float) -> list[Cue]:
    """All of a video in stretches in which the same people are named, or nobody, none of them short.

    Args:
        spans: of it, in any order.
        start_s: where it begins, in seconds.
        end_s: where it ends.
        least_s: a stretch that is shorter belongs to the one before it, or, at the start, to the next.
    """
    stretches, at_s = list[Cue](), start_s
    for cue in cues_of(spans, by_side=False):
        stretches += [Cue((), None, at_s, cue.start_s)] * (cue.start_s > at_s)
        stretches.append(cue)
        at_s = cue.end_s
    stretches += [Cue((), None, at_s, end_s)] * (end_s > at_s)
    found: list[Cue] = []
    for stretch in stretches:
        if found and (stretch.end_s - stretch.start_s < least_s or stretch.labels == found[-1].labels):
            found[-1] = replace(found[-1], end_s=stretch.end_s)
        elif found and found[-1].end_s - found[-1].start_s < least_s:
            found[-1] = replace(stretch, start_s=found[-1].start_s)
        else:
            found.append(stretch)
    return found


def _cues(spans: Sequence[Span], side: Side | None) -> Iterator[Cue]:
    times = sorted({time for span in spans for time in (span.start_s, span.end_s)})
    last: Cue | None = None
    for start_s, end_s in pairwise(times):
        there = [span for span in spans if span.start_s <= start_s and span.end_s >= end_s]
        there.sort(key=lambda span: (_SIDES.index(span.side), span.label))
        labels = tuple(span.label for span in there)
        if last is not None and last.labels == labels:
            last = Cue(labels, side, last.start_s, end_s)  # a cut, with the same people before and after
            continue
        if last is not None and last.labels:
            yield last
        last = Cue(labels, side, start_s, end_s)
    if last is not None and last.labels:
        yield last
