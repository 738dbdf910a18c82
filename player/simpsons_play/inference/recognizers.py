"""Recognizers run a model on single frames: a classifier on fixed crops, or a detector."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import AUTO, CROP_CHOICES, crop_regions
from simpsons_play.core.frames import Image
from simpsons_play.core.results import Detections, Probabilities, Region
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.preprocess import crop_batch, shrunk, to_square

_THUMBNAIL_PX = 96
"""Side of the thumbnail for a detector, whose own input is larger."""


class Recognizer(Protocol):
    """Runs a model on single frames."""

    def thumbnail(self, image: Image) -> Image:
        """Make the thumbnail that is compared to find cuts and repeats.

        (H, W, 3) uint8 BGR -> (N, S, S, 3) uint8 BGR.
        """
        ...

    def recognize(self, image: Image, thumbnail: Image, *, cut: bool) -> Detections:
        """Run the model on a frame; boxes are in pixels of it.

        Args:
            image: (H, W, 3) uint8 BGR.
            thumbnail: the result of `thumbnail` for the same frame.
            cut: whether a new shot begins with the frame.
        """
        ...


class CropRecognizer:
    """Runs a classifier on the same crops of every frame, as one batch: a `Recognizer`."""

    def __init__(self, classifier: Classifier, regions: str) -> None:
        self._classifier, self._names = classifier, CROP_CHOICES[regions]

    def thumbnail(self, image: Image) -> Image:
        """The crops, at the size of the classifier's input."""
        return crop_batch(image, self._crops(image), self._classifier.card.size_px)

    def recognize(self, image: Image, thumbnail: Image, *, cut: bool) -> Detections:
        """The crops, with their class probabilities."""
        boxes = [(r.box.x_min, r.box.y_min, r.box.x_max, r.box.y_max) for r in self._crops(image)]
        return Detections(
            np.array(boxes, np.float32), np.ones(len(boxes), np.float32), self._classifier.classify(thumbnail)
        )

    def _crops(self, image: Image) -> tuple[Region, ...]:
        height, width = image.shape[:2]
        return crop_regions(width, height, self._names)


class HeadRecognizer:
    """Detects heads: a `Recognizer`. Also runs the detector's fallback on the crops, if it has one.

    The fallback runs less often (see `CropConfig.every`); in between, its last result is reused.
    """

    def __init__(self, detector: Detector, config: AnalysisConfig) -> None:
        self._detector, self._min_score = detector, config.tracking.min_score
        self._fallback = None if detector.fallback is None else CropRecognizer(detector.fallback, AUTO)
        self._every = config.crops.every
        self._crop_probabilities: Probabilities | None = None
        self._runs = 0

    def thumbnail(self, image: Image) -> Image:
        """The whole frame, scaled down."""
        return to_square(image, _THUMBNAIL_PX)[None]

    def recognize(self, image: Image, thumbnail: Image, *, cut: bool) -> Detections:
        """The heads, and the class probabilities of the crops."""
        height, width = image.shape[:2]
        if self._fallback is not None and width > 1:
            self._runs = 0 if cut else self._runs + 1
            if self._runs % self._every == 0:
                crops = self._fallback.recognize(image, self._fallback.thumbnail(image), cut=cut)
                self._crop_probabilities = crops.probabilities
        small = shrunk(image, self._detector.card.size_px)
        heads = self._detector.detect(small, min_score=self._min_score)
        ratio = np.array([width / small.shape[1], height / small.shape[0]] * 2, np.float32)
        return Detections(heads.boxes * ratio, heads.scores, heads.probabilities, self._crop_probabilities)
