"""What networks say of frames, over time -> predictions and captions. Pure but for the memory of what came.

No network is needed here: what it said once can be followed again, at another threshold. Each shot is
followed for itself: what was said before a cut changes nothing after it.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

import numpy as np

from simpsons_play.core.config import AnalysisConfig, SmoothingConfig
from simpsons_play.core.crops import DETECT, PARTS, REGION_CHOICES, regions_of
from simpsons_play.core.types import HEAD, Analysis, Box, Caption, Prediction, Region, Sighting
from simpsons_play.tracking.crop_labels import PartNames
from simpsons_play.tracking.debounce import Steadying
from simpsons_play.tracking.head_labels import HeadNames
from simpsons_play.tracking.head_tracker import HeadTracker
from simpsons_play.tracking.merge import merged
from simpsons_play.tracking.moment import Moment
from simpsons_play.tracking.smoother import Smoother

VERSION = 3
"""Of what is made of what a network says: results of another are not used again."""

_SAME_S = 1e-6
"""Differences of times are rounded."""


class Follower(Protocol):
    """Follows what a network says through one video.

    A frame is settled when enough of what follows it is known.
    """

    def step(self, sighting: Sighting) -> tuple[Analysis, ...]:
        """Take the next frame in, and give those that are settled now, in their order.

        With `ahead_s` and `gap_s` of 0, this is the frame itself and no other.
        """
        ...

    def finish(self) -> tuple[Analysis, ...]:
        """Nothing follows: give all that is left."""
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
    follower = (
        HeadFollower(labels, config, threshold)
        if regions == DETECT
        else RegionFollower(labels, config, threshold, REGION_CHOICES[regions])
    )
    return follower if config.smoothing.gap_s == 0 else SteadyFollower(follower, config.smoothing)


class SteadyFollower:
    """Follows as another one does, and mends what that settles: a `Follower`."""

    def __init__(self, follower: Follower, config: SmoothingConfig) -> None:
        self._follower = follower
        self._steadying = Steadying(gap_s=config.gap_s, flash_s=config.flash_s)

    def step(self, sighting: Sighting) -> tuple[Analysis, ...]:
        """What is settled and mended now."""
        ended = self.finish() if sighting.cut else ()
        return ended + self._steadying.step(self._follower.step(sighting))

    def finish(self) -> tuple[Analysis, ...]:
        """All that is left."""
        return self._steadying.step(self._follower.finish()) + self._steadying.finish()

    def reset(self) -> None:
        """Forget what came before."""
        self._follower.reset()
        self._steadying.reset()


class RegionFollower:
    """Follows the same regions through all frames: a `Follower`."""

    def __init__(
        self, labels: tuple[str, ...], config: AnalysisConfig, threshold: float, names: tuple[str, ...]
    ) -> None:
        self._labels, self._threshold, self._top, self._names = labels, threshold, config.top, names
        self._smoothers = [Smoother(threshold, config.smoothing) for _ in names]
        self._ahead_s = config.smoothing.ahead_s - _SAME_S
        self._waiting: deque[Sighting] = deque()

    def step(self, sighting: Sighting) -> tuple[Analysis, ...]:
        """One prediction for each region, and at most one caption."""
        settled = list(self.finish()) if sighting.cut else []
        self._waiting.append(sighting)
        while self._waiting and sighting.time_s - self._waiting[0].time_s >= self._ahead_s:
            settled.append(self._settle())
        return tuple(settled)

    def finish(self) -> tuple[Analysis, ...]:
        """All that is left."""
        return tuple(self._settle() for _ in range(len(self._waiting)))

    def reset(self) -> None:
        """Forget what came before."""
        self._waiting.clear()
        for smoother in self._smoothers:
            smoother.reset()

    def _settle(self) -> Analysis:
        sighting = self._waiting.popleft()
        captions, predictions = [], []
        places = sighting.places
        for i, (name, smoother) in enumerate(zip(self._names, self._smoothers, strict=True)):
            region = Region(name, Box(*(int(side) for side in places.boxes[i])))
            row = places.probabilities[i]
            later = [(then.time_s, then.places.probabilities[i]) for then in self._waiting]
            if shown := smoother.step(sighting.time_s, row, cut=sighting.cut, later=later):
                captions.append(Caption(region, self._labels[shown[0]], min(1.0, shown[1])))
            predictions.append(_predict(region, row, self._labels, self._threshold, self._top))
        return _analysis(sighting, predictions, merged(captions))


class HeadFollower:
    """Follows each head: a `Follower`. Regions are `head-1` and so on, anew in each shot.

    Where a classifier looked at the frame and its halves, too, these may be named where no head is.
    """

    def __init__(self, labels: tuple[str, ...], config: AnalysisConfig, threshold: float) -> None:
        self._labels, self._threshold, self._config = labels, threshold, config
        self._tracker = HeadTracker(threshold, config.smoothing, config.tracking)
        self._time_s: float
        self.reset()

    def step(self, sighting: Sighting) -> tuple[Analysis, ...]:
        """One prediction for each head of this frame; a caption for each that is named."""
        begins = sighting.cut or sighting.time_s < self._time_s
        settled = list(self.finish()) if begins else []
        self._time_s = sighting.time_s
        heads = self._tracker.step(sighting.time_s, sighting.places, cut=begins)
        self._waiting.append((Moment(sighting, heads), begins))
        ahead_s = self._config.smoothing.ahead_s - _SAME_S
        while self._waiting and sighting.time_s - self._waiting[0][0].sighting.time_s >= ahead_s:
            settled.append(self._settle())
        return tuple(settled)

    def finish(self) -> tuple[Analysis, ...]:
        """All that is left."""
        return tuple(self._settle() for _ in range(len(self._waiting)))

    def reset(self) -> None:
        """Forget what came before."""
        self._tracker.reset()
        self._begin_shot()
        self._waiting: deque[tuple[Moment, bool]] = deque()
        self._time_s = float("-inf")

    def _settle(self) -> Analysis:
        moment, begins = self._waiting.popleft()
        if begins:
            self._begin_shot()
        later = [then for then, _ in self._waiting]
        named = self._names.step(moment, later, begins=begins)
        by_part = self._parts.step(moment, later, named, begins=begins)
        named |= {found.head: found.named for found in by_part if found.head is not None}
        sighting, predictions, captions = moment.sighting, [], []
        places, size_px = sighting.places, sighting.size_px
        for head in moment.heads:
            if head.seen is not None:
                region = _region(head.number, places.boxes[head.seen], size_px)
                row = places.probabilities[head.seen]
                predictions.append(_predict(region, row, self._labels, self._threshold, self._config.top))
            if head.number in named:
                name, probability = named[head.number]
                region = _region(head.number, head.box, size_px)
                captions.append(Caption(region, self._labels[name], min(1.0, probability)))
        for found in by_part:
            if found.head is None and places.parts is not None:
                (region,) = regions_of(*size_px, (found.part,))
                row = places.parts[PARTS.index(found.part)]
                predictions.append(_predict(region, row, self._labels, self._threshold, self._config.top))
                name, probability = found.named
                captions.append(Caption(region, self._labels[name], min(1.0, probability)))
        return _analysis(sighting, predictions, captions)

    def _begin_shot(self) -> None:
        self._names = HeadNames(self._threshold, self._config)
        self._parts = PartNames(self._threshold, self._config)


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
