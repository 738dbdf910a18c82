"""Spans of one character -> appearances: from coming on screen to going, across cuts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from simpsons_play.timelines.spans import Span

GAP_S = 0.25
"""A character who is back within this time, in seconds, was not away: a frame or two are missed now and
then."""

_BEFORE_START_S = 1.0
"""Going back within this time of a start goes to the appearance before it."""

_AT_START_S = 0.01
"""A time within this of a start, in seconds, is at the start: a seek ends on the frame that follows."""


def joined(spans: Iterable[Span]) -> list[Span]:
    """Spans of one character, in order -> its appearances: spans no more than `GAP_S` apart are joined."""
    found: list[Span] = []
    for span in spans:
        if found and span.start_s - found[-1].end_s <= GAP_S:
            found[-1] = replace(found[-1], end_s=max(found[-1].end_s, span.end_s))
        else:
            found.append(span)
    return found


def next_after(spans: Sequence[Span], time_s: float) -> Span | None:
    """The first that begins after a time, in seconds."""
    return next((span for span in spans if span.start_s > time_s + _AT_START_S), None)


def last_before(spans: Sequence[Span], time_s: float) -> Span | None:
    """The last that begins before a time, in seconds; one that has just begun is skipped."""
    return next((span for span in reversed(spans) if span.start_s < time_s - _BEFORE_START_S), None)
