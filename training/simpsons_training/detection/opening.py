"""A trained detector, from a Keras or an ONNX file: pictures in, heads out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simpsons_play.core.errors import ModelError
from simpsons_play.core.frames import Image
from simpsons_play.inference.model import Classifier, Detector, load_network
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.detection.config import LEAST_SHOWN
from simpsons_training.detection.finder import FoundHeads, find_heads
from simpsons_training.evaluation.predictor import Predictor, open_predictor, read_card
from simpsons_training.keras_file import load_keras


@dataclass(frozen=True, slots=True)
class HeadFinder:
    """A detector that is ready to run, whatever file it came from.

    Attributes:
        path: of the file.
        card: what it says of itself.
        find: pictures (H, W, 3) uint8 BGR of any size -> the heads in each that are as sure as `LEAST_SHOWN`
            or more, in their order.
    """

    path: Path
    card: ModelCard
    find: Callable[[Sequence[Image]], Iterator[FoundHeads]]


def open_network(path: Path) -> Predictor | HeadFinder:
    """Open what names pictures or what finds heads, from an `.onnx` file or a `.keras` file of a training.

    Raises:
        ModelError: the file is missing, broken, or does not describe itself.
    """
    if path.suffix.lower() == ".keras":
        return _keras_finder(path) if read_card(path).detects else open_predictor(path)
    network = load_network(path, provider="cpu")
    if isinstance(network, Classifier):
        return Predictor(path, network.card, network.classify)
    return HeadFinder(path, network.card, lambda images: (_asked(network, image) for image in images))


def open_detector(path: Path) -> HeadFinder:
    """Open what finds heads.

    Raises:
        ModelError: as `open_network`, or the file names pictures.
    """
    network = open_network(path)
    if isinstance(network, HeadFinder):
        return network
    raise ModelError(f"{path} names pictures and finds no heads; give a detector")


def _keras_finder(path: Path) -> HeadFinder:
    card, model = read_card(path), load_keras(path)
    return HeadFinder(
        path,
        card,
        lambda images: find_heads(model, images, min_score=LEAST_SHOWN, temperature=card.temperature),
    )


def _asked(detector: Detector, image: Image) -> FoundHeads:
    heads = detector.detect(image, min_score=LEAST_SHOWN)
    somebody = np.maximum(0, 1 - heads.probabilities.sum(axis=1, keepdims=True))
    return FoundHeads(heads.boxes, heads.scores, np.concatenate([heads.probabilities, somebody], axis=1))
