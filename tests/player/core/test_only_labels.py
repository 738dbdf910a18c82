"""Results of some characters alone."""

from __future__ import annotations

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region, only_labels

LEFT, RIGHT = Region("head-1", Box(0, 0, 20, 20)), Region("head-2", Box(60, 0, 80, 20))
TOP = (("homer_simpson", 0.8), ("bart_simpson", 0.15), ("moe_szyslak", 0.05))
RESULT = FrameResult(
    7,
    0.25,
    False,
    (
        Prediction(LEFT, "homer_simpson", 0.8, TOP),
        Prediction(RIGHT, "lisa_simpson", 0.9, (("lisa_simpson", 0.9), ("homer_simpson", 0.1))),
    ),
    (Caption(LEFT, "homer_simpson", 0.8), Caption(RIGHT, "lisa_simpson", 0.9)),
    repeated=True,
)


def test_captions_of_others_are_left_out_and_predictions_stay() -> None:
    result = only_labels(RESULT, frozenset({"homer_simpson", "bart_simpson"}))
    assert result.captions == RESULT.captions[:1] and result.predictions == RESULT.predictions
    assert (result.index, result.time_s, result.repeated) == (7, 0.25, True)
    assert only_labels(RESULT, None) is RESULT
    assert only_labels(RESULT, frozenset()).captions == ()


def test_predictions_of_others_are_left_out_for_drawing() -> None:
    labels = frozenset({"homer_simpson", "bart_simpson"})
    shown = only_labels(RESULT, labels, predictions=True)
    assert shown.predictions == (Prediction(LEFT, "homer_simpson", 0.8, TOP[:2]),)
    assert only_labels(only_labels(RESULT, labels), labels, predictions=True) == shown


def test_a_head_with_a_chosen_name_is_drawn_whatever_the_model_says_of_this_frame() -> None:
    moe = Prediction(LEFT, "moe_szyslak", 0.9, (("moe_szyslak", 0.9), ("homer_simpson", 0.1)))
    result = FrameResult(0, 0.0, False, (moe,), (Caption(LEFT, "homer_simpson", 0.8),))
    shown = only_labels(result, frozenset({"homer_simpson"}), predictions=True)
    assert shown.predictions == (Prediction(LEFT, None, 0.9, (("homer_simpson", 0.1),)),)
