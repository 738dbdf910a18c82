import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region
from simpsons_play.timelines.spans import Span, SpanCollector

WIDTH = 100


def caption(label: str, x: int) -> Caption:
    return Caption(Region("head-1", Box(x - 5, 0, x + 5, 10)), label, 0.9)


def collect(*frames: tuple[float, bool, dict[str, int]]) -> SpanCollector:
    """Frames as time, cut, and the centre of each label."""
    spans = SpanCollector(WIDTH)
    for index, (time_s, cut, labels) in enumerate(frames):
        captions = tuple(caption(label, x) for label, x in labels.items())
        spans.add(FrameResult(index, time_s, cut, (), captions))
    return spans


def test_a_span_lasts_until_the_frame_without_the_label() -> None:
    spans = collect((0.0, True, {}), (0.5, False, {"bart": 20}), (1.0, False, {"bart": 20}), (1.5, False, {}))
    assert spans.until(9.0) == (Span("bart", "left", 0.5, 1.5),)


def test_an_open_span_is_cut_off_at_the_end() -> None:
    spans = collect((0.0, True, {"bart": 20}), (0.5, False, {"bart": 20}))
    assert spans.until(0.75) == (Span("bart", "left", 0.0, 0.75),)
    assert spans.until(0.0) == (), "a span without length is not one"


def test_closed_spans_are_cut_off_as_well() -> None:
    spans = collect((0.0, True, {"bart": 20}), (1.0, False, {"lisa": 20}), (2.0, False, {}))
    assert spans.until(0.5) == (Span("bart", "left", 0.0, 0.5),)
    assert spans.until(1.5) == (Span("bart", "left", 0.0, 1.0), Span("lisa", "left", 1.0, 1.5))


def test_a_cut_ends_a_span_and_begins_another() -> None:
    spans = collect((0.0, True, {"bart": 20}), (1.0, True, {"bart": 80}), (2.0, False, {}))
    assert spans.until(3.0) == (Span("bart", "left", 0.0, 1.0), Span("bart", "right", 1.0, 2.0))


@pytest.mark.parametrize(
    ("x", "side"), [(39, "left"), (40, "middle"), (50, "middle"), (60, "middle"), (61, "right")]
)
def test_the_side_is_that_of_the_centre_where_the_span_begins(x: int, side: str) -> None:
    spans = collect((0.0, True, {"bart": x}), (1.0, False, {"bart": 50}), (2.0, False, {}))
    assert [span.side for span in spans.until(3.0)] == [side]


def test_spans_are_in_order_of_start_side_and_label() -> None:
    spans = collect(
        (0.0, True, {"lisa": 80, "bart": 80, "homer": 50, "marge": 10}),
        (1.0, False, {"ned": 10}),
        (2.0, False, {}),
    )
    assert [span.label for span in spans.until(3.0)] == ["marge", "homer", "bart", "lisa", "ned"]


frames = st.lists(
    st.tuples(st.integers(1, 4), st.booleans(), st.dictionaries(st.sampled_from("abc"), st.integers(5, 95))),
    max_size=20,
)


@given(frames)
def test_spans_cover_exactly_the_frames_with_the_label(
    steps: list[tuple[int, bool, dict[str, int]]],
) -> None:
    times = [sum(step for step, _, _ in steps[:i]) / 4 for i in range(len(steps) + 1)]
    found = collect(*((times[i], cut, labels) for i, (_, cut, labels) in enumerate(steps))).until(times[-1])
    for i, (_, _, labels) in enumerate(steps):
        there = [span.label for span in found if span.start_s <= times[i] < span.end_s]
        assert sorted(there) == sorted(labels)
