"""Load a trained detector from a Keras or an ONNX file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simpsons_play.core.errors import ModelError
from simpsons_play.core.frames import Image
from simpsons_play.inference.loading import load_network
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.detection.config import MIN_SCORE
from simpsons_training.detection.predict import HeadDetections, detect_heads
from simpsons_training.evaluation.predictor import Predictor, open_predictor, read_card
from simpsons_training.keras_file import load_keras


@dataclass(frozen=True, slots=True)
class HeadDetector:
    """A detector that is ready to run, from either file format.

    Attributes:
        path: File of the detector.
        card: Model card.
        detect: Pictures (H, W, 3) uint8 BGR of any size -> their detections with a score of at least
            `MIN_SCORE`, in the order of the pictures.
    """

    path: Path
    card: ModelCard
    detect: Callable[[Sequence[Image]], Iterator[HeadDetections]]


def open_network(path: Path) -> Predictor | HeadDetector:
    """Open a classifier or a detector from an `.onnx` file or a `.keras` file of a training.

    Raises:
        ModelError: The file is missing or broken, or has no model card.
    """
    if path.suffix.lower() == ".keras":
        return _open_keras(path) if read_card(path).detects else open_predictor(path)
    network = load_network(path, provider="cpu")
    if isinstance(network, Classifier):
        return Predictor(path, network.card, network.classify)
    return HeadDetector(path, network.card, lambda images: (_detect(network, image) for image in images))


def open_detector(path: Path) -> HeadDetector:
    """Open a detector.

    Raises:
        ModelError: As for `open_network`, or the file is a classifier.
    """
    network = open_network(path)
    if isinstance(network, HeadDetector):
        return network
    raise ModelError(f"{path} is a classifier; give a detector")


def _open_keras(path: Path) -> HeadDetector:
    card, model = read_card(path), load_keras(path)
    return HeadDetector(
        path,
        card,
        lambda images: detect_heads(model, images, min_score=MIN_SCORE, temperature=card.temperature),
    )


def _detect(detector: Detector, image: Image) -> HeadDetections:
    found = detector.detect(image, min_score=MIN_SCORE)
    other = np.maximum(0, 1 - found.probabilities.sum(axis=1, keepdims=True))
    return HeadDetections(found.boxes, found.scores, np.concatenate([found.probabilities, other], axis=1))
