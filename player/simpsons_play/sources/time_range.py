"""The part of a source to read."""

from __future__ import annotations

import math
from fractions import Fraction

from simpsons_play.sources.timestamps import TOLERANCE

_ENDLESS_S = 10**12
"""30,000 years."""


class Range:
    """Times with start <= time < start + duration, in seconds.

    Two ranges, one of which ends where the other starts, share no frame and lose none.

    Args:
        start_s: start, in seconds from the start of the source.
        duration_s: length in seconds; None for everything after the start.

    Raises:
        ValueError: `start_s` is negative, `duration_s` is not positive, or one of them is not finite.
    """

    def __init__(self, start_s: float, duration_s: float | None) -> None:
        if not (math.isfinite(start_s) and start_s >= 0):
            raise ValueError(f"start_s is {start_s}, but must be 0 or more seconds")
        if duration_s is not None and not (math.isfinite(duration_s) and duration_s > 0):
            raise ValueError(f"duration_s is {duration_s}, but must be more than 0 seconds")
        self.start = Fraction(start_s)
        self.duration = None if duration_s is None else Fraction(duration_s)
        self._first = self.start - TOLERANCE
        self._end = None if self.duration is None else self.start + self.duration - TOLERANCE

    def has_started(self, time: Fraction) -> bool:
        """Whether `time`, in seconds, is at or after the start."""
        return time >= self._first

    def has_ended(self, time: Fraction) -> bool:
        """Whether `time`, in seconds, is at or after the end."""
        return self._end is not None and time >= self._end

    def length(self, total: Fraction | None) -> Fraction | None:
        """How much of a source of `total` seconds lies in the range, in seconds; None if that is unknown."""
        if total is None:
            return None
        rest = max(Fraction(0), total - self.start)
        return rest if self.duration is None else min(rest, self.duration)

    def past_end(self, total: Fraction) -> str:
        """Why the range cannot start after the end of a source of `total` seconds, as a predicate."""
        return f"is {seconds(total)} s long, but the start is at {seconds(self.start)} s; start earlier"

    def empty(self, before: Fraction | None) -> str:
        """Why the range holds no frame, and what to do, as a clause of a message.

        Args:
            before: time of the last frame before the range, in seconds; None if there is none.
        """
        start_s = seconds(self.start)
        if before is None:
            return f"nothing could be read from {start_s} s on; start earlier"
        before_s = seconds(Fraction(math.floor(before * 1000), 1000))
        if self.duration is None:
            return f"no frame starts at {start_s} s or later; start at {before_s} s or earlier"
        end_s = seconds(self.start + self.duration)
        return f"no frame starts between {start_s} s and {end_s} s; start at {before_s} s or earlier"

    def frames(self, total: int | None, rate: Fraction, *, constant: bool) -> int | None:
        """How many of `total` frames lie in the range; None if that is unknown.

        Args:
            total: number of frames of the source.
            rate: frames per second.
            constant: the rate never changes, so that frame n is shown at n / rate.
        """
        if total is None or (self.start == 0 and self.duration is None):
            return total
        if not constant:
            return None
        first = max(0, math.ceil((self.start - TOLERANCE) * rate))
        end = total
        if self.duration is not None:
            end = min(total, math.ceil((self.start + self.duration - TOLERANCE) * rate))
        return max(0, end - first)


def seconds(value: Fraction | float) -> str:
    """A time in seconds for a message: at most three decimals, no trailing zeros."""
    if value >= _ENDLESS_S:
        return f"{float(value):g}"
    return f"{float(value):.3f}".rstrip("0").rstrip(".")
