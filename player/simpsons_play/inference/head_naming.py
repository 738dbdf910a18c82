"""Names the heads that a detector finds with a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Self

import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box, Boxes
from simpsons_play.core.names import letters_of
from simpsons_play.core.results import Detections
from simpsons_play.inference.preprocess import to_square
from simpsons_play.inference.resizing import STRETCHED, Resizing

if TYPE_CHECKING:
    from simpsons_play.inference.model import Classifier

VERSION = 1
"""Increase this when the same models give other names to heads; cached detections are then discarded."""

_MARGIN = 2.0
"""Width and height of the picture of a head, relative to those of the head."""

_LOWER = 0.2
"""How far below the centre of the head the centre of its picture is, relative to the height of the head."""

_CONTRADICTED_BELOW = 0.2
"""Below this probability, the detector contradicts the name that the classifier gives to a head; 0-1."""


def picture_of_head(image: Image, box: Boxes, size_px: int, *, resizing: Resizing = STRETCHED) -> Image:
    """Cut a head with its surroundings out of a frame, as a classifier takes it.

    Classifiers are trained on pictures of people, so the picture reaches from above the hair to the
    shoulders. It ends at the border of the frame.

    Args:
        image: (H, W, 3) uint8 BGR.
        box: (4,) x_min, y_min, x_max, y_max of the head, in pixels of the image, inside it.
        size_px: side S of the result.
        resizing: how it becomes a square.

    Returns:
        (S, S, 3) uint8 BGR.

    Example:
        >>> picture_of_head(np.zeros((90, 160, 3), np.uint8), np.float32([20, 10, 60, 70]), 96).shape
        (96, 96, 3)
    """
    height, width = image.shape[:2]
    low, high = box[:2].astype(float), box[2:].astype(float)
    size = high - low
    centre, reach = (low + high) / 2 + (0, _LOWER * size[1]), _MARGIN / 2 * size
    left, top = np.floor(np.maximum(centre - reach, 0)).astype(int)
    right, bottom = np.ceil(np.minimum(centre + reach, (width, height))).astype(int)
    shown = Box(int(left), int(top), int(right), int(bottom))
    return to_square(image, size_px, shown, resizing=resizing)


class HeadNaming:
    """How a classifier names the heads of a detector.

    A classifier has no label for people whom it does not know: it takes each for somebody. Therefore a
    character whom the detector knows, too, gets no probability where the detector contradicts it.

    Args:
        classifier: the classifier.
        detector_labels: labels of the detector.
    """

    def __init__(self, classifier: Classifier, detector_labels: Sequence[str]) -> None:
        self.classifier = classifier
        columns = {letters_of(label): column for column, label in enumerate(detector_labels)}
        known = {i: columns.get(letters_of(label)) for i, label in enumerate(classifier.card.labels)}
        self._shared = [(own, column) for own, column in known.items() if column is not None]

    def name(self, image: Image, heads: Detections) -> Detections:
        """The same heads with the probabilities of the classifier.

        Args:
            image: the frame, (H, W, 3) uint8 BGR.
            heads: heads in it, with the detector's probabilities.

        Raises:
            ModelError: the classifier fails, or its output does not have the shape given in its card.
        """
        card = self.classifier.card
        if not len(heads):
            return replace(heads, probabilities=np.zeros((0, len(card.labels)), np.float32))
        pictures = np.stack(
            [picture_of_head(image, box, card.size_px, resizing=card.resizing) for box in heads.boxes]
        )
        probabilities = self.classifier.classify(pictures).copy()
        for own, column in self._shared:
            probabilities[heads.probabilities[:, column] < _CONTRADICTED_BELOW, own] = 0
        return replace(heads, probabilities=probabilities)

    def without_session(self) -> Self:
        """A copy that cannot run."""
        naming = copy(self)
        naming.classifier = self.classifier.without_session()
        return naming
