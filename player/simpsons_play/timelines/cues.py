"""Spans -> cues: stretches of time in which the same characters are on screen. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from simpsons_play.timelines.spans import SIDES, Side, Span


@dataclass(frozen=True, slots=True)
class Cue:
    """A stretch of time in which the same characters are labelled at one side, or anywhere.

    Attributes:
        labels: of the characters, from left to right.
        side: of the frame; None for all of it.
        start_s: in seconds from the start of the source.
        end_s: likewise.
    """

    labels: tuple[str, ...]
    side: Side | None
    start_s: float
    end_s: float


def cues_of(spans: Sequence[Span], *, by_side: bool) -> Iterator[Cue]:
    """Stretches in which nobody comes or goes, in order; those without anybody are left out.

    Args:
        spans: in any order.
        by_side: make cues for each side by itself, which may overlap those of another; else none overlap.
    """
    sides: tuple[Side | None, ...] = SIDES if by_side else (None,)
    found = [cue for side in sides for cue in _cues([s for s in spans if side in (None, s.side)], side)]
    return iter(sorted(found, key=lambda cue: cue.start_s))


def chapters_of(spans: Sequence[Span], *, start_s: float, end_s: float, min_length_s: float) -> list[Cue]:
    """All of a video in stretches with the same characters, or nobody, none of them short.

    Args:
        spans: of the video, in any order.
        start_s: where it begins, in seconds.
        end_s: where it ends.
        min_length_s: a shorter stretch is joined to the one before it or, at the start, to the next.
    """
    stretches, at_s = list[Cue](), start_s
    for cue in cues_of(spans, by_side=False):
        stretches += [Cue((), None, at_s, cue.start_s)] * (cue.start_s > at_s)
        stretches.append(cue)
        at_s = cue.end_s
    stretches += [Cue((), None, at_s, end_s)] * (end_s > at_s)
    found: list[Cue] = []
    for stretch in stretches:
        short = stretch.end_s - stretch.start_s < min_length_s
        if found and (short or stretch.labels == found[-1].labels):
            found[-1] = replace(found[-1], end_s=stretch.end_s)
        elif found and found[-1].end_s - found[-1].start_s < min_length_s:
            found[-1] = replace(stretch, start_s=found[-1].start_s)
        else:
            found.append(stretch)
    return found


def _cues(spans: Sequence[Span], side: Side | None) -> Iterator[Cue]:
    times = sorted({time for span in spans for time in (span.start_s, span.end_s)})
    last: Cue | None = None
    for start_s, end_s in pairwise(times):
        there = [span for span in spans if span.start_s <= start_s and span.end_s >= end_s]
        there.sort(key=lambda span: (SIDES.index(span.side), span.label))
        labels = tuple(span.label for span in there)
        if last is not None and last.labels == labels:
            last = Cue(labels, side, last.start_s, end_s)  # a cut, with the same characters before and after
            continue
        if last is not None and last.labels:
            yield last
        last = Cue(labels, side, start_s, end_s)
    if last is not None and last.labels:
        yield last
