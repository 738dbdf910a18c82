"""Predictions of a network for a set of pictures, which all metrics are computed from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simpsons_play.core.errors import DataError
from simpsons_play.core.results import Probabilities
from simpsons_training.backgrounds import background_crops, shows_own_character
from simpsons_training.dataset import PictureSet, label_indices, load_images
from simpsons_training.evaluation.config import Part
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.table import Picture

NO_LABEL = -1
"""Target of a picture without a known character."""

_BATCH_SIZE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Pictures with their targets and predicted probabilities.

    Attributes:
        labels: The K labels, in the order of the columns of `probabilities`.
        pictures: The N pictures.
        targets: (N,) int64: index of the correct label, or `NO_LABEL`.
        probabilities: (N, K) float32.
    """

    labels: tuple[str, ...]
    pictures: tuple[Picture, ...]
    targets: npt.NDArray[np.int64]
    probabilities: Probabilities

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """(N,): whether a picture shows a known character."""
        return np.asarray(self.targets != NO_LABEL)

    @property
    def predicted(self) -> npt.NDArray[np.int64]:
        """(N,): index of the most probable label."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def confidence(self) -> Probabilities:
        """(N,): highest probability of each picture."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def margin(self) -> Probabilities:
        """(N,): highest probability minus the second highest."""
        ordered = np.partition(self.probabilities, -2, axis=1)
        return np.asarray(ordered[:, -1] - ordered[:, -2], np.float32)

    @property
    def deviation(self) -> Probabilities:
        """(N,): standard deviation of each picture's K probabilities; 0 if all are equal."""
        return np.asarray(self.probabilities.std(axis=1))

    def select(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Predictions:
        """Select pictures by a mask (N,) or by indices, in the order of the indices."""
        indices = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Predictions(
            self.labels,
            tuple(self.pictures[i] for i in indices),
            self.targets[indices],
            self.probabilities[indices],
        )


def choose_pictures(pictures: PictureSet, *, part: Part, backgrounds: bool) -> list[Picture]:
    """Choose the pictures to evaluate on: known characters, others and, optionally, background crops.

    Raises:
        DataError: A picture cannot be read.
    """
    chosen = [p for p in pictures.pictures if part in ("all", p.split)]
    return chosen + (background_crops(p for p in chosen if p.known) if backgrounds else [])


def check_labels(model: Path, labels: Sequence[str], pictures: Sequence[Picture]) -> None:
    """Check that a network has a label for every known character.

    Raises:
        DataError: A picture shows a known character that the network has no label for.
    """
    if missing := sorted({p.character for p in pictures if p.known} - set(labels)):
        raise DataError(
            f"{model} has no labels for {', '.join(missing)}; remove these pictures, or move them into "
            "a folder `others`"
        )


def predict(
    predictor: Predictor, pictures: Sequence[Picture], *, on_picture: Callable[[], object] = lambda: None
) -> Predictions:
    """Run a classifier on pictures.

    Args:
        predictor: The classifier.
        pictures: Pictures of known characters, and of others.
        on_picture: Called after each picture.

    Returns:
        Predictions for all pictures except background crops that show their character; see
        `shows_own_character`.

    Raises:
        DataError: A picture cannot be read, or shows a known character that the network has no label for.
    """
    card = predictor.card
    labels = card.labels
    check_labels(predictor.path, labels, pictures)
    parts = [pictures[i : i + _BATCH_SIZE] for i in range(0, len(pictures), _BATCH_SIZE)]
    rows = [
        predictor.run(load_images(part, card.size_px, resizing=card.resizing, on_picture=on_picture))
        for part in parts
    ]
    probabilities = np.concatenate(rows) if rows else np.empty((0, len(labels)), np.float32)
    predictions = Predictions(labels, tuple(pictures), label_indices(pictures, labels), probabilities)
    excluded = [shows_own_character(p, labels, row) for p, row in zip(pictures, probabilities, strict=True)]
    return predictions.select(~np.array(excluded, np.bool_)) if any(excluded) else predictions
