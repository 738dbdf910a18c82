"""Choose the threshold of a network, and cross-validate the choice."""

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
from simpsons_training.evaluation.results import check_pictures
from simpsons_training.evaluation.threshold_config import Goal, ThresholdConfig
from simpsons_training.evaluation.thresholds import (
    GRID,
    Choice,
    Curve,
    character_curves,
    choose,
    overall_curve,
)
from simpsons_training.files import resolved, write_atomic
from simpsons_training.table import Picture

_REPEATS = 10
"""Random halvings; with more, the means change by less than 0.001 on the shipped network's pictures."""


@dataclass(frozen=True, slots=True)
class HoldoutResult:
    """Metrics on one half of the scenes at the threshold chosen on the other half: means, 0-1.

    Attributes:
        lowest: Lowest threshold chosen on any half.
        highest: Highest threshold chosen on any half.
        precision: Precision, including unknown people; None if nobody was named.
        recall: Recall.
        unnamed: Share of unknown people that were not named; None if there are none.
    """

    lowest: float
    highest: float
    precision: float | None
    recall: float | None
    unnamed: float | None


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdStudy:
    """The results of a threshold search.

    Attributes:
        model: Model file.
        card: Model card.
        config: Selection of the pictures, and the goal.
        how_split: One phrase on how the pictures were split; empty if all are used because the network was
            trained on others.
        predictions: Predictions for known characters and unknown people.
        curve: Curve over all characters.
        choice: The chosen threshold.
        curves: Curve of each character, in the order of the labels.
        choices: Threshold for each character alone; None if undefined.
        holdout: Cross-validated metrics of the choice; None with too few scenes.
        folders: Folders of the pictures.
        warnings: Lines on what the choice does not show: unknown people, or pictures that are left out or
            that the training may have seen.
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
    holdout: HoldoutResult | None
    folders: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()


def check_goal(pictures: Sequence[Picture], goal: Goal) -> None:
    """Check, before running the network, that the pictures allow measuring a goal.

    Raises:
        DataError: There are no pictures of known characters or, for silence, of unknown people.
    """
    check_pictures(pictures)
    if goal.kind == "silence" and all(p.known for p in pictures):
        raise DataError(
            "there are no unknown people for --silence; add a folder `others` or boxes to crop backgrounds "
            "from, or choose another goal"
        )


def study(
    model: Path,
    card: ModelCard,
    predictions: Predictions,
    *,
    config: ThresholdConfig,
    how_split: str,
    folders: Sequence[Path] = (),
    warnings: Sequence[str] = (),
) -> ThresholdStudy:
    """Choose a threshold.

    Without unknown people, nothing is known about the wrong names that a lower threshold gives them. A
    threshold with the best F1 or a precision is then not chosen below the network's own.

    Args:
        model: Model file.
        card: Model card.
        predictions: Predictions for pictures that passed `check_goal`.
        config: Selection of the pictures, and the goal.
        how_split: One phrase on how the pictures were split; empty if all are used because the network was
            trained on others.
        folders: Folders of the pictures.
        warnings: Lines on pictures that are left out or that the training may have seen.

    Raises:
        DataError: No prediction is correct.
    """
    curve, curves = overall_curve(predictions), character_curves(predictions)
    lowest, untested = 0.0, []
    if predictions.known.all():
        untested.append("no unknown people: this threshold was not tested on strangers")
        if config.goal.kind in ("best_f1", "precision"):
            lowest = card.threshold
            untested[0] += f", so it is not chosen below the network's own, {lowest:g}"
    choice = choose(curve, config.goal, lowest=lowest)
    if choice is None:
        raise DataError(
            f"{model} predicts none of {curve.support:,} pictures correctly, so that no threshold helps; "
            "give pictures of the characters it was trained on"
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
        choices={label: choose(one, config.goal, lowest=lowest) for label, one in curves.items()},
        holdout=cross_validate(predictions, config, lowest=lowest),
        folders=tuple(folders),
        warnings=(*warnings, *untested),
    )


def cross_validate(
    predictions: Predictions, config: ThresholdConfig, *, lowest: float = 0.0
) -> HoldoutResult | None:
    """Choose on half of the scenes and measure on the other half, both ways and repeatedly."""
    scenes, scene_of = np.unique([p.scene for p in predictions.pictures], return_inverse=True)
    random = np.random.default_rng(config.seed)
    points = []
    for _ in range(_REPEATS):
        in_first = (random.permutation(len(scenes)) % 2 == 0)[scene_of]
        for half in (in_first, ~in_first):
            choice = choose(overall_curve(predictions.select(half)), config.goal, lowest=lowest)
            other = overall_curve(predictions.select(~half))
            if choice is not None and other.support:
                points.append(other.at(round(choice.point.threshold * (len(GRID) - 1))))
    if not points:
        return None
    thresholds = [point.threshold for point in points]
    return HoldoutResult(
        min(thresholds),
        max(thresholds),
        *(_mean([getattr(point, name) for point in points]) for name in ("precision", "recall", "unnamed")),
    )


def write_thresholds(study: ThresholdStudy, path: Path) -> Path:
    """Write `thresholds.json` atomically and return `path`.

    Undefined metrics are null, and so is the threshold of a character that cannot meet the goal.
    """
    choice = study.choice
    values: dict[str, Any] = {
        "goal": dataclasses.asdict(study.config.goal),
        "threshold": choice.point.threshold,
        "met": choice.met,
        "reached": _without_threshold(choice),
        "per_character": {
            label: _character(study.choices[label], curve) for label, curve in study.curves.items()
        },
        "carried_over": study.holdout and dataclasses.asdict(study.holdout),
        "model": study.model.name,
        "model_sha256": model_sha256(study.model),
        "temperature": study.card.temperature,
        "part": study.config.part,
        "split": study.how_split or None,
        "folders": resolved(study.folders),
        "warnings": study.warnings,
        "pictures": study.curve.support,
        "strangers": int(study.curve.unknown[0]),
        "rows": [dataclasses.asdict(study.curve.at(i)) for i in range(len(GRID))],
    }
    return write_atomic(path, json.dumps(values, indent=2, allow_nan=False) + "\n")


def _character(choice: Choice | None, curve: Curve) -> dict[str, Any]:
    met = choice if choice is not None and choice.met else None
    metrics = _without_threshold(met) if met else dict.fromkeys(("precision", "recall", "f1", "interval"))
    return {"threshold": met and met.point.threshold, **metrics, "support": curve.support}


def _without_threshold(choice: Choice) -> dict[str, Any]:
    values = dataclasses.asdict(choice.point)
    del values["threshold"]
    return values


def _mean(values: Sequence[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return float(np.mean(defined)) if defined else None
