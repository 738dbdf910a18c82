"""Load a trained classifier from a Keras or an ONNX file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simpsons_play.core.errors import ModelError
from simpsons_play.core.frames import Image
from simpsons_play.core.results import Probabilities
from simpsons_play.inference.loading import load_classifier
from simpsons_play.inference.model_card import ModelCard
from simpsons_training import keras_file
from simpsons_training.storage import RunFolder

_SMALLEST = float(np.finfo(np.float32).tiny)
"""Lower bound of probabilities before taking the logarithm, as in an export."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """A classifier that is ready to run, from either file format.

    Attributes:
        path: File of the classifier.
        card: Model card.
        run: (N, S, S, 3) uint8 BGR -> (N, K) float32 probabilities, temperature applied.
    """

    path: Path
    card: ModelCard
    run: Callable[[Image], Probabilities]


def open_predictor(path: Path) -> Predictor:
    """Open a classifier from an `.onnx` file or a `.keras` file of `simpsons train`.

    Raises:
        ModelError: The file is missing or broken, or has no model card.
    """
    if path.suffix.lower() == ".keras":
        return _open_keras(path)
    classifier = load_classifier(path, provider="cpu")
    return Predictor(path, classifier.card, classifier.classify)


def read_card(path: Path) -> ModelCard:
    """Read the model card of a `.keras` file.

    Raises:
        ModelError: The file is missing or broken, or has no model card.
    """
    try:
        card = keras_file.read_card(path)
    except ModelError as error:
        raise ModelError(f"{error}; train or save it again") from error
    if card is None and path.name == RunFolder(path.parent).checkpoint.name:
        raise ModelError(f"{path} is for --resume only; give {RunFolder(path.parent).last}")
    if card is None:
        raise ModelError(f"{path} has no model card; convert it to ONNX with `simpsons export`")
    return card


def _open_keras(path: Path) -> Predictor:
    card, model = read_card(path), keras_file.load_keras(path)

    def run(pictures: Image) -> Probabilities:
        ordered = pictures if card.color_order == "BGR" else pictures[..., ::-1]
        raw = np.asarray(model.predict(np.ascontiguousarray(ordered), batch_size=64, verbose=0), np.float64)
        return apply_temperature(raw, card.temperature)

    return Predictor(path, card, run)


def apply_temperature(probabilities: np.ndarray, temperature: float) -> Probabilities:
    """Rescale probabilities (N, K) from temperature 1 to another: softmax(log p / T), float32.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks" (arXiv:1706.04599).
    """
    logits = np.log(np.maximum(probabilities, _SMALLEST)) / temperature
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True), np.float32)
