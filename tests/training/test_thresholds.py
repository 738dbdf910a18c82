import dataclasses
from pathlib import Path

import numpy as np
import pytest

from simpsons_training.evaluation.confidence import confidence_stats
from simpsons_training.evaluation.predictions import NO_LABEL, Predictions
from simpsons_training.evaluation.threshold_config import Goal, ThresholdConfig
from simpsons_training.evaluation.threshold_study import cross_validate
from simpsons_training.evaluation.thresholds import (
    character_curves,
    choose,
    overall_curve,
    wilson_interval,
)
from simpsons_training.table import Picture

# Probability of Bart: two correct predictions, a wrong one, an unknown person.
CONFIDENCE = [0.9, 0.7, 0.6, 0.8]
TARGETS = [0, 0, 1, NO_LABEL]


@pytest.fixture
def predictions() -> Predictions:
    rows = np.array([[p, 1 - p] for p in CONFIDENCE], np.float32)
    pictures = tuple(
        Picture(Path(f"{i}.png"), "x", r != NO_LABEL, str(i), "val") for i, r in enumerate(TARGETS)
    )
    return Predictions(("bart", "homer"), pictures, np.array(TARGETS), rows)


@pytest.mark.parametrize(
    ("threshold", "precision", "precision_known", "recall", "unnamed"),
    [
        (0, 2 / 4, 2 / 3, 2 / 3, 0.0),
        (65, 2 / 3, 1.0, 2 / 3, 0.0),
        (75, 1 / 2, 1.0, 1 / 3, 0.0),
        (85, 1.0, 1.0, 1 / 3, 1.0),
        (95, None, None, 0.0, 1.0),
    ],
)
def test_metrics_at_a_threshold(
    predictions: Predictions,
    threshold: int,
    precision: float | None,
    precision_known: float | None,
    recall: float,
    unnamed: float,
) -> None:
    point = overall_curve(predictions).at(threshold)
    assert point.precision == pytest.approx(precision)
    assert point.precision_known == pytest.approx(precision_known)
    assert (point.recall, point.unnamed) == pytest.approx((recall, unnamed))


def test_the_lowest_threshold_meets_a_goal_and_the_highest_meets_recall(
    predictions: Predictions,
) -> None:
    curve = overall_curve(predictions)
    precise = choose(curve, Goal("precision", 0.9))
    assert precise is not None and precise.met and precise.point.threshold == pytest.approx(0.81)
    many = choose(curve, Goal("recall", 0.6))
    assert many is not None and many.met and many.point.threshold == pytest.approx(0.69, abs=0.011)
    silent = choose(curve, Goal("silence", 1.0))
    assert silent is not None and silent.point.threshold == pytest.approx(0.81)


def test_unreachable_goals_are_not_met(predictions: Predictions) -> None:
    choice = choose(overall_curve(predictions), Goal("recall", 0.9))
    assert choice is not None and not choice.met and choice.point.recall == pytest.approx(2 / 3)


def test_character_curves_count_predictions_of_the_character(predictions: Predictions) -> None:
    curves = character_curves(predictions)
    assert curves["bart"].support == 2 and curves["bart"].at(0).precision == pytest.approx(2 / 4)
    assert curves["homer"].support == 1 and curves["homer"].at(0).precision is None
    assert choose(curves["homer"], Goal()) is None


@pytest.fixture
def many() -> Predictions:
    """Random predictions for 500 pictures of three characters and of unknown people."""
    random = np.random.default_rng(0)
    exponentials = np.exp(random.normal(0, 3, (500, 3)))
    targets = random.integers(-1, 3, 500)
    pictures = tuple(
        Picture(Path(f"{i}.png"), "x", bool(r != NO_LABEL), f"scene {i // 5}", "val")
        for i, r in enumerate(targets)
    )
    rows = (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)
    return Predictions(("bart", "homer", "lisa"), pictures, targets, rows)


@pytest.mark.parametrize("index", [0, 37, 50, 88, 100])
def test_curves_match_counting(many: Predictions, index: int) -> None:
    named = many.confidence >= index / 100
    correct = named & (many.predicted == many.targets)
    point = overall_curve(many).at(index)
    assert point.named == named.sum()
    assert point.recall == pytest.approx(correct.sum() / many.known.sum())
    assert point.unnamed == pytest.approx((~named & ~many.known).sum() / (~many.known).sum())
    if named.any():
        precision, recall = correct.sum() / named.sum(), correct.sum() / many.known.sum()
        assert point.precision == pytest.approx(precision)
        assert point.precision_known == pytest.approx(correct.sum() / (named & many.known).sum())
        assert point.f1 == pytest.approx(2 * precision * recall / (precision + recall))
    per_character = [curve.at(index).named for curve in character_curves(many).values()]
    assert sum(per_character) == named.sum()


def test_silence_per_character_implies_silence_overall(many: Predictions) -> None:
    """If each character's threshold rejects its share of unknown people, so do all together."""
    choices = [choose(curve, Goal("silence", 0.8)) for curve in character_curves(many).values()]
    thresholds = np.array([choice.point.threshold for choice in choices if choice is not None])
    unknown = many.select(~many.known)
    assert (unknown.confidence < thresholds[unknown.predicted]).mean() >= 0.8


def test_a_choice_is_cross_validated(many: Predictions) -> None:
    goal = Goal("recall", 0.2)
    holdout = cross_validate(many, ThresholdConfig(goal=goal))
    chosen = choose(overall_curve(many), goal)
    assert holdout is not None and chosen is not None
    assert holdout.lowest <= chosen.point.threshold <= holdout.highest and holdout.lowest < holdout.highest
    assert holdout.recall == pytest.approx(0.2, abs=0.05)
    assert cross_validate(many, ThresholdConfig(goal=goal)) == holdout, "results are reproducible"
    one_scene = tuple(dataclasses.replace(p, scene="") for p in many.pictures)
    assert cross_validate(dataclasses.replace(many, pictures=one_scene), ThresholdConfig(goal=goal)) is None


def test_confidence_statistics_per_kind(predictions: Predictions) -> None:
    means = {s.kind: s for s in confidence_stats(predictions)}
    assert list(means) == ["right", "wrong", "others"], "kinds without pictures are omitted"
    assert means["right"].pictures == 2 and means["right"].confidence == pytest.approx(0.8)
    assert means["wrong"].margin == pytest.approx(0.2)
    assert means["others"].deviation == pytest.approx(0.3)


def test_wilson_interval() -> None:
    # Computed by hand for 8 of 10 at z = 1.96.
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 0) is None
    low, high = wilson_interval(5, 5)
    assert low == pytest.approx(0.5655, abs=1e-4) and high == 1
