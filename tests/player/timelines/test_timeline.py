from math import isnan

import pytest

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region
from simpsons_play.timelines.screen_time import ScreenTimeTotal
from simpsons_play.timelines.spans import Span
from simpsons_play.timelines.timeline import Appearance, Timeline, TimelineBuilder

LEFT = Region("left", Box(0, 0, 32, 48))


def build(*frames: tuple[float, dict[str, float]], until_s: float) -> Timeline:
    """Frames as time and the probability of each label."""
    builder = TimelineBuilder(64, labels=("bart", "lisa"))
    assert builder.start_s is None
    for index, (time_s, labels) in enumerate(frames):
        captions = tuple(Caption(LEFT, label, probability) for label, probability in labels.items())
        builder.add(FrameResult(index, time_s, index == 0, (), captions))
    return builder.timeline(until_s)


def test_appearances_have_the_mean_probability_of_their_own_frames() -> None:
    timeline = build(
        (1.0, {"bart": 0.8}), (1.5, {"bart": 0.6}), (2.0, {}), (3.0, {"bart": 0.9}), (3.5, {}), until_s=4.0
    )
    assert timeline.appearances() == (
        Appearance("bart", "left", 1.0, 2.0, pytest.approx(0.7)),
        Appearance("bart", "left", 3.0, 3.5, pytest.approx(0.9)),
    )


def test_a_short_gap_joins_spans_to_one_appearance() -> None:
    timeline = build((0.0, {"bart": 0.8}), (0.5, {}), (0.75, {"bart": 0.6}), (1.0, {}), until_s=1.0)
    assert len(timeline.spans) == 2
    assert timeline.appearances() == (Appearance("bart", "left", 0.0, 1.0, pytest.approx(0.7)),)


def test_appearances_are_in_order_of_start_and_label() -> None:
    timeline = build((0.0, {"lisa": 0.9, "bart": 0.9}), (1.0, {}), (2.0, {"bart": 0.9}), until_s=3.0)
    assert [(a.label, a.start_s) for a in timeline.appearances()] == [
        ("bart", 0.0),
        ("lisa", 0.0),
        ("bart", 2.0),
    ]


def test_totals_are_shares_of_what_was_analysed() -> None:
    timeline = build((2.0, {"bart": 0.8}), (3.0, {"lisa": 0.8}), (3.5, {}), until_s=4.0)
    assert (timeline.start_s, timeline.known_s, timeline.labels) == (2.0, 4.0, ("bart", "lisa"))
    assert timeline.totals() == (ScreenTimeTotal("bart", 1.0, 0.5, 1), ScreenTimeTotal("lisa", 0.5, 0.25, 1))


def test_without_frames_there_is_nothing() -> None:
    timeline = build(until_s=0.0)
    assert timeline.spans == timeline.appearances() == timeline.totals() == ()
    assert repr(timeline) == "Timeline: 00:00 to 00:00, 0 appearances of 0 characters"


def test_probabilities_that_are_not_known_are_nan() -> None:
    (appearance,) = Timeline((Span("bart", "left", 0.0, 1.0),), known_s=1.0, labels=()).appearances()
    assert isnan(appearance.mean_probability)


def test_timelines_with_the_same_spans_are_equal() -> None:
    frames = ((0.0, {"bart": 0.8}), (1.0, {}))
    assert build(*frames, until_s=1.0) == build(*frames, until_s=1.0) != build(*frames, until_s=0.5)
    less_probable = ((0.0, {"bart": 0.7}), (1.0, {}))
    assert build(*frames, until_s=1.0) == build(*less_probable, until_s=1.0)


def test_a_timeline_can_be_taken_while_it_is_being_built() -> None:
    builder = TimelineBuilder(64)
    builder.add(FrameResult(0, 0.0, True, (), (Caption(LEFT, "bart", 0.8),)))
    early = builder.timeline(0.5)
    builder.add(FrameResult(1, 1.0, False, (), ()))
    assert early.spans == (Span("bart", "left", 0.0, 0.5),)
    assert builder.timeline(2.0).spans == (Span("bart", "left", 0.0, 1.0),)


def test_a_timeline_of_one_character_has_nothing_of_the_others() -> None:
    timeline = build((0.0, {"bart": 0.8, "lisa": 0.9}), (1.0, {"lisa": 0.7}), (2.0, {}), until_s=4.0)
    bart = timeline.only(frozenset({"bart"}))
    assert bart.spans == (Span("bart", "left", 0.0, 1.0),) and set(bart.probabilities) == {"bart"}
    assert bart.totals() == (ScreenTimeTotal("bart", 1.0, 0.25, 1),), "a share of what was analysed"
    assert timeline.only(None) is timeline and timeline.only(frozenset()).appearances() == ()
