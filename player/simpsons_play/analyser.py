"""Frame -> what is known of it: regions, network, cuts and smoothing in their order."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import cv2
import numpy as np

from simpsons_play.bench import StageTimes
from simpsons_play.config import AnalysisConfig
from simpsons_play.cuts import CutDetector
from simpsons_play.model import Classifier
from simpsons_play.preprocess import region_batch
from simpsons_play.regions import REGION_CHOICES, regions_of
from simpsons_play.smoothing import Smoother
from simpsons_play.types import Analysis, Caption, Frame, Image, Prediction, Probabilities, Region

REPEAT_DIFFERENCE = 3
"""Pictures as the network sees them that differ nowhere by more than so many steps of 255 count as one: what
is drawn on twos and compressed comes again within that."""


class Analyser:
    """Analyses the frames of one source in their order. Not for several threads at once."""

    def __init__(
        self, classifier: Classifier, config: AnalysisConfig, *, times: StageTimes | None = None
    ) -> None:
        """Get ready.

        Args:
            classifier: the network.
            config: how to look.
            times: told how long each stage takes; None keeps no times.

        Raises:
            ValueError: the threshold, `top` or `regions` cannot be.
        """
        self.threshold = classifier.card.threshold if config.threshold is None else config.threshold
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"a threshold lies between 0 and 1, not at {self.threshold}")
        if config.top < 1:
            raise ValueError(f"top must be at least 1, not {config.top}")
        if config.regions not in REGION_CHOICES:
            raise ValueError(f"regions must be one of {', '.join(REGION_CHOICES)}, not {config.regions!r}")
        self._classifier, self._config = classifier, config
        self._times = times
        self._names = REGION_CHOICES[config.regions]
        self._cuts = CutDetector()
        self._smoothers = [Smoother(self.threshold, config.smoothing) for _ in self._names]
        self._batch: Image | None = None
        self._probabilities: Probabilities | None = None
        self._predictions: tuple[Prediction, ...] = ()

    def reset(self) -> None:
        """Forget what came before, as after a seek."""
        self._batch = self._probabilities = None
        self._cuts.reset()
        for smoother in self._smoothers:
            smoother.reset()

    def step(self, frame: Frame) -> Analysis:
        """Analyse the next frame."""
        height, width = frame.image.shape[:2]
        with self._measured("prepare"):
            regions = regions_of(width, height, self._names)
            batch = region_batch(frame.image, regions, self._classifier.card.size_px)
            cut = self._cuts.step(batch) or self._config.stills
            repeated = not cut and self._repeats(batch)
        if not repeated or self._probabilities is None:
            with self._measured("classify"):
                self._probabilities = self._classifier.classify(batch)
            self._batch = batch
            self._predictions = self._predict(regions, self._probabilities)
        with self._measured("smooth"):
            captions = self._caption(frame.time_s, regions, self._probabilities, cut=cut)
        return Analysis(frame.index, frame.time_s, cut, self._predictions, captions, repeated)

    def _measured(self, stage: str) -> AbstractContextManager[None]:
        return nullcontext() if self._times is None else self._times.measure(stage)

    def _repeats(self, batch: Image) -> bool:
        # Against what the network last saw, not the frame before: slow changes must not add up unseen.
        return self._batch is not None and cv2.norm(batch, self._batch, cv2.NORM_INF) <= REPEAT_DIFFERENCE

    def _predict(self, regions: tuple[Region, ...], probabilities: Probabilities) -> tuple[Prediction, ...]:
        labels = self._classifier.card.labels
        predictions = []
        for region, row in zip(regions, probabilities, strict=True):
            best = np.argsort(-row)[: self._config.top]
            top = tuple((labels[i], float(row[i])) for i in best)
            label, probability = top[0]
            named = label if probability >= self.threshold else None
            predictions.append(Prediction(region, named, probability, top))
        return tuple(predictions)

    def _caption(
        self, time_s: float, regions: tuple[Region, ...], probabilities: Probabilities, *, cut: bool
    ) -> tuple[Caption, ...]:
        captions = []
        for region, smoother, row in zip(regions, self._smoothers, probabilities, strict=True):
            if shown := smoother.step(time_s, row, cut=cut):
                index, probability = shown
                captions.append(Caption(region, self._classifier.card.labels[index], min(1.0, probability)))
        return tuple(captions)
