"""Use a detector as a picture classifier, so that both kinds of network are evaluated alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from simpsons_play.core.config import TrackingConfig
from simpsons_training.dataset import label_indices, read_picture
from simpsons_training.detection.head_detector import HeadDetector
from simpsons_training.evaluation.predictions import Predictions, check_labels
from simpsons_training.table import Picture

PLAYER_MIN_SCORE = TrackingConfig().min_score
"""Minimum score of the detections that the player uses."""

_BATCH_SIZE = 64


def classify_pictures(
    detector: HeadDetector, pictures: Sequence[Picture], *, on_picture: Callable[[], object] = lambda: None
) -> Predictions:
    """Take the highest probability of each label over the heads of a picture, 0 without heads.

    The rows need not sum to 1, since a picture may show several people.

    Args:
        detector: The detector.
        pictures: Pictures of characters it can name, and of others.
        on_picture: Called after each picture.

    Raises:
        DataError: A picture cannot be read, or shows a known character that the detector has no label for.
    """
    labels = detector.card.labels
    check_labels(detector.path, labels, pictures)
    probabilities = np.zeros((len(pictures), len(labels)), np.float32)
    for start in range(0, len(pictures), _BATCH_SIZE):
        images = [read_picture(picture.path) for picture in pictures[start : start + _BATCH_SIZE]]
        for i, heads in enumerate(detector.detect(images), start):
            used = heads.scores >= PLAYER_MIN_SCORE
            probabilities[i] = heads.probabilities[used, : len(labels)].max(axis=0, initial=0)
            on_picture()
    return Predictions(labels, tuple(pictures), label_indices(pictures, labels), probabilities)
