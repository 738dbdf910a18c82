"""Whole frame and halves say who is there where no head does."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.config import AnalysisConfig, CropConfig
from simpsons_play.core.crops import CROPS
from simpsons_play.core.results import Detections, FrameDetections, FrameResult
from simpsons_play.tracking.postprocess import make_postprocessor
from tests.fakes import DENSE, LABELS, heads_of

BART, HOMER, MARGE = LABELS
Corners = tuple[float, float, float, float]
LEFT, RIGHT, MIDDLE = (10.0, 10.0, 90.0, 100.0), (200.0, 10.0, 290.0, 100.0), (110.0, 10.0, 200.0, 100.0)
THRESHOLD, FRAME_S = 0.6, 1 / 24
AT_ONCE = AnalysisConfig().without_lookahead()


def saying(*names: str | None, sure: float = 0.98) -> np.ndarray:
    """Class probabilities of the full crop and the halves: a certain label, or None for nobody."""
    rows = np.full((3, len(LABELS)), 0.01, np.float32)
    for row, name in zip(rows, names, strict=True):
        if name is not None:
            row[LABELS.index(name)] = sure
    return rows


def seen(crops: np.ndarray, *heads: tuple[Corners, str | None], score: float = 0.9) -> Detections:
    return dataclasses.replace(heads_of(*heads, score=score), crop_probabilities=crops)


def run(
    *frames: Detections, config: AnalysisConfig = AT_ONCE, threshold: float = THRESHOLD
) -> list[FrameResult]:
    postprocessor = make_postprocessor(LABELS, config, regions="detect", threshold=threshold)
    video = [
        FrameDetections(i, i * FRAME_S, (320, 240), i == 0, False, detections)
        for i, detections in enumerate(frames)
    ]
    return [*(a for detected in video for a in postprocessor.update(detected)), *postprocessor.flush()]


def shown(*frames: Detections, config: AnalysisConfig = AT_ONCE) -> list[dict[str, str]]:
    return [{c.region.name: c.label for c in result.captions} for result in run(*frames, config=config)]


def test_the_full_crop_is_labelled_where_there_is_no_head() -> None:
    (result,) = run(seen(saying(HOMER, None, None)))
    (caption,), (prediction,) = result.captions, result.predictions
    assert (caption.region.name, caption.label) == ("full", HOMER)
    assert caption.probability == 0.95, "the classifier is never surer than that"
    assert (prediction.region, prediction.label) == (caption.region, HOMER)


def test_a_higher_threshold_does_not_replace_the_name_of_a_head_by_a_surer_one() -> None:
    head = heads_of((LEFT, HOMER)).probabilities.max()
    frame = seen(saying(HOMER, HOMER, None, sure=0.999), (LEFT, HOMER))
    threshold = (float(head) + 1) / 2
    (low,), (high,) = run(frame), run(frame, threshold=threshold)
    assert [caption.region.is_head for caption in low.captions] == [True]
    assert high.captions == (), f"a head at {head:.2f} is not named at {threshold:.3f}, by whatever model"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ((HOMER, HOMER, None), {"left": HOMER}),
        ((HOMER, None, HOMER), {"right": HOMER}),
        ((HOMER, HOMER, HOMER), {"full": HOMER}),
        ((HOMER, BART, None), {"full": HOMER}),
        ((HOMER, BART, MARGE), {"left": BART, "right": MARGE}),
        ((None, BART, None), {}),
        ((None, BART, MARGE), {"left": BART, "right": MARGE}),
    ],
)
def test_a_label_stands_at_the_half_that_agrees_and_once(
    raw: tuple[str | None, ...], expected: dict[str, str]
) -> None:
    assert shown(seen(saying(*raw))) == [expected]


def test_a_labelled_head_takes_precedence_over_the_full_crop() -> None:
    assert shown(seen(saying(HOMER, HOMER, HOMER), (MIDDLE, BART))) == [{"head-1": BART}]


def test_next_to_one_labelled_head_the_other_half_may_be_labelled() -> None:
    fallback = saying(BART, BART, MARGE)
    assert shown(seen(fallback, (LEFT, BART))) == [{"head-1": BART, "right": MARGE}]
    assert shown(seen(fallback, (MIDDLE, BART))) == [{"head-1": BART}], "it is not in a half by itself"
    assert shown(seen(saying(BART, BART, BART), (LEFT, BART))) == [{"head-1": BART}], "nobody is there twice"


def test_two_labelled_heads_leave_no_crop_to_label() -> None:
    assert shown(seen(saying(HOMER, HOMER, HOMER), (LEFT, BART), (RIGHT, MARGE))) == [
        {"head-1": BART, "head-2": MARGE}
    ]


def test_a_clear_unknown_face_contradicts_a_crop_and_a_faint_one_does_not() -> None:
    whole, small = saying(HOMER, None, None), (10.0, 10.0, 30.0, 30.0)
    assert shown(seen(whole, (MIDDLE, None))) == [{}]
    assert shown(seen(whole, (MIDDLE, None), score=0.35)) == [{"full": HOMER}]
    assert shown(seen(whole, (small, None))) == [{"full": HOMER}]


def test_an_unknown_face_does_not_affect_the_other_half() -> None:
    assert shown(seen(saying(None, BART, MARGE), (RIGHT, None))) == [{"left": BART}]


def test_the_label_of_a_crop_goes_to_a_likely_head() -> None:
    detections = seen(saying(HOMER, None, None), (RIGHT, None))
    detections.probabilities[0] = (0.1, 0.4, 0.1)
    (result,) = run(detections)
    assert {c.region.name: c.label for c in result.captions} == {"head-1": HOMER}
    assert [p.region.name for p in result.predictions] == ["head-1"]


def test_a_crop_needs_more_to_appear_than_a_head_and_then_stays() -> None:
    hardly, surely = saying(HOMER, None, None, sure=0.8), saying(HOMER, None, None, sure=0.95)
    assert shown(seen(hardly)) == [{}]
    frames = [seen(surely)] + [seen(hardly)] * 10
    assert shown(*frames) == [{"full": HOMER}] * 11


def half(sure: float = 0.5) -> Detections:
    return seen(saying(HOMER, None, HOMER, sure=sure))


def with_head(sure: float, *, sure_part: float = 0.5, box: Corners = RIGHT) -> Detections:
    detections = seen(saying(HOMER, None, HOMER, sure=sure_part), (box, HOMER))
    detections.probabilities[0, LABELS.index(HOMER)] = sure
    return detections


def test_a_confirmed_character_stays_with_the_probability_of_the_head() -> None:
    frames = [with_head(0.95)] + [half()] * 48
    results = run(*frames)
    assert [[c.label for c in a.captions] for a in results] == [[HOMER]] * 49
    assert results[-1].captions[0].probability == pytest.approx(0.95), "not what the frame says"
    assert shown(*[half()] * 49) == [{}] * 49, "without the head nobody is named"
    gone = [with_head(0.95)] + [half()] * 24 + [half(0.05)] * 96
    assert shown(*gone)[-1] == {}, "the frame does not look like it any more"


def test_a_less_probable_head_confirms_nobody() -> None:
    assert shown(*[with_head(0.8)] + [half()] * 24)[-1] == {}
    strict = dataclasses.replace(AT_ONCE, crops=CropConfig(confirm_above=0.7))
    assert shown(*[with_head(0.8)] + [half()] * 24, config=strict)[-1] == {"right": HOMER}


def in_a_video(*shots: Sequence[Detections], threshold: float = THRESHOLD) -> list[FrameResult]:
    postprocessor = make_postprocessor(LABELS, AT_ONCE, regions="detect", threshold=threshold)
    frames = [(detections, i == 0) for shot in shots for i, detections in enumerate(shot)]
    video = [
        FrameDetections(i, i * FRAME_S, (320, 240), cut, False, detections)
        for i, (detections, cut) in enumerate(frames)
    ]
    return [a for detected in video for a in postprocessor.update(detected)]


def test_a_head_confirms_only_its_own_half_and_shot() -> None:
    with_bart = seen(saying(None, HOMER, None, sure=0.5), ((220.0, 120.0, 300.0, 230.0), BART))
    results = run(*[with_head(0.95, box=(200.0, 10.0, 280.0, 90.0))] + [with_bart] * 24)
    assert [c.label for c in results[-1].captions] == [BART], "Homer was right, not left"
    results = in_a_video([with_head(0.95)], [half()])
    assert [len(a.captions) for a in results] == [1, 0]


def test_confirmed_labels_keep_the_threshold() -> None:
    assert all(not a.captions for a in in_a_video([with_head(0.95)] * 9, threshold=0.97))


def test_with_lookahead_a_head_confirms_the_frames_before_it() -> None:
    frames = [half()] * 12 + [with_head(0.95)] * 24
    assert shown(*frames)[0] == {}
    assert shown(*frames, config=DENSE)[0] == {"right": HOMER}


def test_without_a_fallback_nothing_changes() -> None:
    assert shown(heads_of((MIDDLE, None))) == [{}]


@given(
    st.lists(st.tuples(*[st.sampled_from([None, *LABELS])] * 3), min_size=1, max_size=6),
    st.lists(st.sampled_from([None, *LABELS]), max_size=2),
    st.floats(0, 1),
)
def test_no_label_is_shown_twice_or_below_the_threshold(
    raw: list[tuple[str | None, ...]], heads: list[str | None], sure: float
) -> None:
    detections = [seen(saying(*names, sure=sure), *zip((LEFT, RIGHT), heads, strict=False)) for names in raw]
    for result in run(*detections, config=DENSE):
        names = [caption.label for caption in result.captions]
        assert len(names) == len(set(names))
        assert all(caption.probability >= THRESHOLD for caption in result.captions)
        at_parts = [c for c in result.captions if not c.region.is_head]
        assert {c.region.name for c in at_parts} <= set(CROPS)


def test_lookahead_counts_for_crops_too() -> None:
    config = dataclasses.replace(DENSE, crops=CropConfig(window_s=0.3, full_hysteresis=0.5))
    frames = [seen(saying(HOMER, None, None, sure=0.5))] * 2 + [seen(saying(HOMER, None, None))] * 20
    assert shown(*frames)[0] == {}
    assert shown(*frames, config=config)[0] == {"full": HOMER}


@pytest.mark.parametrize(
    "field",
    [
        "every",
        "window_s",
        "full_hysteresis",
        "half_hysteresis",
        "min_face_area",
        "min_face_probability",
        "confirm_above",
        "keep_above",
    ],
)
def test_values_out_of_range_are_refused(field: str) -> None:
    with pytest.raises(ValueError, match=field):
        CropConfig(**{field: -1})


def test_a_half_needs_more_to_appear_than_the_full_crop() -> None:
    config = dataclasses.replace(
        AT_ONCE, crops=CropConfig(window_s=0, full_hysteresis=0.5, half_hysteresis=0.75)
    )
    assert shown(seen(saying(HOMER, None, None, sure=0.8)), config=config) == [{"full": HOMER}]
    assert shown(seen(saying(None, BART, MARGE, sure=0.89)), config=config) == [{}]
    assert shown(seen(saying(None, BART, MARGE, sure=0.91)), config=config) == [
        {"left": BART, "right": MARGE}
    ]


def test_the_window_of_crops_is_their_own() -> None:
    sure, unsure = seen(saying(HOMER, None, None)), seen(saying(HOMER, None, None, sure=0.2))
    quick = dataclasses.replace(AT_ONCE, crops=CropConfig(window_s=0.0))
    slow = dataclasses.replace(AT_ONCE, crops=CropConfig(window_s=5.0))
    assert shown(sure, unsure, config=quick) == [{"full": HOMER}, {}]
    assert shown(sure, unsure, config=slow) == [{"full": HOMER}, {"full": HOMER}]


def test_sides_are_told_by_the_width_of_the_frame() -> None:
    """A head at x 125 is in the left half of 320 pixels, although it is in the lower half of 240."""
    left = (105.0, 10.0, 145.0, 100.0)
    labelled = seen(saying(None, HOMER, MARGE), (left, BART))
    assert shown(labelled) == [{"head-1": BART, "right": MARGE}]
    right = (175.0, 10.0, 215.0, 100.0)
    assert shown(seen(saying(None, HOMER, MARGE), (right, BART))) == [{"head-1": BART, "left": HOMER}]
    across = (150.0, 10.0, 190.0, 100.0)
    assert shown(seen(saying(None, HOMER, MARGE), (across, BART))) == [{"head-1": BART}]
    touching = (120.0, 10.0, 160.0, 100.0)
    assert shown(seen(saying(None, HOMER, MARGE), (touching, BART))) == [{"head-1": BART, "right": MARGE}]


def test_of_two_likely_heads_the_likelier_gets_the_label() -> None:
    heads = seen(saying(HOMER, None, None), (LEFT, None), (RIGHT, None))
    heads.probabilities[:, LABELS.index(HOMER)] = [0.35, 0.45]
    assert shown(heads) == [{"head-2": HOMER}]
    heads.probabilities[:, LABELS.index(HOMER)] = [0.45, 0.35]
    assert shown(heads) == [{"head-1": HOMER}]


def test_only_a_head_in_the_crop_gets_its_label() -> None:
    heads = seen(saying(None, HOMER, MARGE), (RIGHT, None), (LEFT, None))
    heads.probabilities[:, LABELS.index(HOMER)] = [0.5, 0.4]
    heads.probabilities[:, LABELS.index(MARGE)] = [0.4, 0.5]
    assert shown(heads) == [{"head-2": HOMER, "head-1": MARGE}]


def test_several_heads_confirm_their_characters() -> None:
    """A faint head first, then two that confirm; what confirms is remembered when the heads are gone."""
    first = seen(saying(BART, BART, MARGE), (MIDDLE, None), (LEFT, BART), (RIGHT, MARGE))
    weak = seen(saying(None, BART, MARGE, sure=0.4))
    assert shown(first, *[weak] * 20)[-1] == {"left": BART, "right": MARGE}


def test_a_confirmed_probability_is_the_highest_of_its_heads() -> None:
    first, second = (
        seen(saying(HOMER, None, None), (MIDDLE, HOMER)),
        seen(saying(HOMER, None, None), (MIDDLE, HOMER)),
    )
    first.probabilities[0, LABELS.index(HOMER)] = 0.99
    second.probabilities[0, LABELS.index(HOMER)] = 0.9
    weak = seen(saying(HOMER, None, None, sure=0.5))
    last = run(first, second, *[weak] * 20)[-1]
    assert [caption.probability for caption in last.captions] == [pytest.approx(0.99)]


def test_any_clear_unknown_face_contradicts_not_only_the_first() -> None:
    faint_first = seen(saying(HOMER, None, None), (LEFT, None), (RIGHT, None))
    faint_first.scores[:] = [0.31, 0.9]
    assert shown(faint_first) == [{}]
