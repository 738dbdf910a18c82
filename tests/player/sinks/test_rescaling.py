"""Conversion of time stamps."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.sinks.video.rescaling import Rescaling

fractions = st.fractions(-1000, 1000, max_denominator=90_000)


@given(st.integers(-(1 << 40), 1 << 40), fractions, fractions)
def test_the_result_is_exactly_that_of_fractions(ticks: int, ratio: Fraction, shift: Fraction) -> None:
    assert Rescaling(ratio, shift)(ticks) == round(ticks * ratio - shift)


@given(st.integers(-20, 20), st.integers(-40, 40))
def test_halves_are_rounded_to_even_ticks(ticks: int, halves: int) -> None:
    assert Rescaling(Fraction(1, 2), Fraction(halves, 2))(ticks) == round(Fraction(ticks - halves, 2))
