"""Which proposals are kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_training.labelling.config import STRATEGIES, Strategy
from simpsons_training.labelling.strategies import Candidate, Known, choose


def candidate(
    character: str = "bart", probability: float = 0.9, doubt: float = 0.1, grey: int = 0
) -> Candidate:
    return Candidate(character, probability, doubt, np.full((4, 4, 3), grey, np.uint8))


def test_rare_fills_up_the_characters_with_few_pictures() -> None:
    candidates = [candidate("bart", 0.7), candidate("bart", 0.9), candidate("otto"), candidate("homer")]
    known = Known({"bart": 5, "homer": 6})
    assert choose("rare", candidates, known, count=1) == [2], "nobody has a picture of Otto"
    assert choose("rare", candidates, known, count=3) == [2, 1, 0], "the surest first, until both have six"
    assert choose("rare", candidates, Known({}), count=3) == [1, 3, 2], "one of each first"


def test_uncertain_prefers_doubt() -> None:
    candidates = [candidate(doubt=0.1), candidate(doubt=0.8), candidate(doubt=0.4)]
    assert choose("uncertain", candidates, Known({}), count=2) == [1, 2]


def test_new_scenes_prefers_what_resembles_nothing() -> None:
    candidates = [candidate(grey=grey) for grey in (10, 12, 200, 205, 110)]
    known = Known({}, [np.full((4, 4, 3), 0, np.uint8)])
    assert choose("new-scenes", candidates, known, count=2) == [3, 4], "not 200, which resembles 205"
    assert choose("new-scenes", candidates, Known({}), count=2) == [0, 3]


@given(
    st.sampled_from(STRATEGIES),
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1), st.integers(0, 255)), max_size=12),
    st.one_of(st.none(), st.integers(1, 15)),
)
def test_every_strategy_chooses_each_at_most_once(
    strategy: Strategy, seen: list[tuple[str, float, int]], count: int | None
) -> None:
    candidates = [candidate(name, probability, 1 - probability, grey) for name, probability, grey in seen]
    chosen = choose(strategy, candidates, Known({"a": 2}, [np.zeros((4, 4, 3), np.uint8)]), count=count)
    assert len(chosen) == len(set(chosen)) == min(len(candidates), count or len(candidates))
    assert set(chosen) <= set(range(len(candidates)))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_nothing_to_choose_from(strategy: Strategy) -> None:
    assert choose(strategy, [], Known({}), count=3) == []
