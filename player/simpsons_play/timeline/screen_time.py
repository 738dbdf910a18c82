"""Who was on screen how long, counted from captions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import inf

from simpsons_play.core.types import Analysis

GAP_S = 0.25
"""Who is back so soon, in seconds, was not away: a frame or two are missed now and then."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """One character's time on screen.

    Attributes:
        label: who.
        seconds: with a caption, in all.
        share: of all seconds that were analysed; 0-1.
        appearances: from coming on screen to going.
    """

    label: str
    seconds: float
    share: float
    appearances: int


class ScreenTime:
    """Adds up captions frame by frame; a frame lasts until the next one comes."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)
        self._appearances: dict[str, int] = defaultdict(int)
        self._shown: frozenset[str] = frozenset()
        self._gone_s: dict[str, float] = {}
        self._time_s: float | None = None
        self._total_s = 0.0

    def add(self, analysis: Analysis) -> None:
        """Take the next frame in; frames come in the order of their times."""
        if self._time_s is not None:
            self._count(max(0.0, analysis.time_s - self._time_s))
        shown = frozenset(caption.label for caption in analysis.captions)
        self._gone_s.update(dict.fromkeys(self._shown - shown, analysis.time_s))
        for label in shown - self._shown:
            if analysis.time_s - self._gone_s.get(label, -inf) > GAP_S:
                self._appearances[label] += 1
        self._shown, self._time_s = shown, analysis.time_s

    def finish(self, last_frame_s: float) -> tuple[Appearance, ...]:
        """Let the last frame last so long, and give everybody's time, longest first."""
        self._count(last_frame_s)
        self._shown, self._time_s = frozenset(), None
        total = self._total_s or 1.0
        rows = [
            Appearance(label, seconds, seconds / total, self._appearances[label])
            for label, seconds in self._seconds.items()
        ]
        return tuple(sorted(rows, key=lambda row: (-row.seconds, row.label)))

    def _count(self, seconds: float) -> None:
        self._total_s += seconds
        for label in self._shown:
            self._seconds[label] += seconds
