"""Names over time: as frames come, and with what follows known."""

import dataclasses
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.results import Detections, FrameDetections, FrameResult
from simpsons_play.tracking.postprocess import Postprocessor, make_postprocessor
from tests.fakes import LABELS, heads_of

BART, HOMER, MARGE = LABELS
Corners = tuple[float, float, float, float]
Seen = list[tuple[Corners, str | None]]
LEFT, RIGHT = (10.0, 10.0, 50.0, 60.0), (100.0, 10.0, 140.0, 60.0)
FRAME_S = 1 / 24
KNOWING, AT_ONCE = AnalysisConfig(), AnalysisConfig().without_lookahead()


def detected_frames(frames: list[Detections], cuts: tuple[int, ...] = (0,)) -> list[FrameDetections]:
    return [
        FrameDetections(i, i * FRAME_S, (320, 240), i in cuts, False, seen) for i, seen in enumerate(frames)
    ]


def postprocessor(config: AnalysisConfig, threshold: float = 0.6) -> Postprocessor:
    return make_postprocessor(LABELS, config, regions="detect", threshold=threshold)


def tracker(
    video: list[FrameDetections], config: AnalysisConfig, threshold: float = 0.6
) -> list[FrameResult]:
    one = postprocessor(config, threshold)
    settled = [result for detected in video for result in one.update(detected)]
    return [*settled, *one.flush()]


def names(video: list[FrameDetections], config: AnalysisConfig) -> list[dict[str, str]]:
    return [{c.region.name: c.label for c in result.captions} for result in tracker(video, config)]


both_ways = pytest.mark.parametrize("config", [KNOWING, AT_ONCE], ids=["knowing", "at once"])


def shifted(box: Corners, by: float) -> Corners:
    return box[0] + by, box[1], box[2] + by, box[3]


@both_ways
def test_labels_move_with_their_heads(config: AnalysisConfig) -> None:
    video = [heads_of((shifted(RIGHT, -3 * i), MARGE), (shifted(LEFT, 3 * i), BART)) for i in range(24)]
    assert names(detected_frames(video), config) == [{"head-1": MARGE, "head-2": BART}] * 24


@both_ways
def test_one_wrong_frame_does_not_change_the_label_of_a_track(config: AnalysisConfig) -> None:
    video = [heads_of((LEFT, HOMER if i in (8, 15) else BART)) for i in range(24)]
    assert names(detected_frames(video), config) == [{"head-1": BART}] * 24


@both_ways
def test_a_label_is_shown_once_at_the_more_probable_head(config: AnalysisConfig) -> None:
    surer = heads_of((LEFT, BART), (RIGHT, BART))
    surer.probabilities[1, 0] = 0.99
    assert names(detected_frames([surer] * 3), config) == [{"head-2": BART}] * 3


@both_ways
def test_a_cut_starts_new_tracks(config: AnalysisConfig) -> None:
    video = [heads_of((LEFT, BART))] * 5 + [heads_of((LEFT, MARGE))] * 5
    assert names(detected_frames(video, (0, 5)), config) == [{"head-1": BART}] * 5 + [{"head-1": MARGE}] * 5


def test_a_detected_head_takes_the_label_from_a_coasting_track() -> None:
    both = heads_of((LEFT, BART), (RIGHT, BART))
    both.probabilities[0, 0] = 0.99
    video = detected_frames([both, heads_of((RIGHT, BART))])
    assert names(video, AT_ONCE) == [{"head-1": BART}, {"head-2": BART}]


def test_a_new_head_is_labelled_after_appear_s_or_immediately_with_lookahead() -> None:
    video = detected_frames([heads_of()] * 6 + [heads_of((LEFT, BART))] * 10)
    without_lookahead = [bool(named) for named in names(video, AT_ONCE)]
    assert 0.1 < (without_lookahead.index(True) - 6) * FRAME_S < 0.25 and all(
        without_lookahead[without_lookahead.index(True) :]
    )
    assert [bool(named) for named in names(video, KNOWING)] == [False] * 6 + [True] * 10


@both_ways
def test_a_head_detected_in_two_frames_gets_no_label(config: AnalysisConfig) -> None:
    video = detected_frames([heads_of()] * 6 + [heads_of((LEFT, BART))] * 2 + [heads_of()] * 12)
    assert not any(names(video, config))


def test_a_lost_head_keeps_its_label_for_coast_s_but_not_with_lookahead() -> None:
    gone = detected_frames([heads_of((LEFT, BART))] * 12 + [heads_of()] * 24)
    assert 0.3 < (sum(map(bool, names(gone, AT_ONCE))) - 12) * FRAME_S <= 0.45
    assert [bool(named) for named in names(gone, KNOWING)] == [True] * 12 + [False] * 24
    back = detected_frames([heads_of((LEFT, BART))] * 12 + [heads_of()] * 4 + [heads_of((LEFT, BART))] * 12)
    assert names(back, KNOWING) == names(back, AT_ONCE) == [{"head-1": BART}] * 28


def test_lookahead_corrects_a_wrong_first_frame() -> None:
    video = detected_frames([heads_of((LEFT, HOMER))] * 2 + [heads_of((LEFT, BART))] * 20)
    assert names(video, AT_ONCE)[0] == {"head-1": HOMER}
    assert names(video, KNOWING) == [{"head-1": BART}] * 22


def test_results_are_delayed_by_ahead_s_and_no_longer() -> None:
    one = postprocessor(KNOWING)
    waits = []
    for detected in detected_frames([heads_of((LEFT, BART))] * 40, cuts=(0, 30)):
        waits += [detected.index - result.index for result in one.update(detected)]
    assert waits[:2] == [18 + 10] * 2, "0.75 s to name it, and 0.4 s to see whether that stands"
    assert waits[2:] == list(range(28, 0, -1)), "a cut settles all before it"
    one.reset()
    assert one.flush() == ()


boxes = st.tuples(st.floats(0, 300), st.floats(0, 200), st.floats(2, 90), st.floats(2, 90)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
videos = st.lists(
    st.tuples(st.lists(st.tuples(boxes, st.sampled_from([None, *LABELS])), max_size=4), st.booleans()),
    max_size=30,
)


@given(videos, st.floats(0, 1), st.sampled_from([0.0, 0.1, 0.5]))
def test_every_frame_is_settled_once_with_valid_labels(
    video: list[tuple[Seen, bool]], threshold: float, ahead_s: float
) -> None:
    config = dataclasses.replace(KNOWING, smoothing=dataclasses.replace(KNOWING.smoothing, ahead_s=ahead_s))
    cuts = tuple(i for i, (_, cut) in enumerate(video) if cut)
    seen = detected_frames([heads_of(*heads) for heads, _ in video], cuts)
    results = tracker(seen, config, threshold)
    assert [a.index for a in results] == list(range(len(video)))
    for result, (heads, _) in zip(results, video, strict=True):
        assert len(result.predictions) == len(heads)
        labels = [caption.label for caption in result.captions]
        assert len(set(labels)) == len(labels)
        assert all(caption.probability >= threshold for caption in result.captions)
    ends = sorted({0, *cuts, len(seen)})
    alone = [result for i, j in pairwise(ends) for result in tracker(seen[i:j], config, threshold)]
    assert alone == results, "each shot by itself says the same"
