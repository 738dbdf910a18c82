"""How much longer or shorter everybody would be on screen at a lower or a higher threshold. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simpsons_play.analysis.detection_log import Track
from simpsons_play.timeline.screen_time import ScreenTime
from simpsons_play.tracking.postprocess import Follower

REACH = 0.15
"""So far on either side of the threshold is looked: people who set it by eye land as far apart."""


_AT_ONCE = 2048
"""Many at a time: one by one they keep the thread that decodes waiting for Python's lock, and all takes half
as long again. So many take about a second."""


@dataclass(frozen=True, slots=True)
class ThresholdBand:
    """Everybody's seconds on screen at two thresholds.

    Attributes:
        low: the lower threshold; 0-1.
        high: the higher one.
        seconds_low: with a caption at the lower one, in all; whoever has none is missing.
        seconds_high: the same at the higher one.
    """

    low: float
    high: float
    seconds_low: dict[str, float]
    seconds_high: dict[str, float]

    def of(self, label: str) -> tuple[float, float]:
        """The least and the most seconds of somebody at either."""
        low, high = self.seconds_low.get(label, 0.0), self.seconds_high.get(label, 0.0)
        return min(low, high), max(low, high)


class BandCounter:
    """Follows a track at a lower and a higher threshold beside the one that is shown; no network is asked.

    Args:
        track: what the network says; may grow.
        make_follower: for a threshold.
        threshold: in the middle; 0-1.
    """

    def __init__(self, track: Track, make_follower: Callable[[float], Follower], *, threshold: float) -> None:
        self._track, self._taken = track, 0
        self._low, self._high = max(threshold - REACH, 0.0), min(threshold + REACH, 1.0)
        self._counts = [(make_follower(t), ScreenTime()) for t in (self._low, self._high)]

    def advance(self, frames: int) -> None:
        """Follow so many frames of the track from its first, as soon as there are enough new ones."""
        if frames - self._taken >= _AT_ONCE:
            self._follow(frames)

    def _follow(self, frames: int) -> None:
        while self._taken < min(frames, len(self._track)):
            for follower, screen_time in self._counts:
                for analysis in follower.step(self._track[self._taken]):
                    screen_time.add(analysis)
            self._taken += 1

    def finish(self, last_frame_s: float) -> ThresholdBand:
        """Follow what is left, let the last frame last so long, and give everybody's seconds."""
        self._follow(len(self._track))
        seconds = []
        for follower, screen_time in self._counts:
            for analysis in follower.finish():
                screen_time.add(analysis)
            rows = screen_time.finish(last_frame_s if self._taken else 0.0)
            seconds.append({row.label: row.seconds for row in rows})
        return ThresholdBand(self._low, self._high, *seconds)
