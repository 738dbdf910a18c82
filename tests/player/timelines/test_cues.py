from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.timelines.cues import Cue, chapters_of, cues_of
from simpsons_play.timelines.spans import Span

BART, LISA = Span("bart", "left", 0.0, 2.0), Span("lisa", "right", 1.0, 3.0)


def test_cues_change_whenever_somebody_comes_or_goes() -> None:
    assert list(cues_of([LISA, BART], by_side=False)) == [
        Cue(("bart",), None, 0.0, 1.0),
        Cue(("bart", "lisa"), None, 1.0, 2.0),
        Cue(("lisa",), None, 2.0, 3.0),
    ]


def test_cues_of_a_side_ignore_the_other_sides() -> None:
    assert list(cues_of([LISA, BART], by_side=True)) == [
        Cue(("bart",), "left", 0.0, 2.0),
        Cue(("lisa",), "right", 1.0, 3.0),
    ]


def test_labels_of_a_cue_stand_from_left_to_right() -> None:
    spans = [Span("a", "right", 0.0, 1.0), Span("c", "left", 0.0, 1.0), Span("b", "left", 0.0, 1.0)]
    assert list(cues_of(spans, by_side=False)) == [Cue(("b", "c", "a"), None, 0.0, 1.0)]


def test_a_cut_with_the_same_characters_does_not_end_a_cue() -> None:
    spans = [Span("bart", "left", 0.0, 1.0), Span("bart", "right", 1.0, 2.0)]
    assert list(cues_of(spans, by_side=False)) == [Cue(("bart",), None, 0.0, 2.0)]


def test_nobody_has_no_cue_but_a_chapter() -> None:
    spans = [Span("bart", "left", 2.0, 4.0), Span("bart", "left", 6.0, 8.0)]
    assert [(cue.start_s, cue.end_s) for cue in cues_of(spans, by_side=False)] == [(2.0, 4.0), (6.0, 8.0)]
    found = chapters_of(spans, start_s=0.0, end_s=8.0, min_length_s=2.0)
    assert [(cue.labels, cue.start_s) for cue in found] == [
        ((), 0.0),
        (("bart",), 2.0),
        ((), 4.0),
        (("bart",), 6.0),
    ]


def test_chapters_cover_the_video_to_its_end() -> None:
    spans = [Span("bart", "left", 1.0, 4.0), Span("lisa", "right", 2.0, 4.0)]
    assert chapters_of(spans, start_s=1.0, end_s=9.0, min_length_s=1.0) == [
        Cue(("bart",), None, 1.0, 2.0),
        Cue(("bart", "lisa"), None, 2.0, 4.0),
        Cue((), None, 4.0, 9.0),
    ]
    assert chapters_of([], start_s=1.0, end_s=9.0, min_length_s=1.0) == [Cue((), None, 1.0, 9.0)]


def test_chapters_of_exactly_the_minimum_length_are_kept() -> None:
    spans = [Span("bart", "left", 0.0, 2.0), Span("lisa", "left", 2.0, 4.0)]
    assert [cue.labels for cue in chapters_of(spans, start_s=0.0, end_s=4.0, min_length_s=2.0)] == [
        ("bart",),
        ("lisa",),
    ]
    (only,) = chapters_of(spans, start_s=0.0, end_s=4.0, min_length_s=2.5)
    assert (only.labels, only.start_s, only.end_s) == (("bart",), 0.0, 4.0), "it joins the one before"
    spans = [Span("bart", "left", 0.0, 1.0), Span("lisa", "left", 1.0, 4.0)]
    (only,) = chapters_of(spans, start_s=0.0, end_s=4.0, min_length_s=2.5)
    assert (only.labels, only.start_s, only.end_s) == (("lisa",), 0.0, 4.0), "the first joins the next"


spans = st.lists(
    st.builds(
        lambda label, side, start, length: Span(label, side, start / 4, (start + length) / 4),
        st.sampled_from("abc"),
        st.sampled_from(("left", "middle", "right")),
        st.integers(0, 20),
        st.integers(1, 8),
    ),
    max_size=10,
)


@given(spans)
def test_cues_do_not_overlap_and_say_who_is_there(given_spans: list[Span]) -> None:
    found = list(cues_of(given_spans, by_side=False))
    assert all(one.end_s <= other.start_s for one, other in pairwise(found))
    for quarter in range(116):
        time_s = quarter / 4 + 0.1
        there = {span.label for span in given_spans if span.start_s <= time_s < span.end_s}
        labels = [label for cue in found if cue.start_s <= time_s < cue.end_s for label in cue.labels]
        assert set(labels) == there
