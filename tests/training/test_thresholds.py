import dataclasses
from pathlib import Path

import numpy as np
import pytest

from simpsons_training.evaluation.predictions import NOBODY, Predictions
from simpsons_training.evaluation.spread import sureness
from simpsons_training.evaluation.threshold_config import Goal, ThresholdConfig
from simpsons_training.evaluation.threshold_study import carry_over
from simpsons_training.evaluation.thresholds import (
    character_curves,
    choose,
    overall_curve,
    wilson_interval,
)
from simpsons_training.table import Picture

# Probability of bart, who is on the picture: two right names, a wrong one, a stranger.
BEST = [0.9, 0.7, 0.6, 0.8]
RIGHT = [0, 0, 1, NOBODY]


@pytest.fixture
def predictions() -> Predictions:
    rows = np.array([[p, 1 - p] for p in BEST], np.float32)
    pictures = tuple(Picture(Path(f"{i}.png"), "x", r != NOBODY, str(i), "val") for i, r in enumerate(RIGHT))
    return Predictions(("bart", "homer"), pictures, np.array(RIGHT), rows)


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
def test_what_a_threshold_gives(
    predictions: Predictions,
    threshold: int,
    precision: float | None,
    precision_known: float | None,
    recall: float,
    unnamed: float,
) -> None:
    reached = overall_curve(predictions).at(threshold)
    assert reached.precision == pytest.approx(precision)
    assert reached.precision_known == pytest.approx(precision_known)
    assert (reached.recall, reached.unnamed) == pytest.approx((recall, unnamed))


def test_a_goal_is_reached_by_the_lowest_threshold_and_recall_by_the_highest(
    predictions: Predictions,
) -> None:
    curve = overall_curve(predictions)
    precise = choose(curve, Goal("precision", 0.9))
    assert precise is not None and precise.met and precise.reached.threshold == pytest.approx(0.81)
    many = choose(curve, Goal("recall", 0.6))
    assert many is not None and many.met and many.reached.threshold == pytest.approx(0.69, abs=0.011)
    silent = choose(curve, Goal("silence", 1.0))
    assert silent is not None and silent.reached.threshold == pytest.approx(0.81)


def test_a_goal_out_of_reach_is_said_to_be(predictions: Predictions) -> None:
    choice = choose(overall_curve(predictions), Goal("recall", 0.9))
    assert choice is not None and not choice.met and choice.reached.recall == pytest.approx(2 / 3)


def test_a_name_is_judged_by_those_who_get_it(predictions: Predictions) -> None:
    curves = character_curves(predictions)
    assert curves["bart"].support == 2 and curves["bart"].at(0).precision == pytest.approx(2 / 4)
    assert curves["homer"].support == 1 and curves["homer"].at(0).precision is None
    assert choose(curves["homer"], Goal()) is None


@pytest.fixture
def many() -> Predictions:
    """Five hundred pictures of three characters and of strangers; what is said of them is made up."""
    random = np.random.default_rng(0)
    raised = np.exp(random.normal(0, 3, (500, 3)))
    right = random.integers(-1, 3, 500)
    pictures = tuple(
        Picture(Path(f"{i}.png"), "x", bool(r != NOBODY), f"scene {i // 5}", "val")
        for i, r in enumerate(right)
    )
    rows = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return Predictions(("bart", "homer", "lisa"), pictures, right, rows)


@pytest.mark.parametrize("index", [0, 37, 50, 88, 100])
def test_curves_are_what_counting_gives(many: Predictions, index: int) -> None:
    named = many.best >= index / 100
    right = named & (many.guesses == many.right)
    reached = overall_curve(many).at(index)
    assert reached.named == named.sum()
    assert reached.recall == pytest.approx(right.sum() / many.known.sum())
    assert reached.unnamed == pytest.approx((~named & ~many.known).sum() / (~many.known).sum())
    if named.any():
        precision, recall = right.sum() / named.sum(), right.sum() / many.known.sum()
        assert reached.precision == pytest.approx(precision)
        assert reached.precision_known == pytest.approx(right.sum() / (named & many.known).sum())
        assert reached.f1 == pytest.approx(2 * precision * recall / (precision + recall))
    of_each = [curve.at(index).named for curve in character_curves(many).values()]
    assert sum(of_each) == named.sum(), "every name is somebody's"


def test_silence_of_each_name_is_silence_of_all(many: Predictions) -> None:
    """Where each name keeps its share of the strangers taken for it away, so do all together."""
    choices = [choose(curve, Goal("silence", 0.8)) for curve in character_curves(many).values()]
    thresholds = np.array([choice.reached.threshold for choice in choices if choice is not None])
    strangers = many.select(~many.known)
    assert (strangers.best < thresholds[strangers.guesses]).mean() >= 0.8


def test_a_choice_is_tried_on_scenes_it_was_not_made_on(many: Predictions) -> None:
    goal = Goal("recall", 0.2)
    over = carry_over(many, ThresholdConfig(goal=goal))
    chosen = choose(overall_curve(many), goal)
    assert over is not None and chosen is not None
    assert over.lowest <= chosen.reached.threshold <= over.highest and over.lowest < over.highest
    assert over.recall == pytest.approx(0.2, abs=0.05)
    assert carry_over(many, ThresholdConfig(goal=goal)) == over, "the same seed gives the same"
    one_scene = tuple(dataclasses.replace(p, scene="") for p in many.pictures)
    assert carry_over(dataclasses.replace(many, pictures=one_scene), ThresholdConfig(goal=goal)) is None


def test_sureness_is_told_by_kind(predictions: Predictions) -> None:
    means = {s.kind: s for s in sureness(predictions)}
    assert list(means) == ["right", "wrong", "others"], "a kind without pictures is not there"
    assert means["right"].pictures == 2 and means["right"].best == pytest.approx(0.8)
    assert means["wrong"].hysteresis == pytest.approx(0.2)
    assert means["others"].deviation == pytest.approx(0.3)


def test_wilson_s_interval() -> None:
    # Worked out by hand from the formula for 8 of 10 at z = 1.96.
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 0) is None
    low, high = wilson_interval(5, 5)
    assert low == pytest.approx(0.5655, abs=1e-4) and high == 1
