"""The part of a source that is asked for."""

from __future__ import annotations

import math
from fractions import Fraction

from simpsons_play.sources.timestamps import TOLERANCE

_ENDLESS_S = 10**12
"""30,000 years."""


class Range:
    """From `start_s` on, for `duration_s`: holds times with start <= time < start + duration, in seconds.

    Two ranges of which one ends where the other starts share no frame and lose none.

    Args:
        start_s: in seconds from the start of the source.
        duration_s: in seconds; None for all that follows.

    Raises:
        ValueError: `start_s` is negative or `duration_s` is not positive, or one is no finite number.
    """

    def __init__(self, start_s: float, duration_s: float | None) -> None:
        if not (math.isfinite(start_s) and start_s >= 0):
            raise ValueError(f"start_s is {start_s}, but must be 0 or more seconds")
        if duration_s is not None and not (math.isfinite(duration_s) and duration_s > 0):
            raise ValueError(f"duration_s is {duration_s}, but must be more than 0 seconds")
        self.start = Fraction(start_s)
        self.duration = None if duration_s is None else Fraction(duration_s)

    def begins_by(self, time: Fraction) -> bool:
        """Whether the range has begun at `time` seconds."""
        return time >= self.start - TOLERANCE

    def ends_before(self, time: Fraction) -> bool:
        """Whether the range is over at `time` seconds."""
        return self.duration is not None and time >= self.start + self.duration - TOLERANCE

    def length(self, whole: Fraction | None) -> Fraction | None:
        """How much of a source of `whole` seconds lies in the range, in seconds; None where not known."""
        if whole is None:
            return None
        rest = max(Fraction(0), whole - self.start)
        return rest if self.duration is None else min(rest, self.duration)

    def empty(self, before: Fraction | None) -> str:
        """Why the range holds no picture, and what to do, as a clause of a message.

        Args:
            before: when the last picture before it begins, in seconds; None where there is none.
        """
        if before is None:
            return f"nothing could be read from {seconds(self.start)} s on; start earlier"
        end = "" if self.duration is None else f" to {seconds(self.start + self.duration)} s"
        since = seconds(Fraction(math.floor(before * 1000), 1000))
        return f"no picture begins from {seconds(self.start)} s{end or ' on'}; start earlier, at {since} s"

    def frames(self, whole: int | None, rate: Fraction, *, constant: bool) -> int | None:
        """How many of `whole` frames lie in the range; None where that cannot be known.

        Args:
            whole: frames of the source.
            rate: frames per second.
            constant: the rate never changes, so that frame n comes at n / rate.
        """
        if whole is None or (self.start == 0 and self.duration is None):
            return whole
        if not constant:
            return None
        first = max(0, math.ceil((self.start - TOLERANCE) * rate))
        after = whole
        if self.duration is not None:
            after = min(whole, math.ceil((self.start + self.duration - TOLERANCE) * rate))
        return max(0, after - first)


def seconds(value: Fraction) -> str:
    """A time for a message: at most three decimals and no trailing zeros; few digits of what cannot be."""
    if value >= _ENDLESS_S:
        return f"{float(value):g}"
    return f"{float(value):.3f}".rstrip("0").rstrip(".")
