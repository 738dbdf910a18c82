"""A trained network, from a Keras or an ONNX file: the same pictures in, the same probabilities out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simpsons_play.core.errors import ModelError
from simpsons_play.core.frames import Image
from simpsons_play.core.results import Probabilities
from simpsons_play.inference.model import load_classifier
from simpsons_play.inference.model_card import ModelCard
from simpsons_training import keras_file

_SMALLEST = float(np.finfo(np.float32).tiny)
"""Probabilities are held above it before their logarithm is taken, as in an export."""


@dataclass(frozen=True, slots=True)
class Predictor:
    """A network that is ready to run, whatever file it came from.

    Attributes:
        path: of the file.
        card: what it says of itself.
        run: (N, S, S, 3) uint8 BGR -> (N, K) float32 probabilities, temperature applied.
    """

    path: Path
    card: ModelCard
    run: Callable[[Image], Probabilities]


def open_predictor(path: Path) -> Predictor:
    """Open an `.onnx` file, or a `.keras` file that `simpsons train` wrote.

    Raises:
        ModelError: the file is missing, broken, or does not describe itself.
    """
    if path.suffix.lower() == ".keras":
        return _open_keras(path)
    classifier = load_classifier(path, provider="cpu")
    return Predictor(path, classifier.card, classifier.classify)


def read_card(path: Path) -> ModelCard:
    """The card inside a `.keras` file.

    Raises:
        ModelError: the file is missing or broken, or holds none.
    """
    try:
        card = keras_file.read_card(path)
    except ModelError as error:
        raise ModelError(f"{error}; train or save it again") from error
    if card is None:
        raise ModelError(f"{path} does not describe itself; make an .onnx of it with `simpsons export`")
    return card


def _open_keras(path: Path) -> Predictor:
    card, model = read_card(path), keras_file.load_keras(path)

    def run(pictures: Image) -> Probabilities:
        ordered = pictures if card.color_order == "BGR" else pictures[..., ::-1]
        said = np.asarray(model.predict(np.ascontiguousarray(ordered), batch_size=64, verbose=0), np.float64)
        return at_temperature(said, card.temperature)

    return Predictor(path, card, run)


def at_temperature(probabilities: np.ndarray, temperature: float) -> Probabilities:
    """Probabilities (N, K) at temperature 1 -> float32 at another: softmax(log p / T).

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks" (arXiv:1706.04599).
    """
    logits = np.log(np.maximum(probabilities, _SMALLEST)) / temperature
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float32)
