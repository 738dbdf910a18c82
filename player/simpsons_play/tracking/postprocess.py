"""Turns detections over time into predictions and captions. Pure, except for the state kept between frames.

Postprocessing runs no model, so cached detections can be postprocessed again with another threshold. Each
shot is processed separately: frames before a cut do not affect frames after it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.config import AnalysisConfig, SmoothingConfig
from simpsons_play.core.crops import CROP_CHOICES, CROPS, DETECT, crop_regions
from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import HEAD, Caption, FrameDetections, FrameResult, Prediction, Region
from simpsons_play.tracking.crop_labels import CropLabels
from simpsons_play.tracking.debounce import Debouncer
from simpsons_play.tracking.head_labels import HeadLabels
from simpsons_play.tracking.head_tracker import HeadTracker, TrackedFrame
from simpsons_play.tracking.interpolate import Interpolator
from simpsons_play.tracking.merge import merged
from simpsons_play.tracking.smoother import Smoother
from simpsons_play.tracking.taught_heads import TaughtHeads

VERSION = 3
"""Version of the postprocessing; cached results of other versions are discarded."""


class Postprocessor(Protocol):
    """Turns the detections in one video, frame by frame, into results.

    A result is settled when enough of the following frames are known.
    """

    def update(self, detected: FrameDetections) -> tuple[FrameResult, ...]:
        """Add the detections in the next frame, and return the results that are now settled, in order.

        If `ahead_s` and `gap_s` are 0, this is exactly the result of this frame.
        """
        ...

    def flush(self) -> tuple[FrameResult, ...]:
        """Return all remaining results; call this after the last frame."""
        ...

    def reset(self) -> None:
        """Discard all state, as after a seek."""
        ...


def make_postprocessor(
    labels: tuple[str, ...],
    config: AnalysisConfig,
    *,
    regions: str,
    threshold: float,
    taught: TaughtNames | None = None,
) -> Postprocessor:
    """Make the postprocessor for a model's detections.

    Args:
        labels: labels of the model.
        config: options of the analysis.
        regions: a key of `crops.CROP_CHOICES`, or `crops.DETECT`.
        threshold: below this probability no label is shown, 0-1.
        taught: names heads by their embeddings; None for only the names of the model.
    """
    if config.sample_s > 0:
        config = replace(config, smoothing=config.smoothing.for_samples(config.sample_s))
    postprocessor: Postprocessor = (
        HeadPostprocessor(labels, config, threshold, taught)
        if regions == DETECT
        else CropPostprocessor(labels, config, threshold, CROP_CHOICES[regions])
    )
    if config.smoothing.gap_s > 0:
        postprocessor = DebouncedPostprocessor(postprocessor, config.smoothing)
    return SampledPostprocessor(postprocessor) if config.sample_s > 0 else postprocessor


class SampledPostprocessor:
    """Passes sampled frames to another postprocessor, and interpolates between them: a `Postprocessor`."""

    def __init__(self, postprocessor: Postprocessor) -> None:
        self._postprocessor, self._interpolator = postprocessor, Interpolator()

    def update(self, detected: FrameDetections) -> tuple[FrameResult, ...]:
        """Add the detections in the next frame, and return the results that are now settled."""
        if not detected.sampled:
            self._interpolator.add(detected)
            return ()
        ended = self.flush() if detected.cut else ()
        self._interpolator.add_sampled(detected)
        return ended + tuple(self._interpolator.settle(self._postprocessor.update(detected)))

    def flush(self) -> tuple[FrameResult, ...]:
        """Return all remaining results."""
        return (
            *self._interpolator.settle(self._postprocessor.flush()),
            *self._interpolator.flush(),
        )

    def reset(self) -> None:
        """Discard all state."""
        self._postprocessor.reset()
        self._interpolator.reset()


class DebouncedPostprocessor:
    """Debounces the captions of another postprocessor: a `Postprocessor`."""

    def __init__(self, postprocessor: Postprocessor, config: SmoothingConfig) -> None:
        self._postprocessor = postprocessor
        self._debouncer = Debouncer(gap_s=config.gap_s, flash_s=config.flash_s)

    def update(self, detected: FrameDetections) -> tuple[FrameResult, ...]:
        """Add the detections in the next frame, and return the results that are now settled."""
        ended = self.flush() if detected.cut else ()
        return ended + self._debouncer.update(self._postprocessor.update(detected))

    def flush(self) -> tuple[FrameResult, ...]:
        """Return all remaining results."""
        return self._debouncer.update(self._postprocessor.flush()) + self._debouncer.flush()

    def reset(self) -> None:
        """Discard all state."""
        self._postprocessor.reset()
        self._debouncer.reset()


class CropPostprocessor:
    """Smooths the labels of fixed crops, which are the same in all frames: a `Postprocessor`."""

    def __init__(
        self, labels: tuple[str, ...], config: AnalysisConfig, threshold: float, names: tuple[str, ...]
    ) -> None:
        self._labels, self._threshold, self._top, self._names = labels, threshold, config.top, names
        self._smoothers = [Smoother(threshold, config.smoothing) for _ in names]
        self._ahead_s = config.smoothing.ahead_s - SAME_TIME_S
        self._waiting: deque[FrameDetections] = deque()

    def update(self, detected: FrameDetections) -> tuple[FrameResult, ...]:
        """As `Postprocessor.update`, with one prediction and at most one caption for each crop."""
        settled = list(self.flush()) if detected.cut else []
        self._waiting.append(detected)
        while self._waiting and detected.time_s - self._waiting[0].time_s >= self._ahead_s:
            settled.append(self._settle())
        return tuple(settled)

    def flush(self) -> tuple[FrameResult, ...]:
        """Return all remaining results."""
        return tuple(self._settle() for _ in range(len(self._waiting)))

    def reset(self) -> None:
        """Discard all state."""
        self._waiting.clear()
        for smoother in self._smoothers:
            smoother.reset()

    def _settle(self) -> FrameResult:
        detected = self._waiting.popleft()
        captions, predictions = [], []
        detections = detected.detections
        for i, (name, smoother) in enumerate(zip(self._names, self._smoothers, strict=True)):
            region = Region(name, Box(*(int(side) for side in detections.boxes[i])))
            row = detections.probabilities[i]
            later = [(after.time_s, after.detections.probabilities[i]) for after in self._waiting]
            if shown := smoother.update(detected.time_s, row, cut=detected.cut, later=later):
                captions.append(Caption(region, self._labels[shown[0]], min(1.0, shown[1])))
            predictions.append(_predict(region, row, self._labels, self._threshold, self._top))
        return _result(detected, predictions, merged(captions))


class HeadPostprocessor:
    """Tracks and labels heads: a `Postprocessor`. Regions are `head-1` and so on, renumbered in each shot.

    If the detections include those of the fallback classifier, crops are labelled when no head is. Heads that
    resemble a taught character get its name; see `TaughtHeads`.
    """

    def __init__(
        self,
        labels: tuple[str, ...],
        config: AnalysisConfig,
        threshold: float,
        taught: TaughtNames | None = None,
    ) -> None:
        self._taught = None if taught is None else TaughtHeads(taught)
        self._labels = labels if taught is None else taught.labels
        self._threshold, self._config = threshold, config
        self._tracker = HeadTracker(threshold, config.smoothing, config.tracking)
        self._time_s: float
        self.reset()

    def update(self, detected: FrameDetections) -> tuple[FrameResult, ...]:
        """As `Postprocessor.update`, with predictions for detected and captions for labelled heads."""
        shot_begins = detected.cut or detected.time_s < self._time_s
        settled = list(self.flush()) if shot_begins else []
        self._time_s = detected.time_s
        tracks = self._tracker.update(detected.time_s, detected.detections, cut=shot_begins)
        if self._taught is not None:
            tracks = self._taught.update(tracks, shot_begins=shot_begins)
        self._waiting.append((TrackedFrame(detected, tracks), shot_begins))
        ahead_s = self._config.smoothing.ahead_s - SAME_TIME_S
        while self._waiting and detected.time_s - self._waiting[0][0].time_s >= ahead_s:
            settled.append(self._settle())
        return tuple(settled)

    def flush(self) -> tuple[FrameResult, ...]:
        """Return all remaining results."""
        return tuple(self._settle() for _ in range(len(self._waiting)))

    def reset(self) -> None:
        """Discard all state."""
        self._tracker.reset()
        self._begin_shot()
        self._waiting: deque[tuple[TrackedFrame, bool]] = deque()
        self._time_s = float("-inf")

    def _settle(self) -> FrameResult:
        frame, shot_begins = self._waiting.popleft()
        if shot_begins:
            self._begin_shot()
        later = [after for after, _ in self._waiting]
        heads = self._head_labels.update(frame, later, shot_begins=shot_begins)
        crops = self._crop_labels.update(frame, later, heads, shot_begins=shot_begins)
        heads |= {found.track: found.label for found in crops if found.track is not None}
        detected, predictions, captions = frame.frame, [], []
        for track in frame.tracks:
            if track.detection is not None:
                region = _head_region(track.number, track.detection.box, detected.size_px)
                predictions.append(self._predict(region, track.detection.probabilities))
            if track.number in heads:
                index, probability = heads[track.number]
                region = _head_region(track.number, track.box, detected.size_px)
                captions.append(Caption(region, self._labels[index], min(1.0, probability)))
        rows = detected.detections.crop_probabilities
        for found in crops:
            if found.track is None and rows is not None:
                (region,) = crop_regions(*detected.size_px, (found.crop,))
                predictions.append(self._predict(region, rows[CROPS.index(found.crop)]))
                index, probability = found.label
                captions.append(Caption(region, self._labels[index], min(1.0, probability)))
        return _result(detected, predictions, captions)

    def _predict(self, region: Region, row: Any) -> Prediction:
        return _predict(region, row, self._labels, self._threshold, self._config.top)

    def _begin_shot(self) -> None:
        self._head_labels = HeadLabels(self._threshold, self._config)
        self._crop_labels = CropLabels(self._threshold, self._config)


def _result(detected: FrameDetections, predictions: list[Prediction], captions: list[Caption]) -> FrameResult:
    return FrameResult(
        detected.index,
        detected.time_s,
        detected.cut,
        tuple(predictions),
        tuple(captions),
        detected.repeated,
        detected.detections,
    )


def _head_region(number: int, box: Any, size_px: tuple[int, int]) -> Region:
    """A head's region in whole pixels, clipped to the frame and at least one pixel wide and high."""
    width, height = size_px
    x_min, y_min = min(int(box[0]), width - 1), min(int(box[1]), height - 1)
    x_max, y_max = max(x_min + 1, round(float(box[2]))), max(y_min + 1, round(float(box[3])))
    return Region(f"{HEAD}{number}", Box(max(0, x_min), max(0, y_min), min(width, x_max), min(height, y_max)))


def _predict(region: Region, row: Any, labels: tuple[str, ...], threshold: float, most: int) -> Prediction:
    best = np.argsort(-row)[:most]
    top = tuple((labels[i], float(row[i])) for i in best if row[i] > 0)
    label, probability = labels[best[0]], float(row[best[0]])
    return Prediction(region, label if probability >= threshold else None, probability, top)
