"""Cues and chapters: stretches of time in which the same characters are on screen. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from simpsons_play.timelines.spans import SIDES, Side, Span


@dataclass(frozen=True, slots=True)
class Cue:
    """A stretch of time in which the same characters are labelled on one side, or anywhere in the frame.

    Attributes:
        labels: labels of the characters, from left to right.
        side: side of the frame; None for the whole frame.
        start_s: start in seconds from the start of the source.
        end_s: end in seconds from the start of the source.
    """

    labels: tuple[str, ...]
    side: Side | None
    start_s: float
    end_s: float


def cues_of(spans: Sequence[Span], *, by_side: bool) -> Iterator[Cue]:
    """Split the time into cues with the same characters, in order, without the stretches that have none.

    Args:
        spans: spans in any order.
        by_side: make separate cues for each side, which may overlap; otherwise cues never overlap.
    """
    sides: tuple[Side | None, ...] = SIDES if by_side else (None,)
    found = [cue for side in sides for cue in _cues([s for s in spans if side in (None, s.side)], side)]
    return iter(sorted(found, key=lambda cue: cue.start_s))


def chapters_of(spans: Sequence[Span], *, start_s: float, end_s: float, min_length_s: float) -> list[Cue]:
    """Split a whole video into chapters with the same characters, or with none.

    Args:
        spans: spans of the video, in any order.
        start_s: start of the video, in seconds.
        end_s: end of the video, in seconds.
        min_length_s: a shorter chapter is merged into the previous one or, at the start, into the next one.
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
