from pathlib import Path

import numpy as np
import pytest

from simpsons_training.evaluation.predictions import NOBODY, Predictions
from simpsons_training.evaluation.threshold_config import Goal
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


def test_wilson_s_interval() -> None:
    # Worked out by hand from the formula for 8 of 10 at z = 1.96.
    assert wilson_interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson_interval(0, 0) is None
    low, high = wilson_interval(5, 5)
    assert low == pytest.approx(0.5655, abs=1e-4) and high == 1
