"""Initial weights of a detector: from a classifier with the same backbone, or from an earlier detector."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras

from simpsons_play.core.errors import DataError, ModelError
from simpsons_play.core.foreign_files import guarded
from simpsons_training.evaluation.predictor import read_card
from simpsons_training.keras_file import load_keras


def load_backbone_weights(model: keras.Model, classifier: Path) -> None:
    """Load the weights of a classifier into the backbone of a detector.

    Raises:
        DataError: The file is missing or holds another architecture.
    """
    try:
        source = load_keras(classifier)
        for layer in source.layers:
            if layer.weights and layer.name.partition("_")[0].startswith(("stem", "block")):
                model.get_layer(layer.name).set_weights(layer.get_weights())
    except (ModelError, ValueError) as error:
        raise DataError(
            f"{classifier} cannot initialise the backbone; it is part of the repository, not of the wheel"
        ) from error


def load_detector_weights(model: keras.Model, detector: Path, labels: Sequence[str]) -> None:
    """Load the weights of a detector into another one of the same architecture.

    Args:
        model: Detector to load the weights into.
        detector: A `.keras` file of `train_detector`.
        labels: Labels that the detector must have, in this order.

    Raises:
        ModelError: The file is missing or broken, or holds another architecture or other labels.
    """
    card = read_card(detector)
    if not card.detects:
        raise ModelError(f"{detector} is a classifier; give a detector")
    if card.labels != tuple(labels):
        raise ModelError(f"{detector} has other labels than {', '.join(labels)}; leave out the teacher")
    with guarded(ModelError, f"{detector} has another architecture than this version", "train it again"):
        model.set_weights(load_keras(detector).get_weights())


def average_weights_with(model: keras.Model, detector: Path) -> None:
    """Set the weights of a detector to the mean of its own and those of a detector file."""
    other = load_keras(detector).get_weights()
    model.set_weights([(a + b) / 2 for a, b in zip(model.get_weights(), other, strict=True)])
