"""Recognizers run a model on single frames: a classifier on fixed crops, or a detector. Thread-safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Protocol

import cv2
import numpy as np

from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import AUTO, CROP_CHOICES, crop_regions
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import letterbox_placement
from simpsons_play.core.results import Detections, Probabilities, Region
from simpsons_play.inference.letterbox import on_canvas
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.preprocess import crop_batch, reduced, to_square
from simpsons_play.inference.resizing import STRETCHED

_CLEAR = 0.85
"""Probability from which a head leaves no doubt about its character."""

_THUMBNAIL_PX = 96
"""Side of the thumbnail for a detector, whose own input is larger."""


class CropUse(Enum):
    """When the fallback classifier runs on the crops of a frame."""

    ALWAYS = "always"
    IF_NEEDED = "unless clear heads leave no crop to label"
    NEVER = "never"


class Recognizer(Protocol):
    """Runs a model on single frames."""

    def thumbnail(self, frame: Frame) -> Image:
        """Make the thumbnail that is compared to find cuts and repeats: (N, S, S, 3) uint8 BGR."""
        ...

    def recognize(self, frame: Frame, thumbnail: Image, *, crops: CropUse) -> Detections:
        """Run the model on a frame; boxes are in pixels of it.

        Args:
            frame: frame to run on.
            thumbnail: the result of `thumbnail` for the same frame.
            crops: when to run the fallback classifier, if there is one.
        """
        ...


class CropRecognizer:
    """Runs a classifier on the same crops of every frame, as one batch: a `Recognizer`."""

    def __init__(self, classifier: Classifier, regions: str) -> None:
        self._classifier, self._names = classifier, CROP_CHOICES[regions]
        self._resizing = classifier.card.resizing

    def thumbnail(self, frame: Frame) -> Image:
        """The crops, at the size of the classifier's input."""
        quick = self._pictures(frame, frame.rough)
        side = self._classifier.card.size_px
        return crop_batch(frame.image, self._crops(frame), side) if quick is None else quick

    def recognize(self, frame: Frame, thumbnail: Image, *, crops: CropUse) -> Detections:
        """The crops, with their class probabilities."""
        boxes = [(r.box.x_min, r.box.y_min, r.box.x_max, r.box.y_max) for r in self._crops(frame)]
        probabilities = self.classify(frame, thumbnail)
        return Detections(np.array(boxes, np.float32), np.ones(len(boxes), np.float32), probabilities)

    def classify(self, frame: Frame, thumbnail: Image | None = None) -> Probabilities:
        """The class probabilities of the crops: (N, K) float32."""
        if self._resizing != STRETCHED:
            side = self._classifier.card.size_px
            crops = crop_batch(frame.image, self._crops(frame), side, resizing=self._resizing)
            return self._classifier.classify(crops)
        # Thumbnails that are converted directly are quick, but not as exact as the classifier was trained.
        exact = self._pictures(frame, lambda width, height: reduced(frame, width, height))
        if exact is None:
            exact = self.thumbnail(frame) if thumbnail is None else thumbnail
        return self._classifier.classify(exact)

    def _pictures(self, frame: Frame, scale: Callable[[int, int], Image | None]) -> Image | None:
        """The crops, cut out of a small picture; None if the frame cannot be converted directly."""
        side = self._classifier.card.size_px
        if self._names == ("full",):
            full = scale(side, side)
            return None if full is None else full[None]
        both = scale(2 * side, side)
        if both is None:
            return None
        crops = {"left": both[:, :side], "right": both[:, side:]}
        if "full" in self._names:
            crops["full"] = np.asarray(cv2.resize(both, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
        return np.stack([crops[name] for name in self._names])

    def _crops(self, frame: Frame) -> tuple[Region, ...]:
        return crop_regions(*frame.size_px, self._names)


class HeadRecognizer:
    """Detects heads: a `Recognizer`. Also runs the detector's fallback on the crops, if it has one."""

    def __init__(self, detector: Detector, config: AnalysisConfig) -> None:
        self._detector, self._min_score = detector, config.tracking.min_score
        self._fallback = None if detector.fallback is None else CropRecognizer(detector.fallback, AUTO)

    def thumbnail(self, frame: Frame) -> Image:
        """The whole frame, scaled down."""
        small = frame.rough(_THUMBNAIL_PX, _THUMBNAIL_PX)
        return to_square(frame.image, _THUMBNAIL_PX)[None] if small is None else small[None]

    def recognize(self, frame: Frame, thumbnail: Image, *, crops: CropUse) -> Detections:
        """The heads, and the class probabilities of the crops."""
        heads, width = self._heads(frame), frame.size_px[0]
        needed = crops is CropUse.ALWAYS or (crops is CropUse.IF_NEEDED and leaves_room(heads, width))
        if self._fallback is None or width < 2 or not needed:
            return heads
        return replace(heads, crop_probabilities=self._fallback.classify(frame))

    def _heads(self, frame: Frame) -> Detections:
        if (canvas_px := self._detector.canvas_px) is not None:
            placement = letterbox_placement(frame.size_px, canvas_px)
            fitted = reduced(frame, placement.width, placement.height)
            if fitted is not None:
                canvas = on_canvas(fitted, placement, canvas_px)
                heads = self._detector.detect_fitted(canvas, size_px=frame.size_px, min_score=self._min_score)
                # Heads that are named already do without the whole picture.
                return (
                    heads if self._detector.classifier is None else self._detector.named(frame.image, heads)
                )
        return self._detector.detect(frame.image, min_score=self._min_score)


def leaves_room(heads: Detections, width: int) -> bool:
    """Whether a crop could be labelled besides these heads; see `CropLabels`.

    With two clear heads, or one in the middle, no crop is labelled, so running the classifier would be
    wasted.
    """
    clear = heads.boxes[heads.probabilities.max(axis=1, initial=0) >= _CLEAR]
    if len(clear) != 1:
        return not len(clear)
    left, right = clear[0, 0], clear[0, 2]
    return bool(right <= width / 2 or left >= width / 2)
