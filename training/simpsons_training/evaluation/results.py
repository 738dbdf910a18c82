"""One judgement of one network: everything measured, and the files that others may build on."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from simpsons_play.core.errors import DataError
from simpsons_play.core.escaping import csv_row
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.inference.onnx_file import model_sha256
from simpsons_training.evaluation.calibration import fit_temperature
from simpsons_training.evaluation.config import EvaluateConfig, Part
from simpsons_training.evaluation.metrics import Metrics, measure
from simpsons_training.evaluation.open_set import OpenSet, is_background, measure_open_set
from simpsons_training.evaluation.predictions import Predictions, predict
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.files import write_whole
from simpsons_training.leaks import Leak
from simpsons_training.table import Picture

_COLUMNS = (
    "file",
    "x_min",
    "y_min",
    "x_max",
    "y_max",
    "kind",
    "character",
    "scene",
    "split",
    "guess",
    "probability",
    "right",
    "second_guess",
    "second_probability",
    "margin",
    "deviation",
)


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """All that is measured of a network on a set of pictures.

    Attributes:
        model: the file it came from.
        model_sha256: of that file, and the weights beside it, in hexadecimal.
        card: what it says of itself.
        part: which pictures it was judged on.
        how_split: one phrase on how they were told apart from the rest.
        threshold: below this probability nobody is named; 0-1.
        predictions: of known pictures and strangers.
        metrics: of the known ones.
        open_set: of both.
        leak: which of the known ones it has as good as learned from; None where that was not asked.
        metrics_without_leak: of the other known ones; None where there are none, or nothing leaks.
        best_temperature: what the card should say for the most likely probabilities on these pictures; None
            where all are named right, so that no temperature is too low.
    """

    model: Path
    model_sha256: str
    card: ModelCard
    part: Part
    how_split: str
    threshold: float
    predictions: Predictions
    metrics: Metrics
    open_set: OpenSet
    leak: Leak | None
    metrics_without_leak: Metrics | None
    best_temperature: float | None

    @property
    def known(self) -> Predictions:
        """Of the pictures of characters to be named."""
        return self.predictions.select(self.predictions.known)


def evaluate(
    predictor: Predictor,
    pictures: Sequence[Picture],
    *,
    config: EvaluateConfig,
    how_split: str,
    leak: Leak | None = None,
    on_picture: Callable[[], object] = lambda: None,
) -> Evaluation:
    """Judge a network on pictures.

    Args:
        predictor: the network.
        pictures: as `predictions.choose_pictures` gives them.
        config: what they were chosen by, and the threshold.
        how_split: one phrase on how they were told apart from the rest.
        leak: of that split, where these are its validation pictures.
        on_picture: called after each.

    Raises:
        DataError: there is no picture of a character to be named, or one that cannot be read, or one of a
            character that the network does not know.
    """
    if not any(p.known for p in pictures):
        raise DataError("there are no pictures of characters to judge on; give another folder or part")
    predictions = predict(predictor, pictures, on_picture=on_picture)
    threshold = predictor.card.threshold if config.threshold is None else config.threshold
    known = predictions.select(predictions.known)
    metrics = measure(known)
    mistakes = bool((known.guesses != known.right).any())
    return Evaluation(
        model=predictor.path,
        model_sha256=model_sha256(predictor.path),
        card=predictor.card,
        part=config.part,
        how_split=how_split,
        threshold=threshold,
        predictions=predictions,
        metrics=metrics,
        open_set=measure_open_set(predictions, threshold),
        leak=leak,
        metrics_without_leak=_measure_without(known, leak),
        best_temperature=predictor.card.temperature * fit_temperature(known.probabilities, known.right)
        if mistakes
        else None,
    )


def _measure_without(known: Predictions, leak: Leak | None) -> Metrics | None:
    if leak is None or not leak.pictures:
        return None
    clean = np.array([picture not in leak.pictures for picture in known.pictures])
    return measure(known.select(clean)) if clean.any() else None


def write_metrics(evaluation: Evaluation, path: Path) -> Path:
    """Write `metrics.json`, which appears under its name only when it is whole; gives `path` back.

    What there are no pictures for is null.
    """
    values: dict[str, Any] = {
        "model": evaluation.model.name,
        "model_sha256": evaluation.model_sha256,
        "labels": evaluation.card.labels,
        "part": evaluation.part,
        "split": evaluation.how_split,
        "pictures": int(evaluation.predictions.known.sum()),
        "threshold": evaluation.threshold,
        **dataclasses.asdict(evaluation.metrics),
        "open_set": dataclasses.asdict(evaluation.open_set),
        "near_duplicates": _leak_values(evaluation),
        "temperature": evaluation.card.temperature,
        "best_temperature": evaluation.best_temperature,
    }
    return write_whole(path, json.dumps(values, indent=2, allow_nan=False) + "\n")


def _leak_values(evaluation: Evaluation) -> dict[str, Any] | None:
    """How many validation pictures have a near duplicate among those to train on, and the rest's figures."""
    if evaluation.leak is None:
        return None
    rest = evaluation.metrics_without_leak
    return {
        "pictures": evaluation.leak.leaked,
        "accuracy_without": rest.accuracy if rest else None,
        "macro_f1_without": rest.macro_f1 if rest else None,
        "weighted_f1_without": rest.weighted_f1 if rest else None,
    }


def write_predictions(predictions: Predictions, path: Path, *, folder: Path) -> Path:
    """Write `predictions.csv`, one row a picture, whole or not at all; gives `path` back.

    The columns: `file` (from the folder, with slashes), `x_min` to `y_max` (the part of it that is meant, in
    pixels; empty for all of it), `kind` (`known`, `others` or `background`), `character`, `scene`, `split`,
    `guess`, `probability`, `right` (1, 0, or empty for strangers), `second_guess`, `second_probability`,
    `margin` (of the first over the second) and `deviation` (standard deviation of all probabilities).

    Args:
        predictions: of any pictures.
        path: of the table.
        folder: that the pictures lie in.
    """
    lines = [csv_row(*_COLUMNS, line_end="\r\n")]
    order = np.argsort(-predictions.probabilities, axis=1, kind="stable")[:, :2]
    background, margin, deviation = is_background(predictions), predictions.margin, predictions.deviation
    for i, picture in enumerate(predictions.pictures):
        first, second = order[i]
        kind = "known" if picture.known else "background" if background[i] else "others"
        cells = (
            Path(os.path.relpath(picture.path, folder)).as_posix(),
            *(dataclasses.astuple(picture.crop) if picture.crop else ("",) * 4),
            kind,
            picture.character,
            picture.scene,
            picture.split,
            predictions.labels[first],
            f"{predictions.probabilities[i, first]:.6f}",
            int(first == predictions.right[i]) if picture.known else "",
            predictions.labels[second],
            f"{predictions.probabilities[i, second]:.6f}",
            f"{margin[i]:.6f}",
            f"{deviation[i]:.6f}",
        )
        lines.append(csv_row(*cells, line_end="\r\n"))
    return write_whole(path, "".join(lines))
