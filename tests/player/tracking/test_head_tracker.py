from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.config import SmoothingConfig, TrackingConfig
from simpsons_play.core.results import Detections
from simpsons_play.tracking.head_tracker import HeadTracker, Track
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
