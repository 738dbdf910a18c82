"""How a network looks at a frame: at fixed regions with a classifier, or for heads with a detector."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import AUTO, REGION_CHOICES, regions_of
from simpsons_play.core.types import Image, Places, Probabilities, Region
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.preprocess import region_batch, shrunk, to_square

_GLANCE_PX = 96
"""Side of what cuts and repeated frames are told by where the network itself sees more."""


class Looker(Protocol):
    """Looks at single frames with a network."""

    def glance(self, image: Image) -> Image:
        """What cuts and repeats are told by: (H, W, 3) uint8 BGR -> (N, S, S, 3) uint8 BGR."""
        ...

    def look(self, image: Image, glance: Image, *, cut: bool) -> Places:
        """Run the network on a frame; boxes are in pixels of it.

        Args:
            image: of the frame.
            glance: of the same.
            cut: a new shot begins with it.
        """
        ...


class RegionLooker:
    """Looks at the same regions of every frame, as one batch: a `Looker`."""

    def __init__(self, classifier: Classifier, regions: str) -> None:
        self._classifier, self._names = classifier, REGION_CHOICES[regions]

    def glance(self, image: Image) -> Image:
        """The regions as the network sees them."""
        return region_batch(image, self._regions(image), self._classifier.card.size_px)

    def look(self, image: Image, glance: Image, *, cut: bool) -> Places:
        """The regions, and a row of probabilities for each."""
        boxes = [(r.box.x_min, r.box.y_min, r.box.x_max, r.box.y_max) for r in self._regions(image)]
        return Places(
            np.array(boxes, np.float32), np.ones(len(boxes), np.float32), self._classifier.classify(glance)
        )

    def _regions(self, image: Image) -> tuple[Region, ...]:
        height, width = image.shape[:2]
        return regions_of(width, height, self._names)


class HeadLooker:
    """Looks for heads: a `Looker`. Now and then also at the frame and its halves, with whatever is beside."""

    def __init__(self, detector: Detector, config: AnalysisConfig) -> None:
        self._detector, self._least = detector, config.tracking.least
        self._beside = None if detector.beside is None else RegionLooker(detector.beside, AUTO)
        self._every = config.parts.every
        self._parts: Probabilities | None = None
        self._looks = 0

    def glance(self, image: Image) -> Image:
        """The whole frame, small."""
        return to_square(image, _GLANCE_PX)[None]

    def look(self, image: Image, glance: Image, *, cut: bool) -> Places:
        """The heads; what is said of whole and halves stands for a few frames, which differ little."""
        height, width = image.shape[:2]
        if self._beside is not None and width > 1:
            self._looks = 0 if cut else self._looks + 1
            if self._looks % self._every == 0:
                self._parts = self._beside.look(image, self._beside.glance(image), cut=cut).probabilities
        small = shrunk(image, self._detector.card.size_px)
        heads = self._detector.detect(small, least=self._least)
        ratio = np.array([width / small.shape[1], height / small.shape[0]] * 2, np.float32)
        return Places(heads.boxes * ratio, heads.scores, heads.probabilities, self._parts)
