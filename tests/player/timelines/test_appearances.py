from simpsons_play.timelines.appearances import joined, last_before, next_after
from simpsons_play.timelines.spans import Span

SPANS = [
    Span("bart", "left", 1.0, 2.0),
    Span("bart", "right", 2.0, 3.0),  # across a cut
    Span("bart", "right", 3.1, 4.0),  # three frames missed
    Span("bart", "left", 8.0, 9.0),
]


def test_touching_spans_are_one_appearance() -> None:
    assert [(a.start_s, a.end_s) for a in joined(SPANS)] == [(1.0, 4.0), (8.0, 9.0)]
    assert joined([]) == []


def test_next_and_previous_appearance() -> None:
    found = joined(SPANS)
    first, second = found
    assert next_after(found, 0.0) == first and next_after(found, 1.0) == second
    assert next_after(found, 8.0) is None
    assert last_before(found, 20.0) == second and last_before(found, 8.5) == first
    assert last_before(found, 1.5) is None
