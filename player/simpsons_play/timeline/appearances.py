"""Spans of one character -> appearances: from coming on screen to going, cuts in between or not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from simpsons_play.timeline.screen_time import GAP_S
from simpsons_play.timeline.spans import Span

_BEHIND_S = 1.0
"""Who goes back within so long of a beginning means the one before it."""

_HERE_S = 0.01


def appearances(spans: Iterable[Span]) -> list[Span]:
    """Spans of one character in their order -> the same, joined where they touch."""
    found: list[Span] = []
    for span in spans:
        if found and span.start_s - found[-1].end_s <= GAP_S:
            found[-1] = replace(found[-1], end_s=max(found[-1].end_s, span.end_s))
        else:
            found.append(span)
    return found


def next_after(found: Sequence[Span], time_s: float) -> Span | None:
    """The first that begins after a time, in seconds."""
    return next((span for span in found if span.start_s > time_s + _HERE_S), None)


def last_before(found: Sequence[Span], time_s: float) -> Span | None:
    """The last that begins before a time, in seconds; one that has just begun is passed over."""
    return next((span for span in reversed(found) if span.start_s < time_s - _BEHIND_S), None)
