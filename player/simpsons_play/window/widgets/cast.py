"""Who is on screen, and how long so far: the rows of the panel. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from simpsons_play.core.results import FrameResult
from simpsons_play.timelines.timeline import Timeline


@dataclass(frozen=True, slots=True)
class CastMember:
    """One row of the panel.

    Attributes:
        label: who.
        seconds: on screen so far; None where nobody counts.
        probability: of the name, where it is on screen now; else None.
    """

    label: str
    seconds: float | None
    probability: float | None


def cast_of(timeline: Timeline | None, result: FrameResult | None, position_s: float) -> list[CastMember]:
    """Everybody who was on screen so far, the longest first; nobody who is yet to come.

    Args:
        timeline: who is on screen when; None where nobody goes through the whole source.
        result: of the frame on screen.
        position_s: of it, in seconds.
    """
    now = {c.label: c.probability for c in result.captions} if result is not None else {}
    if timeline is None:
        return [CastMember(label, None, now[label]) for label in sorted(now)]
    seconds = {
        label: sum(max(0.0, min(span.end_s, position_s) - span.start_s) for span in spans)
        for label, spans in timeline.by_label().items()
    }
    seconds = {label: s for label, s in seconds.items() if s > 0} | {
        label: seconds.get(label, 0.0) for label in sorted(now)
    }
    members = [CastMember(label, s, now.get(label)) for label, s in seconds.items()]
    return sorted(members, key=lambda member: -(member.seconds or 0.0))
