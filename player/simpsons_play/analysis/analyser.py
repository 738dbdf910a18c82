"""Analyses frames: shot boundaries, repeated pictures, inference and postprocessing, in this order."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import cv2

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import AUTO, CROP_CHOICES, DETECT
from simpsons_play.core.errors import DetectionLogError
from simpsons_play.core.frames import SAME_TIME_S, Frame, Image
from simpsons_play.core.results import Detections, FrameDetections, FrameResult
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.recognizers import CropRecognizer, HeadRecognizer, Recognizer
from simpsons_play.inference.shot_boundaries import ShotBoundaryDetector
from simpsons_play.tracking import postprocess
from simpsons_play.tracking.postprocess import Postprocessor, make_postprocessor

REPEAT_DIFFERENCE = 3
"""Thumbnails in which no pixel differs by more than this, of 255, count as the same picture. Cartoons are
drawn on twos, and compression changes a repeated picture by no more than this."""

_OTHER_VIDEO = "the cached detections do not match this video; run it once with --no-cache"


class Analyser:
    """Analyses the frames of one source in order. Not thread-safe.

    Attributes:
        threshold: below this probability no label is shown; 0-1.
        regions: regions that the model runs on: a key of `crops.CROP_CHOICES`, or `crops.DETECT`.
        postprocessor: turns detections into results.
    """

    def __init__(
        self, network: Classifier | Detector, config: AnalysisConfig, *, times: StageTimes | None = None
    ) -> None:
        """Prepare the model for one source.

        Args:
            network: the model.
            config: options of the analysis.
            times: collects the time that each stage takes; None measures nothing.

        Raises:
            ValueError: the threshold, `top` or `regions` is invalid for this model.
        """
        self.threshold = network.card.threshold if config.threshold is None else config.threshold
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"the threshold must be between 0 and 1, not {self.threshold}")
        if config.top < 1:
            raise ValueError(f"top must be at least 1, not {config.top}")
        self.regions = _regions(network, config)
        self._stills, self._times = config.stills, times
        self._log: DetectionLog | None = None
        self._recognizer: Recognizer = (
            HeadRecognizer(network, config)
            if isinstance(network, Detector)
            else CropRecognizer(network, self.regions)
        )
        self._labels, self._config = network.card.labels, config
        self.postprocessor = self.make_postprocessor(self.threshold)
        self._shot_boundaries = ShotBoundaryDetector()
        self._thumbnail: Image | None = None
        self._detections: Detections | None = None

    def set_threshold(self, threshold: float) -> None:
        """Change the threshold for the following frames; this resets tracking."""
        self.threshold = threshold
        self.postprocessor = self.make_postprocessor(threshold)

    def make_postprocessor(self, threshold: float) -> Postprocessor:
        """A new postprocessor for this model's detections."""
        return make_postprocessor(self._labels, self._config, regions=self.regions, threshold=threshold)

    def postprocessing_id(self, threshold: float) -> str:
        """An ID of everything besides the detections that affects captions: settings, regions, version."""
        config = self._config
        settings = (config.smoothing, config.tracking, config.crops)
        return f"{postprocess.VERSION} {self.regions} {threshold!r} {settings}"

    def record(self, log: DetectionLog) -> None:
        """Append the detections in all following frames to a log."""
        self._log = log

    def reset(self) -> None:
        """Discard all state, as after a seek."""
        self._thumbnail = self._detections = None
        self._shot_boundaries.reset()
        self.postprocessor.reset()

    def update(self, frame: Frame) -> tuple[FrameResult, ...]:
        """Analyse the next frame, and return the results that are now settled; see `Postprocessor.update`."""
        return self.postprocess(self.detect(frame))

    def flush(self) -> tuple[FrameResult, ...]:
        """Return all remaining results; call this after the last frame."""
        return self.postprocessor.flush()

    def detect(self, frame: Frame) -> FrameDetections:
        """Only run the model on the next frame, or reuse detections if the picture is a repeat."""
        with _measured(self._times, "prepare"):
            thumbnail = self._recognizer.thumbnail(frame.image)
            cut = self._shot_boundaries.update(thumbnail) or self._stills
            repeated = not cut and self._is_repeat(thumbnail)
        if self._detections is None or not repeated:
            with _measured(self._times, "classify"):
                self._detections = self._recognizer.recognize(
                    frame.image, thumbnail, cut=cut or self._detections is None
                )
            self._thumbnail = thumbnail
        height, width = frame.image.shape[:2]
        detected = FrameDetections(
            frame.index, frame.time_s, (width, height), cut, repeated, self._detections
        )
        if self._log is not None:
            self._log.append(detected)
        return detected

    def postprocess(self, detected: FrameDetections) -> tuple[FrameResult, ...]:
        """Only postprocess the detections in the next frame; see `Postprocessor.update`."""
        with _measured(self._times, "smooth"):
            return self.postprocessor.update(detected)

    def _is_repeat(self, thumbnail: Image) -> bool:
        # Compare with the last picture that the model ran on, not with the previous frame, so that slow
        # changes cannot add up unnoticed.
        if self._thumbnail is None:
            return False
        return cv2.norm(thumbnail, self._thumbnail, cv2.NORM_INF) <= REPEAT_DIFFERENCE


class Replay:
    """Analyses the frames of a source from cached detections."""

    def __init__(
        self, log: DetectionLog, postprocessor: Postprocessor, *, times: StageTimes | None = None
    ) -> None:
        """Prepare a log for one pass.

        Args:
            log: detection log of the same source.
            postprocessor: a new postprocessor, or one that was reset.
            times: collects the time that each stage takes; None measures nothing.
        """
        self._log, self._postprocessor, self._times = log, postprocessor, times

    def update(self, frame: Frame) -> tuple[FrameResult, ...]:
        """Look up the next frame, and return the results that are now settled; see `Postprocessor.update`.

        Raises:
            DetectionLogError: the log belongs to another source.
        """
        with _measured(self._times, "smooth"):
            try:
                detected = self._log[frame.index]
            except IndexError:
                raise DetectionLogError(_OTHER_VIDEO) from None
            if abs(detected.time_s - frame.time_s) > SAME_TIME_S:
                raise DetectionLogError(_OTHER_VIDEO)
            return self._postprocessor.update(detected)

    def flush(self) -> tuple[FrameResult, ...]:
        """Return all remaining results; call this after the last frame."""
        return self._postprocessor.flush()


def _measured(times: StageTimes | None, stage: str) -> AbstractContextManager[None]:
    return nullcontext() if times is None else times.measure(stage)


def _regions(network: Classifier | Detector, config: AnalysisConfig) -> str:
    allowed = (AUTO, DETECT) if network.card.detects else tuple(CROP_CHOICES)
    if config.regions not in allowed:
        raise ValueError(
            f"regions must be one of {', '.join(allowed)} with this model, not {config.regions!r}"
        )
    if network.card.detects:
        return DETECT
    # Pictures are usually framed around their subject; their halves are classified only on request.
    return "full" if config.stills and config.regions == AUTO else config.regions
