"""Time stamps of a video stream: from what the container says to exact, always rising times."""

from __future__ import annotations

from fractions import Fraction

TOLERANCE = Fraction(1, 1_000_000)
"""Times a user gives are compared with this much room, in seconds: our own tables round to six decimals."""

_JUMP_S = 1
"""A stamp that falls back by more than this many seconds begins a new count (two recordings in one file)."""


class Clock:
    """Turns the stamps of pictures, in the order they are shown, into seconds since the first picture.

    Args:
        origin: stamp of the stream's first picture, in ticks.
        time_base: seconds per tick.
        rate: frames per second, for pictures without a stamp.
    """

    def __init__(self, origin: int, time_base: Fraction, rate: Fraction) -> None:
        self._origin = origin
        self._time_base = time_base
        self._step = max(1, round(1 / (rate * time_base)))
        self._last: int | None = None

    def time(self, stamp: int | None) -> Fraction:
        """The time of the next picture in seconds: a multiple of the time base, later than the one before.

        Args:
            stamp: in ticks, or None where the picture has none: one frame after the last.
        """
        if stamp is None:
            ticks = 0 if self._last is None else self._last + self._step
        else:
            ticks = stamp - self._origin
        if self._last is not None and ticks <= self._last:
            if (self._last - ticks) * self._time_base > _JUMP_S:
                self._origin -= self._last + self._step - ticks
                ticks = self._last + self._step
            else:
                ticks = self._last + 1
        self._last = ticks
        return ticks * self._time_base
