"""One search for thresholds: what each buys, what is recommended, and how well a choice carries over."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simpsons_play.core.errors import DataError
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.inference.onnx_file import model_sha256
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.evaluation.threshold_config import Goal, ThresholdConfig
from simpsons_training.evaluation.thresholds import (
    GRID,
    Choice,
    Curve,
    character_curves,
    choose,
    overall_curve,
)
from simpsons_training.files import write_whole
from simpsons_training.table import Picture

_HALVINGS = 10
"""Draws of halves; more move the means by less than a thousandth on the pictures this was made with."""


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """How a choice made on half of the scenes does on the other half: means of several draws, shares 0-1.

    Attributes:
        lowest: the lowest threshold that any half chose.
        highest: the highest.
        precision: on the other half, strangers included; None where no name was given.
        recall: on the other half.
        unnamed: the share of the other half's strangers without a name; None where there are none.
    """

    lowest: float
    highest: float
    precision: float | None
    recall: float | None
    unnamed: float | None


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdStudy:
    """All that is known of a network's thresholds on a set of pictures.

    Attributes:
        model: the file of the network.
        card: what it says of itself.
        config: which pictures, and the goal.
        how_split: one phrase on how they were told apart from the rest.
        predictions: of pictures of characters to be named and of strangers.
        curve: of all names together.
        choice: the threshold for all.
        curves: of each name by itself, in the order of the labels.
        choices: the threshold of each name by itself; None where nothing can be said.
        carried_over: how the choice for all does on scenes it was not made on; None where there are too few.
    """

    model: Path
    card: ModelCard
    config: ThresholdConfig
    how_split: str
    predictions: Predictions
    curve: Curve
    choice: Choice
    curves: dict[str, Curve]
    choices: dict[str, Choice | None]
    carried_over: CarriedOver | None


def check_goal(pictures: Sequence[Picture], goal: Goal) -> None:
    """Say before the work, and not after, that these pictures cannot show what a goal asks for.

    Raises:
        DataError: there are no pictures of characters, or there are no strangers and the goal is silence.
    """
    if not any(p.known for p in pictures):
        raise DataError("there are no pictures of characters to judge on; give another folder or part")
    if goal.kind == "silence" and all(p.known for p in pictures):
        raise DataError(
            "there are no strangers to be silent about; add a folder `others`, boxes to take backgrounds "
            "beside, or give another goal"
        )


def study(
    model: Path, card: ModelCard, predictions: Predictions, *, config: ThresholdConfig, how_split: str
) -> ThresholdStudy:
    """Look for thresholds.

    Args:
        model: the file of the network.
        card: what it says of itself.
        predictions: of it, on pictures that `check_goal` has passed.
        config: what the pictures were chosen by, and the goal.
        how_split: one phrase on how they were told apart from the rest.

    Raises:
        DataError: no picture is named right.
    """
    curve, curves = overall_curve(predictions), character_curves(predictions)
    choice = choose(curve, config.goal)
    if choice is None:
        raise DataError(
            f"{model} names none of {curve.support:,} pictures right, so that no threshold helps; "
            "give the pictures that it was trained for"
        )
    return ThresholdStudy(
        model=model,
        card=card,
        config=config,
        how_split=how_split,
        predictions=predictions,
        curve=curve,
        choice=choice,
        curves=curves,
        choices={label: choose(one, config.goal) for label, one in curves.items()},
        carried_over=carry_over(predictions, config),
    )


def carry_over(predictions: Predictions, config: ThresholdConfig) -> CarriedOver | None:
    """Choose on half of the scenes and measure on the other half, both ways, several times."""
    scenes, scene_of = np.unique([p.scene for p in predictions.pictures], return_inverse=True)
    random = np.random.default_rng(config.seed)
    results = []
    for _ in range(_HALVINGS):
        in_first = (random.permutation(len(scenes)) % 2 == 0)[scene_of]
        for half in (in_first, ~in_first):
            choice = choose(overall_curve(predictions.select(half)), config.goal)
            other = overall_curve(predictions.select(~half))
            if choice is not None and other.support:
                results.append(other.at(round(choice.reached.threshold * (len(GRID) - 1))))
    if not results:
        return None
    thresholds = [result.threshold for result in results]
    return CarriedOver(
        min(thresholds),
        max(thresholds),
        *(_mean([getattr(r, name) for r in results]) for name in ("precision", "recall", "unnamed")),
    )


def write_thresholds(study: ThresholdStudy, path: Path) -> Path:
    """Write `thresholds.json`, which appears under its name only when it is whole; gives `path` back.

    What there are no pictures for, and a character's threshold that no threshold meets the goal for, is null.
    """
    choice = study.choice
    values: dict[str, Any] = {
        "goal": dataclasses.asdict(study.config.goal),
        "threshold": choice.reached.threshold,
        "met": choice.met,
        "reached": _without_threshold(choice),
        "per_character": {
            label: _character(study.choices[label], curve) for label, curve in study.curves.items()
        },
        "carried_over": study.carried_over and dataclasses.asdict(study.carried_over),
        "model": study.model.name,
        "model_sha256": model_sha256(study.model),
        "temperature": study.card.temperature,
        "part": study.config.part,
        "split": study.how_split,
        "pictures": study.curve.support,
        "strangers": int(study.curve.strangers[0]),
        "rows": [dataclasses.asdict(study.curve.at(i)) for i in range(len(GRID))],
    }
    return write_whole(path, json.dumps(values, indent=2, allow_nan=False) + "\n")


def _character(choice: Choice | None, curve: Curve) -> dict[str, Any]:
    met = choice if choice is not None and choice.met else None
    reached = _without_threshold(met) if met else dict.fromkeys(("precision", "recall", "f1", "interval"))
    return {"threshold": met and met.reached.threshold, **reached, "support": curve.support}


def _without_threshold(choice: Choice) -> dict[str, Any]:
    values = dataclasses.asdict(choice.reached)
    del values["threshold"]
    return values


def _mean(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None
