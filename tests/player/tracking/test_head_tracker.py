import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.config import SmoothingConfig, TrackingConfig
from simpsons_play.core.results import Detections, FrameDetections
from simpsons_play.tracking.head_tracker import HeadTracker, Track, TrackedFrame
from tests.fakes import LABELS, heads_of

BART, HOMER, MARGE = LABELS
Corners = tuple[float, float, float, float]
LEFT, RIGHT = (10.0, 10.0, 50.0, 60.0), (100.0, 10.0, 140.0, 60.0)
FRAME_S = 1 / 24


def make_tracker(threshold: float = 0.6) -> HeadTracker:
    return HeadTracker(threshold, SmoothingConfig(), TrackingConfig())


def found(track: Track, there: Detections) -> int | None:
    """Index of a track's detection."""
    if track.detection is None:
        return None
    detections = [(d.box.tolist(), d.probabilities.tolist()) for d in (there[i] for i in range(len(there)))]
    return detections.index((track.detection.box.tolist(), track.detection.probabilities.tolist()))


def shifted(box: Corners, by: float) -> Corners:
    return box[0] + by, box[1], box[2] + by, box[3]


def test_moving_heads_keep_their_track_numbers() -> None:
    tracker = make_tracker()
    for i in range(24):
        there = heads_of((shifted(RIGHT, -3 * i), MARGE), (shifted(LEFT, 3 * i), BART))
        heads = tracker.update(i * FRAME_S, there, cut=i == 0)
        assert [(head.number, found(head, there)) for head in heads] == [(1, 0), (2, 1)]


def test_a_jump_is_matched_by_the_label() -> None:
    tracker = make_tracker()
    tracker.update(0.0, heads_of((LEFT, BART), (RIGHT, MARGE)), cut=True)
    (bart, marge) = tracker.update(FRAME_S, heads_of((shifted(LEFT, 28), BART), (RIGHT, MARGE)), cut=False)
    assert (bart.number, marge.number) == (1, 2)


def test_a_known_character_elsewhere_in_the_frame_continues_its_track() -> None:
    tracker = make_tracker()
    tracker.update(0.0, heads_of((LEFT, BART), (RIGHT, MARGE)), cut=True)
    there = heads_of((shifted(LEFT, 200), BART), (RIGHT, MARGE))
    (bart, marge) = tracker.update(FRAME_S, there, cut=False)
    assert (bart.number, found(bart, there), marge.number) == (1, 0, 2)
    assert bart.box.tolist() == list(shifted(LEFT, 200)), "it jumps at once and does not slide"


def test_a_cut_ends_all_tracks() -> None:
    tracker = make_tracker()
    tracker.update(0.0, heads_of((LEFT, BART)), cut=True)
    heads = tracker.update(FRAME_S, heads_of((LEFT, BART), (RIGHT, HOMER)), cut=False)
    assert [head.number for head in heads] == [1, 2]
    (head,) = tracker.update(2 * FRAME_S, heads_of((RIGHT, HOMER)), cut=True)
    assert head.number == 1
    tracker.reset()
    assert tracker.update(0.0, heads_of(), cut=False) == ()


def test_a_track_without_detections_ends_after_coast_s() -> None:
    tracker = make_tracker()
    tracker.update(0.0, heads_of((LEFT, BART)), cut=True)
    (kept,) = tracker.update(0.2, heads_of(), cut=False)
    assert (kept.number, kept.detection) == (1, None)
    assert tracker.update(0.5, heads_of(), cut=False) == ()


boxes = st.tuples(st.floats(0, 300), st.floats(0, 200), st.floats(2, 90), st.floats(2, 90)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
frames = st.lists(st.tuples(boxes, st.sampled_from([None, *LABELS])), max_size=6)


@given(st.lists(st.tuples(frames, st.booleans()), max_size=12), st.floats(0, 1))
def test_every_detection_belongs_to_exactly_one_track(
    video: list[tuple[list[tuple[Corners, str | None]], bool]], threshold: float
) -> None:
    tracker = make_tracker(threshold)
    for i, (seen, cut) in enumerate(video):
        there = heads_of(*seen)
        tracks = tracker.update(i * FRAME_S, there, cut=cut)
        boxes = sorted(t.detection.box.tolist() for t in tracks if t.detection is not None)
        assert boxes == sorted(there.boxes.tolist())
        assert len({track.number for track in tracks}) == len(tracks)


def test_boxes_are_smoothed_with_a_time_constant() -> None:
    tracker = HeadTracker(0.6, SmoothingConfig(), TrackingConfig(box_s=0.05))
    tracker.update(0.0, heads_of((LEFT, BART)), cut=True)
    (track,) = tracker.update(0.025, heads_of((shifted(LEFT, 8), BART)), cut=False)
    keep = np.exp(-0.025 / 0.05)
    expected = keep * np.array(LEFT) + (1 - keep) * np.array(shifted(LEFT, 8))
    np.testing.assert_allclose(track.box, expected, rtol=1e-6)
    assert track.box.dtype == np.float32
    assert track.detection is not None and track.detection.box.tolist() == list(shifted(LEFT, 8))


def test_without_a_time_constant_boxes_are_those_of_the_detections() -> None:
    tracker = HeadTracker(0.6, SmoothingConfig(), TrackingConfig(box_s=0))
    for i in range(3):
        (track,) = tracker.update(i * FRAME_S, heads_of((shifted(LEFT, 3 * i), BART)), cut=i == 0)
        assert track.box.tolist() == list(shifted(LEFT, 3 * i))


TALL = (10.0, 10.0, 30.0, 60.0)
"""Its longer side is 50 pixels high; moved sideways by 20, it does not overlap any more."""


@pytest.mark.parametrize(
    ("moved", "label", "same"),
    [
        (29.0, BART, True),
        (31.0, BART, False),
        (29.0, HOMER, False),
        (-29.0, BART, True),
        (-31.0, BART, False),
    ],
)
def test_a_jump_is_matched_within_a_distance_and_with_the_same_label(
    moved: int, label: str, same: bool
) -> None:
    """Below the threshold, where nobody is known; the distance is 0.6 of the longer side."""
    tracker = make_tracker(threshold=0.99)
    tracker.update(0.0, heads_of((TALL, BART)), cut=True)
    tracks = tracker.update(FRAME_S, heads_of((shifted(TALL, moved), label)), cut=False)
    (detected,) = (track.number for track in tracks if track.detection is not None)
    assert detected == (1 if same else 2)


def test_the_closest_pairs_are_matched_first() -> None:
    near, nearer = shifted(LEFT, 15), shifted(LEFT, 5)
    tracker = make_tracker()
    tracker.update(0.0, heads_of((LEFT, None)), cut=True)
    there = heads_of((near, None), (nearer, None))
    tracks = {t.number: found(t, there) for t in tracker.update(FRAME_S, there, cut=False)}
    assert tracks == {1: 1, 2: 0}


def test_a_track_lasts_exactly_as_long_as_it_may_coast() -> None:
    tracker = HeadTracker(0.6, SmoothingConfig(), TrackingConfig(coast_s=0.5))
    tracker.update(0.0, heads_of((LEFT, BART)), cut=True)
    assert len(tracker.update(0.5, heads_of(), cut=False)) == 1
    assert tracker.update(0.51, heads_of(), cut=False) == ()


def test_an_earlier_frame_starts_new_tracks() -> None:
    tracker = make_tracker()
    tracker.update(1.0, heads_of((LEFT, BART), (RIGHT, MARGE)), cut=True)
    (track,) = tracker.update(0.5, heads_of((RIGHT, MARGE)), cut=False)
    assert track.number == 1
    (same,) = tracker.update(0.5, heads_of((RIGHT, MARGE)), cut=False)
    assert same.number == 1, "the same time again is not earlier"


def test_numbers_start_at_1_after_a_reset() -> None:
    tracker = make_tracker()
    tracker.update(1.0, heads_of((LEFT, BART), (RIGHT, MARGE)), cut=True)
    tracker.reset()
    (track,) = tracker.update(2.0, heads_of((RIGHT, MARGE)), cut=False)
    assert track.number == 1


def test_probabilities_of_a_track_are_those_of_its_detection() -> None:
    tracker = make_tracker()
    there = heads_of((LEFT, BART), (RIGHT, MARGE))
    detected = FrameDetections(0, 0.5, (320, 240), True, False, there)
    frame = TrackedFrame(detected, tracker.update(0.5, there, cut=True))
    assert frame.time_s == 0.5
    row = frame.probabilities_of(2)
    assert row is not None and row.tolist() == there.probabilities[1].tolist()
    assert frame.probabilities_of(3) is None
    assert [track.number for track in frame.unlabelled({1})] == [2]
    lost = TrackedFrame(detected, tracker.update(0.6, heads_of((LEFT, BART)), cut=False))
    assert lost.probabilities_of(2) is None
