"""How long each pair of characters is on screen together."""

from __future__ import annotations

from simpsons_play.timelines.pairs import PairTotal, pair_totals
from simpsons_play.timelines.spans import Span

BART, HOMER, MARGE = "bart", "homer", "marge"


def test_pairs_have_the_seconds_with_both_on_screen() -> None:
    spans = [
        Span(BART, "left", 0.0, 4.0),
        Span(HOMER, "right", 1.0, 3.0),
        Span(BART, "left", 4.0, 6.0),
        Span(HOMER, "right", 5.0, 9.0),
        Span(MARGE, "middle", 9.0, 10.0),
    ]
    assert pair_totals(spans) == (PairTotal((BART, HOMER), 3.0, 2),)
    assert pair_totals([]) == ()


def test_cut_does_not_end_a_stretch_and_the_longest_pair_is_first() -> None:
    spans = [
        Span(HOMER, "right", 0.0, 2.0),
        Span(MARGE, "left", 0.0, 2.0),
        Span(HOMER, "left", 2.0, 4.0),
        Span(MARGE, "right", 2.0, 3.0),
        Span(BART, "middle", 3.5, 5.0),
    ]
    assert pair_totals(spans) == (PairTotal((HOMER, MARGE), 3.0, 1), PairTotal((BART, HOMER), 0.5, 1))
