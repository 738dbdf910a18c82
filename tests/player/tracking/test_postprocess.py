"""Names over time: as frames come, and with what follows known."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.config import AnalysisConfig, TrackingConfig
from simpsons_play.core.crops import CROPS, crop_regions
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Detections, FrameDetections, FrameResult, Region
from simpsons_play.tracking.postprocess import Postprocessor, make_postprocessor
from tests.fakes import DENSE, LABELS, heads_of

BART, HOMER, MARGE = LABELS
Corners = tuple[float, float, float, float]
Seen = list[tuple[Corners, str | None]]
LEFT, RIGHT = (10.0, 10.0, 50.0, 60.0), (100.0, 10.0, 140.0, 60.0)
FRAME_S = 1 / 24
KNOWING, AT_ONCE = DENSE, AnalysisConfig().without_lookahead()


def detected_frames(frames: list[Detections], cuts: tuple[int, ...] = (0,)) -> list[FrameDetections]:
    return [
        FrameDetections(i, i * FRAME_S, (320, 240), i in cuts, False, seen) for i, seen in enumerate(frames)
    ]


def postprocessor(config: AnalysisConfig, threshold: float = 0.6) -> Postprocessor:
    return make_postprocessor(LABELS, config, regions="detect", threshold=threshold)


def run(video: list[FrameDetections], config: AnalysisConfig, threshold: float = 0.6) -> list[FrameResult]:
    one = postprocessor(config, threshold)
    settled = [result for detected in video for result in one.update(detected)]
    return [*settled, *one.flush()]


def names(video: list[FrameDetections], config: AnalysisConfig) -> list[dict[str, str]]:
    return [{c.region.name: c.label for c in result.captions} for result in run(video, config)]


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
    results = run(seen, config, threshold)
    assert [a.index for a in results] == list(range(len(video)))
    for result, (heads, _) in zip(results, video, strict=True):
        assert len(result.predictions) == len(heads)
        labels = [caption.label for caption in result.captions]
        assert len(set(labels)) == len(labels)
        assert all(caption.probability >= threshold for caption in result.captions)
    ends = sorted({0, *cuts, len(seen)})
    alone = [result for i, j in pairwise(ends) for result in run(seen[i:j], config, threshold)]
    assert alone == results, "each shot by itself says the same"


def results_of(detections: Detections, config: AnalysisConfig = AT_ONCE) -> FrameResult:
    (result,) = run(detected_frames([detections]), config)
    return result


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((10.9, 20.9, 30.4, 40.6), Box(10, 20, 30, 41)),
        ((-5.0, -7.0, 400.0, 300.0), Box(0, 0, 320, 240)),
        ((319.9, 239.9, 325.0, 250.0), Box(319, 239, 320, 240)),
        ((400.0, 300.0, 410.0, 320.0), Box(319, 239, 320, 240)),
        ((100.2, 50.2, 100.3, 50.3), Box(100, 50, 101, 51)),
        ((0.0, 0.0, 0.4, 0.4), Box(0, 0, 1, 1)),
    ],
)
def test_regions_are_whole_pixels_inside_the_frame(box: Corners, expected: Box) -> None:
    result = results_of(heads_of((box, BART)))
    assert result.predictions[0].region == result.captions[0].region == Region("head-1", expected)


def test_predictions_have_the_raw_probability_and_the_best_labels() -> None:
    detections = heads_of((LEFT, BART), (RIGHT, None))
    detections.probabilities[0] = [0.5, 0.3, 0.2]
    config = dataclasses.replace(AT_ONCE, top=2)
    known, unknown = results_of(detections, config).predictions
    assert known.top == ((BART, 0.5), (HOMER, pytest.approx(0.3)))
    assert (known.label, known.probability) == (None, 0.5), "below the threshold of 0.6"
    assert unknown.label is None and len(unknown.top) == 2
    detections.probabilities[:] = [[0.5, 0, 0], [0, 0, 0]]  # a detector contradicts the other names
    known, unknown = results_of(detections, config).predictions
    assert known.top == ((BART, 0.5),)
    assert (unknown.label, unknown.probability, unknown.top) == (None, 0.0, ())
    one = make_postprocessor(LABELS, config, regions="detect", threshold=0.5)
    (result,) = one.update(detected_frames([detections])[0])
    assert result.predictions[0].label == BART, "at the threshold"


def test_a_result_has_the_detections_and_flags_of_its_frame() -> None:
    seen = heads_of((LEFT, BART))
    frames = [
        FrameDetections(4, 1.5, (320, 240), True, False, seen),
        FrameDetections(5, 1.6, (320, 240), False, True, seen),
    ]
    first, second = run(frames, AT_ONCE)
    assert (first.index, first.time_s, first.cut, first.repeated) == (4, 1.5, True, False)
    assert (second.index, second.time_s, second.cut, second.repeated) == (5, 1.6, False, True)
    assert first.detections is second.detections is seen


@both_ways
def test_probabilities_do_not_exceed_1(config: AnalysisConfig) -> None:
    seen = heads_of((LEFT, BART))
    seen.probabilities[0, 0] = 1.0000001
    for result in run(detected_frames([seen] * 30), config):
        assert result.captions[0].probability <= 1


def test_an_earlier_frame_settles_what_came_before() -> None:
    video = detected_frames([heads_of((LEFT, BART))] * 3)
    earlier = dataclasses.replace(video[0], index=3, time_s=-1.0, cut=False)
    one = postprocessor(KNOWING)
    settled = [result.index for detected in [*video, earlier] for result in one.update(detected)]
    assert [*settled, *(result.index for result in one.flush())] == [0, 1, 2, 3]


def test_a_lost_track_does_not_hide_those_that_follow() -> None:
    """With lookahead: the first track is lost, and the second one is detected all along."""
    both, one = heads_of((LEFT, BART), (RIGHT, MARGE)), heads_of((RIGHT, MARGE))
    found = names(detected_frames([both] * 12 + [one] * 30), KNOWING)
    assert found[12:] == [{"head-2": MARGE}] * 30


@pytest.mark.parametrize(("frames", "labelled"), [(2, False), (3, True)])
def test_a_new_head_needs_appear_s_exactly(frames: int, labelled: bool) -> None:
    config = dataclasses.replace(AT_ONCE, tracking=TrackingConfig(appear_s=2 * FRAME_S))
    found = names(detected_frames([heads_of()] * 3 + [heads_of((LEFT, BART))] * frames), config)
    assert found[-1] == ({"head-1": BART} if labelled else {})


def crop_frames(*rows: list[list[float]], cuts: tuple[int, ...] = (0,)) -> list[FrameDetections]:
    boxes = np.array([[0, 0, 320, 240], [0, 0, 160, 240], [160, 0, 320, 240]], np.float32)
    return [
        FrameDetections(
            i,
            i * FRAME_S,
            (320, 240),
            i in cuts,
            False,
            Detections(boxes, np.ones(3, np.float32), np.array(row, np.float32)),
        )
        for i, row in enumerate(rows)
    ]


SURE = {label: [0.96 if other == label else 0.02 for other in LABELS] for label in LABELS}
UNSURE = [0.34, 0.33, 0.33]


def test_crops_are_labelled_in_their_order_and_once() -> None:
    one = make_postprocessor(LABELS, AT_ONCE, regions="auto", threshold=0.6)
    (frame,) = crop_frames([SURE[BART], SURE[BART], UNSURE])
    (result,) = one.update(frame)
    assert [p.region for p in result.predictions] == list(crop_regions(320, 240, CROPS))
    assert [p.label for p in result.predictions] == [BART, BART, None]
    (caption,) = result.captions
    assert (caption.region.name, caption.label) == ("left", BART)
    assert caption.probability == pytest.approx(0.96)


def test_crops_are_smoothed_and_start_afresh_at_a_cut() -> None:
    rows = [[SURE[BART], UNSURE, UNSURE]] * 12
    rows[6] = [SURE[MARGE], UNSURE, UNSURE]
    cut = [[SURE[MARGE], UNSURE, UNSURE]] * 3
    for config in (KNOWING, AT_ONCE):
        one = make_postprocessor(LABELS, config, regions="auto", threshold=0.6)
        settled = [result for frame in crop_frames(*rows, *cut, cuts=(0, 12)) for result in one.update(frame)]
        settled += one.flush()
        assert [result.index for result in settled] == list(range(15))
        assert [result.captions[0].label for result in settled] == [BART] * 12 + [MARGE] * 3
        one.reset()
        assert one.flush() == ()
