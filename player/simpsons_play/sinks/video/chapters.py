"""Chapters that say who is on screen."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from simpsons_play.core.names import display_name
from simpsons_play.timelines.cues import chapters_of
from simpsons_play.timelines.spans import Span

if TYPE_CHECKING:
    from av.container.core import Chapter

_MIN_LENGTH_S = 2.0
"""Shorter chapters would be gone before they are found."""

_MILLISECOND = Fraction(1, 1000)


def chapters(spans: Sequence[Span], *, start_s: float, end_s: float, shift_s: float) -> list[Chapter]:
    """Who is on screen from when to when, as containers hold it.

    Args:
        spans: of the pictures that were written.
        start_s: of the first picture, in seconds of the source.
        end_s: of the last one's end.
        shift_s: how much later all is in what is written.
    """
    found = chapters_of(spans, start_s=start_s, end_s=end_s, min_length_s=_MIN_LENGTH_S)
    return [
        {
            "id": number,
            "start": round((cue.start_s + shift_s) * 1000),
            "end": round((cue.end_s + shift_s) * 1000),
            "time_base": _MILLISECOND,
            "metadata": {"title": ", ".join(map(display_name, cue.labels)) or "nobody we know"},
        }
        for number, cue in enumerate(found, 1)
    ]


def shifted(found: list[Chapter], *, start_s: float, end_s: float) -> list[Chapter]:
    """The chapters of a source as far as they lie in a piece of it, by the piece's own time.

    Args:
        found: in milliseconds of the source.
        start_s: of the piece, in seconds of the source.
        end_s: of the piece.
    """
    start, end = round(start_s * 1000), round(end_s * 1000)
    return [
        {
            **chapter,
            "start": max(chapter["start"], start) - start,
            "end": min(chapter["end"], end) - start,
        }
        for chapter in found
        if chapter["end"] > start and chapter["start"] < end
    ]
