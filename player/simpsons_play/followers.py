"""What networks say of frames, over time -> predictions and captions. Pure but for the memory of what came.

No network is needed here: what it said once can be followed again, at another threshold.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from simpsons_play.config import AnalysisConfig
from simpsons_play.head_tracker import FollowedHead, HeadTracker
from simpsons_play.regions import DETECT, REGION_CHOICES
from simpsons_play.smoothing import Smoother
from simpsons_play.types import HEAD, Analysis, Box, Caption, Prediction, Region, Sighting


class Follower(Protocol):
    """Follows what a network says through one video."""

    def step(self, sighting: Sighting) -> Analysis:
        """Take the next frame in: its predictions, and captions smoothed over time."""
        ...

    def reset(self) -> None:
        """Forget what came before, as after a seek."""
        ...


def make_follower(
    labels: tuple[str, ...], config: AnalysisConfig, *, regions: str, threshold: float
) -> Follower:
    """The follower for what a network looks at.

    Args:
        labels: of the network.
        config: how steady captions are, how heads are followed, how many guesses are kept.
        regions: a key of `regions.REGION_CHOICES`, or `regions.DETECT`.
        threshold: below this probability nobody is named; 0-1.
    """
    if regions == DETECT:
        return HeadFollower(labels, config, threshold)
    return RegionFollower(labels, config, threshold, REGION_CHOICES[regions])


class RegionFollower:
    """Follows the same regions through all frames: a `Follower`."""

    def __init__(
        self, labels: tuple[str, ...], config: AnalysisConfig, threshold: float, names: tuple[str, ...]
    ) -> None:
        self._labels, self._threshold, self._top, self._names = labels, threshold, config.top, names
        self._smoothers = [Smoother(threshold, config.smoothing) for _ in names]

    def step(self, sighting: Sighting) -> Analysis:
        """One prediction for each region, and at most one caption."""
        captions, predictions = [], []
        places = sighting.places
        for name, smoother, box, row in zip(
            self._names, self._smoothers, places.boxes, places.probabilities, strict=True
        ):
            region = Region(name, Box(*(int(side) for side in box)))
            if shown := smoother.step(sighting.time_s, row, cut=sighting.cut):
                captions.append(Caption(region, self._labels[shown[0]], min(1.0, shown[1])))
            predictions.append(_predict(region, row, self._labels, self._threshold, self._top))
        return _analysis(sighting, predictions, captions)

    def reset(self) -> None:
        """Forget what came before."""
        for smoother in self._smoothers:
            smoother.reset()


class HeadFollower:
    """Follows each head: a `Follower`. Regions are `head-1` and so on, anew in each shot."""

    def __init__(self, labels: tuple[str, ...], config: AnalysisConfig, threshold: float) -> None:
        self._labels, self._threshold, self._top = labels, threshold, config.top
        self._tracker = HeadTracker(threshold, config.smoothing, config.tracking)

    def step(self, sighting: Sighting) -> Analysis:
        """One prediction for each head of this frame; a caption for each that is named."""
        heads, size_px = sighting.places, sighting.size_px
        predictions, captions = [], []
        for head in self._tracker.step(sighting.time_s, heads, cut=sighting.cut):
            if head.seen is not None:
                region = _region(head.number, heads.boxes[head.seen], size_px)
                row = heads.probabilities[head.seen]
                predictions.append(_predict(region, row, self._labels, self._threshold, self._top))
            if head.shown is not None:
                captions.append(self._caption(head, head.shown, size_px))
        return _analysis(sighting, predictions, captions)

    def reset(self) -> None:
        """Forget what came before."""
        self._tracker.reset()

    def _caption(self, head: FollowedHead, shown: tuple[int, float], size_px: tuple[int, int]) -> Caption:
        name, probability = shown
        return Caption(_region(head.number, head.box, size_px), self._labels[name], min(1.0, probability))


def _analysis(sighting: Sighting, predictions: list[Prediction], captions: list[Caption]) -> Analysis:
    return Analysis(
        sighting.index,
        sighting.time_s,
        sighting.cut,
        tuple(predictions),
        tuple(captions),
        sighting.repeated,
    )


def _region(number: int, box: Any, size_px: tuple[int, int]) -> Region:
    """A head's region: whole pixels inside the frame, at least one of them."""
    width, height = size_px
    x_min, y_min = min(int(box[0]), width - 1), min(int(box[1]), height - 1)
    x_max, y_max = max(x_min + 1, round(float(box[2]))), max(y_min + 1, round(float(box[3])))
    return Region(f"{HEAD}{number}", Box(max(0, x_min), max(0, y_min), min(width, x_max), min(height, y_max)))


def _predict(region: Region, row: Any, labels: tuple[str, ...], threshold: float, most: int) -> Prediction:
    best = np.argsort(-row)[:most]
    top = tuple((labels[i], float(row[i])) for i in best)
    label, probability = top[0]
    return Prediction(region, label if probability >= threshold else None, probability, top)
