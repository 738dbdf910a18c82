"""The evaluation of a classifier, and its machine-readable result files."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from simpsons_training.files import resolved, write_atomic
from simpsons_training.leaks import Leak
from simpsons_training.table import Picture

if TYPE_CHECKING:
    import pandas

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


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Evaluation:
    """The results of an evaluation.

    Attributes:
        model: Model file.
        model_sha256: Hexadecimal checksum of that file and of external weights next to it.
        card: Model card.
        part: Which pictures were used.
        how_split: One phrase on how the pictures were split; empty if all are used because the network was
            trained on others.
        threshold: Minimum probability for naming a character; 0-1.
        predictions: Predictions for known characters and unknown people.
        metrics: Metrics on the known characters.
        open_set: Open-set metrics on all pictures.
        leak: Validation pictures with near duplicates to train on; None if not computed.
        metrics_without_leak: Metrics without those pictures; None if none are left, or nothing leaks.
        best_temperature: Temperature with the highest likelihood on these pictures; None if all predictions
            are correct, since the likelihood then has no maximum.
        folders: Folders of the pictures.
        warnings: Lines on pictures that are left out or that the training may have seen.
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
    folders: tuple[Path, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def known(self) -> Predictions:
        """Predictions for the known characters."""
        return self.predictions.select(self.predictions.known)

    @property
    def accuracy(self) -> float:
        """Share of pictures of known characters whose most probable label is correct, 0-1."""
        return self.metrics.accuracy

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the characters that have pictures, 0-1."""
        return self.metrics.macro_f1

    def to_pandas(self) -> pandas.DataFrame:
        """The predictions as a pandas DataFrame, one row per picture; see `predictions_frame`."""
        from simpsons_training.evaluation.frame import predictions_frame

        return predictions_frame(self.predictions)

    def __repr__(self) -> str:
        """The metrics, one per line, as `simpsons evaluate` prints them."""
        from simpsons_training.evaluation.summary import part_text, summary_lines

        return "\n  ".join(
            [f"{self.model.name} on {part_text(self.part, self.how_split)}", *summary_lines(self)]
        )


def evaluate(
    predictor: Predictor,
    pictures: Sequence[Picture],
    *,
    config: EvaluateConfig,
    how_split: str,
    leak: Leak | None = None,
    folders: Sequence[Path] = (),
    warnings: Sequence[str] = (),
    on_picture: Callable[[], object] = lambda: None,
) -> Evaluation:
    """Evaluate a classifier.

    Args:
        predictor: The classifier.
        pictures: Pictures from `predictions.choose_pictures`.
        config: Selection of the pictures, and the threshold.
        how_split: One phrase on how the pictures were split; empty if all are used because the network was
            trained on others.
        leak: Leak of the split, for validation pictures.
        folders: Folders of the pictures.
        warnings: Lines on pictures that are left out or that the training may have seen.
        on_picture: Called after each picture.

    Raises:
        DataError: There is no picture of a known character, a picture cannot be read, or it shows a known
            character that the network has no label for.
    """
    check_pictures(pictures)
    predictions = predict(predictor, pictures, on_picture=on_picture)
    threshold = predictor.card.threshold if config.threshold is None else config.threshold
    known = predictions.select(predictions.known)
    metrics = measure(known)
    mistakes = bool((known.predicted != known.targets).any())
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
        best_temperature=predictor.card.temperature * fit_temperature(known.probabilities, known.targets)
        if mistakes
        else None,
        folders=tuple(folders),
        warnings=tuple(warnings),
    )


def check_pictures(pictures: Sequence[Picture]) -> None:
    """Raise DataError if there is no picture of a known character to evaluate on."""
    if not any(p.known for p in pictures):
        raise DataError(
            "there are no pictures of known characters to evaluate on; give another folder or part"
        )


def _measure_without(known: Predictions, leak: Leak | None) -> Metrics | None:
    if leak is None or not leak.pictures:
        return None
    clean = np.array([picture not in leak.pictures for picture in known.pictures])
    return measure(known.select(clean)) if clean.any() else None


def write_metrics(evaluation: Evaluation, path: Path) -> Path:
    """Write `metrics.json` atomically and return `path`. Metrics without pictures are null."""
    values: dict[str, Any] = {
        "model": evaluation.model.name,
        "model_sha256": evaluation.model_sha256,
        "labels": evaluation.card.labels,
        "part": evaluation.part,
        "split": evaluation.how_split or None,
        "folders": resolved(evaluation.folders),
        "warnings": evaluation.warnings,
        "pictures": int(evaluation.predictions.known.sum()),
        "threshold": evaluation.threshold,
        **dataclasses.asdict(evaluation.metrics),
        "open_set": dataclasses.asdict(evaluation.open_set),
        "near_duplicates": _leak_values(evaluation),
        "temperature": evaluation.card.temperature,
        "best_temperature": evaluation.best_temperature,
    }
    return write_atomic(path, json.dumps(values, indent=2, allow_nan=False) + "\n")


def _leak_values(evaluation: Evaluation) -> dict[str, Any] | None:
    """Number of validation pictures with near duplicates to train on, and the metrics without them."""
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
    """Write `predictions.csv`, one row per picture, atomically and return `path`.

    Columns: `file` (relative to the folder, with slashes), `x_min` to `y_max` (the crop in pixels; empty for
    the whole picture), `kind` (`known`, `others` or `background`), `character`, `scene`, `split`, `guess`
    (predicted label), `probability`, `right` (1, 0, or empty for unknown people), `second_guess`,
    `second_probability`, `margin` (first minus second probability) and `deviation` (standard deviation of
    all probabilities).

    Args:
        predictions: Predictions for any pictures.
        path: Path of the table.
        folder: Folder that contains all pictures.
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
            int(first == predictions.targets[i]) if picture.known else "",
            predictions.labels[second],
            f"{predictions.probabilities[i, second]:.6f}",
            f"{margin[i]:.6f}",
            f"{deviation[i]:.6f}",
        )
        lines.append(csv_row(*cells, line_end="\r\n"))
    return write_atomic(path, "".join(lines))
