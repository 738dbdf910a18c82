"""Chapters that tell who is on screen."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from simpsons_play.core.names import display_name, no_one
from simpsons_play.sinks.video.frame_times import FrameTimes
from simpsons_play.timelines.cues import chapters_of
from simpsons_play.timelines.timeline import TimelineBuilder

if TYPE_CHECKING:
    from av.container.core import Chapter

_MIN_CHAPTER_S = 2.0
"""Shorter chapters are useless for navigation: they end before a viewer has found them."""

_MILLISECOND = Fraction(1, 1000)


def output_chapters(
    times: FrameTimes,
    *,
    source: list[Chapter],
    timeline: TimelineBuilder | None,
    unnamed: str = no_one(),
) -> list[Chapter]:
    """The chapters of an output: those of the source, else chapters that tell who is on screen.

    Args:
        times: times of the frames that were written.
        source: chapters of the source, in milliseconds.
        timeline: timeline of the frames that were written; None creates no chapters.
        unnamed: title of the chapters without a name, without its capital.
    """
    start_s, end_s, origin_s = float(times.first), float(times.end), float(times.origin)
    if source:
        return _excerpt(source, start_s=origin_s, end_s=end_s)
    if timeline is None:
        return []
    cues = chapters_of(timeline.spans(end_s), start_s=start_s, end_s=end_s, min_length_s=_MIN_CHAPTER_S)
    return [
        {
            "id": number,
            "start": round((cue.start_s - origin_s) * 1000),
            "end": round((cue.end_s - origin_s) * 1000),
            "time_base": _MILLISECOND,
            "metadata": {"title": ", ".join(map(display_name, cue.labels)) or unnamed.capitalize()},
        }
        for number, cue in enumerate(cues, 1)
    ]


def _excerpt(chapters: list[Chapter], *, start_s: float, end_s: float) -> list[Chapter]:
    """The chapters between two times, clipped to them and relative to the first."""
    start, end = round(start_s * 1000), round(end_s * 1000)
    return [
        {
            **chapter,
            "start": max(chapter["start"], start) - start,
            "end": min(chapter["end"], end) - start,
        }
        for chapter in chapters
        if chapter["end"] > start and chapter["start"] < end
    ]
