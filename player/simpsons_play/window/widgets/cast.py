"""The cast list: who is on screen, and for how long so far. Does not depend on Qt."""

from __future__ import annotations

from dataclasses import dataclass

from simpsons_play.core.results import FrameResult
from simpsons_play.timelines.timeline import Timeline


@dataclass(frozen=True, slots=True)
class CastMember:
    """One row of the cast panel.

    Attributes:
        label: Label of the character.
        seconds: Time on screen so far; None if there is no timeline.
        probability: Confidence of the name while the character is on screen, 0-1; otherwise None.
    """

    label: str
    seconds: float | None
    probability: float | None

    @property
    def on_screen(self) -> float | None:
        """1 while the character is on screen, whatever the confidence; otherwise None."""
        return None if self.probability is None else 1.0


def cast_list(timeline: Timeline | None, result: FrameResult | None, position_s: float) -> list[CastMember]:
    """List the characters seen so far, longest time on screen first; those who appear later are left out.

    Args:
        timeline: Who is on screen when; None for sources that are not analysed ahead.
        result: Result of the frame on screen.
        position_s: Time of that frame, in seconds.
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
