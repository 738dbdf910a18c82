"""What is missing from a damaged or truncated video."""

from __future__ import annotations

from fractions import Fraction

from simpsons_play.sources.range import seconds
from simpsons_play.types import SourceInfo

_GAP_S = 1
"""So long without a picture, in seconds, looks like damage where the rate is steady otherwise."""


class Completeness:
    """Watches the pictures that come and says at the end what should have come as well.

    Args:
        info: what the container promised.
        start: first moment asked for, in seconds.
        steady: the rate never changes.
        exact: the promised length is that of the pictures, not of the sound beside them.
    """

    def __init__(self, info: SourceInfo, start: Fraction, *, steady: bool, exact: bool) -> None:
        self._info = info
        self._start = self._last = start
        self._steady = steady
        self._exact = exact
        self._gap = (Fraction(0), Fraction(0))
        self._count = self._hurt = 0

    def picture(self, time: Fraction, *, corrupt: bool) -> None:
        """One picture has come, `time` seconds from the start of the source."""
        if self._count and time - self._last > self._gap[1] - self._gap[0]:
            self._gap = self._last, time
        self._count += 1
        self._hurt += corrupt
        self._last = time

    def packet_lost(self) -> None:
        """A packet could not be decoded."""
        self._hurt += self._count > 0  # what comes before the first key frame of a recording is no damage

    def warning(self) -> str | None:
        """One line for the user, without the name of the file; None where all is well."""
        info, count = self._info, self._count
        read_s = float(self._last - self._start + 1 / info.rate)
        promised_s = info.duration_s or 0.0
        if info.frames is not None and self._steady:
            promised_s = max(promised_s, float(info.frames / info.rate))  # a cut AVI only guesses its length
        # Sound may go on after the last picture where only the length of both together is known.
        play = max(float(3 / info.rate), 0.005 * promised_s) if self._exact else max(2.0, 0.05 * promised_s)
        if promised_s - read_s > play:
            if info.frames is not None and count < info.frames:
                return f"ends early: {count} of {info.frames} frames could be read"
            return f"ends early: {read_s:.1f} of {promised_s:.1f} s could be read"
        before, after = self._gap
        if self._steady and after - before > max(Fraction(_GAP_S), 5 / info.rate):
            return f"holds no picture between {seconds(before)} s and {seconds(after)} s: it may be damaged"
        if self._hurt:
            return f"is damaged: {self._hurt} of {count} frames are incomplete or missing"
        return None
