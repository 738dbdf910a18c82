from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.library.intervals import Interval, difference, intersection, union

LENGTH = 40
intervals = st.lists(
    st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).filter(lambda one: one[0] < one[1])
)


def seconds_in(found: list[Interval]) -> set[int]:
    """The whole seconds in a set of intervals, which must be sorted and apart."""
    assert all(start_s < end_s for start_s, end_s in found)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(found))
    return {second for start_s, end_s in found for second in range(int(start_s), int(end_s))}


def covered(given_intervals: list[Interval]) -> set[int]:
    return {second for start_s, end_s in given_intervals for second in range(int(start_s), int(end_s))}


@given(intervals)
def test_the_union_covers_what_any_interval_covers(first):
    assert seconds_in(union(first)) == covered(first)


@given(intervals, intervals)
def test_the_intersection_covers_what_both_cover(first, second):
    found = intersection(union(first), union(second))
    assert seconds_in(union(found)) == covered(first) & covered(second)


@given(intervals, intervals)
def test_the_difference_covers_what_only_the_first_covers(first, second):
    found = difference(union(first), union(second))
    assert seconds_in(found) == covered(first) - covered(second)


def test_a_gap_is_filled_up_to_its_length():
    assert union([(0.0, 1.0), (1.25, 2.0), (2.5, 3.0)], gap_s=0.25) == [(0.0, 2.0), (2.5, 3.0)]


def test_an_empty_interval_covers_nothing():
    assert union([(1.0, 1.0)]) == []
