"""Appearances: the stretches of time in which a character is on screen, across cuts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from simpsons_play.timelines.spans import Span

GAP_S = 0.25
"""Gaps up to this length, in seconds, do not end an appearance: the model may miss a frame or two."""

_BEFORE_START_S = 1.0
"""Within this time after the start of an appearance, in seconds, going back skips to the one before it."""

_AT_START_S = 0.01
"""A time this close to the start of an appearance, in seconds, counts as its start, as after a seek."""


def joined(spans: Iterable[Span]) -> list[Span]:
    """Join the spans of one character, given in order, that are at most `GAP_S` apart: its appearances."""
    found: list[Span] = []
    for span in spans:
        if found and span.start_s - found[-1].end_s <= GAP_S:
            found[-1] = replace(found[-1], end_s=max(found[-1].end_s, span.end_s))
        else:
            found.append(span)
    return found


def next_after(spans: Sequence[Span], time_s: float) -> Span | None:
    """The first span that begins after a time, in seconds; None without one."""
    return next((span for span in spans if span.start_s > time_s + _AT_START_S), None)


def last_before(spans: Sequence[Span], time_s: float) -> Span | None:
    """The last span that begins before a time, in seconds, but not just before it; None without one."""
    return next((span for span in reversed(spans) if span.start_s < time_s - _BEFORE_START_S), None)
