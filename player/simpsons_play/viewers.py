"""How a network looks at a frame: at fixed regions with a classifier, or at the heads a detector finds."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from simpsons_play.config import AnalysisConfig
from simpsons_play.head_tracker import FollowedHead, HeadTracker
from simpsons_play.model import Classifier, Detector
from simpsons_play.preprocess import region_batch, shrunk, to_square
from simpsons_play.regions import REGION_CHOICES, regions_of
from simpsons_play.smoothing import Smoother
from simpsons_play.types import HEAD, Box, Caption, Heads, Image, Prediction, Probabilities, Region

Said = tuple[tuple[Prediction, ...], tuple[Caption, ...]]

_GLANCE_PX = 96
"""Side of what cuts and repeated frames are told by where the network itself sees more."""


class Viewer(Protocol):
    """Looks at frames with a network and follows what it says over time."""

    def glance(self, image: Image) -> Image:
        """What cuts and repeats are told by: (H, W, 3) uint8 BGR -> (N, S, S, 3) uint8 BGR."""
        ...

    def look(self, image: Image, glance: Image) -> Any:
        """Run the network on a frame: what it says, for `follow`."""
        ...

    def follow(self, time_s: float, seen: Any, *, cut: bool) -> Said:
        """What the network says of a frame -> predictions of that frame, and captions smoothed over time."""
        ...

    def reset(self) -> None:
        """Forget what came before, as after a seek."""
        ...


class RegionViewer:
    """Looks at the same regions of every frame, as one batch: a `Viewer`."""

    def __init__(self, classifier: Classifier, config: AnalysisConfig, threshold: float) -> None:
        self._classifier, self._threshold, self._top = classifier, threshold, config.top
        self._names = REGION_CHOICES[config.regions or "full"]
        self._smoothers = [Smoother(threshold, config.smoothing) for _ in self._names]

    def glance(self, image: Image) -> Image:
        """The regions as the network sees them."""
        return region_batch(image, self._regions(image), self._classifier.card.size_px)

    def look(self, image: Image, glance: Image) -> tuple[tuple[Region, ...], Probabilities]:
        """The regions, and a row of probabilities for each."""
        return self._regions(image), self._classifier.classify(glance)

    def follow(self, time_s: float, seen: tuple[tuple[Region, ...], Probabilities], *, cut: bool) -> Said:
        """One prediction for each region, and at most one caption."""
        labels = self._classifier.card.labels
        captions = []
        for region, smoother, row in zip(seen[0], self._smoothers, seen[1], strict=True):
            if shown := smoother.step(time_s, row, cut=cut):
                captions.append(Caption(region, labels[shown[0]], min(1.0, shown[1])))
        predictions = tuple(
            _predict(region, row, labels, self._threshold, self._top)
            for region, row in zip(*seen, strict=True)
        )
        return predictions, tuple(captions)

    def reset(self) -> None:
        """Forget what came before."""
        for smoother in self._smoothers:
            smoother.reset()

    def _regions(self, image: Image) -> tuple[Region, ...]:
        height, width = image.shape[:2]
        return regions_of(width, height, self._names)


class HeadViewer:
    """Looks for heads and follows each: a `Viewer`. Regions are `head-1` and so on, anew in each shot."""

    def __init__(self, detector: Detector, config: AnalysisConfig, threshold: float) -> None:
        self._detector, self._threshold, self._config = detector, threshold, config
        self._tracker = HeadTracker(threshold, config.smoothing, config.tracking)

    def glance(self, image: Image) -> Image:
        """The whole frame, small."""
        return to_square(image, _GLANCE_PX)[None]

    def look(self, image: Image, glance: Image) -> tuple[Heads, tuple[int, int]]:
        """The heads, in pixels of the frame, and the frame's width and height."""
        height, width = image.shape[:2]
        small = shrunk(image, self._detector.card.size_px)
        heads = self._detector.detect(small, least=self._config.tracking.least)
        ratio = np.array([width / small.shape[1], height / small.shape[0]] * 2, np.float32)
        return Heads(heads.boxes * ratio, heads.scores, heads.probabilities), (width, height)

    def follow(self, time_s: float, seen: tuple[Heads, tuple[int, int]], *, cut: bool) -> Said:
        """One prediction for each head of this frame; a caption for each that is named."""
        heads, size = seen
        labels = self._detector.card.labels
        predictions, captions = [], []
        for head in self._tracker.step(time_s, heads, cut=cut):
            if head.seen is not None:
                region = _region(head.number, heads.boxes[head.seen], size)
                row = heads.probabilities[head.seen]
                predictions.append(_predict(region, row, labels, self._threshold, self._config.top))
            if head.shown is not None:
                captions.append(self._caption(head, head.shown, size))
        return tuple(predictions), tuple(captions)

    def reset(self) -> None:
        """Forget what came before."""
        self._tracker.reset()

    def _caption(self, head: FollowedHead, shown: tuple[int, float], size: tuple[int, int]) -> Caption:
        name, probability = shown
        region = _region(head.number, head.box, size)
        return Caption(region, self._detector.card.labels[name], min(1.0, probability))


def _region(number: int, box: Any, size: tuple[int, int]) -> Region:
    """A head's region: whole pixels inside the frame, at least one of them."""
    width, height = size
    x_min, y_min = min(int(box[0]), width - 1), min(int(box[1]), height - 1)
    x_max, y_max = max(x_min + 1, round(float(box[2]))), max(y_min + 1, round(float(box[3])))
    return Region(f"{HEAD}{number}", Box(max(0, x_min), max(0, y_min), min(width, x_max), min(height, y_max)))


def _predict(region: Region, row: Any, labels: tuple[str, ...], threshold: float, most: int) -> Prediction:
    best = np.argsort(-row)[:most]
    top = tuple((labels[i], float(row[i])) for i in best)
    label, probability = top[0]
    return Prediction(region, label if probability >= threshold else None, probability, top)
