"""How much longer or shorter everybody would be on screen at a lower or a higher threshold. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from simpsons_play.followers import Follower
from simpsons_play.screen_time import ScreenTime
from simpsons_play.track import Track

REACH = 0.15
"""So far on either side of the threshold is looked: people who set it by eye land as far apart."""


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


def threshold_band(
    track: Track, make_follower: Callable[[float], Follower], *, threshold: float, last_frame_s: float
) -> ThresholdBand:
    """Follow a track at both thresholds; the network is not asked.

    Args:
        track: what the network said.
        make_follower: for a threshold.
        threshold: in the middle; 0-1.
        last_frame_s: how long the last frame lasts, in seconds.
    """
    low, high = max(threshold - REACH, 0.0), min(threshold + REACH, 1.0)

    def seconds(threshold: float) -> dict[str, float]:
        follower, screen_time = make_follower(threshold), ScreenTime()
        for index in range(len(track)):
            for analysis in follower.step(track[index]):
                screen_time.add(analysis)
        for analysis in follower.finish():
            screen_time.add(analysis)
        return {row.label: row.seconds for row in screen_time.finish(last_frame_s if len(track) else 0.0)}

    return ThresholdBand(low, high, seconds(low), seconds(high))
