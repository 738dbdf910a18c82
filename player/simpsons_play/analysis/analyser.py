"""Analyses frames: sampling, inference and postprocessing, in this order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.head_looks import HeadLooks
from simpsons_play.analysis.head_tracks import HeadTracks
from simpsons_play.analysis.sampler import FrameSampler, Sample
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.crops import AUTO, CROP_CHOICES, DETECT
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import Detections, FrameDetections, FrameResult
from simpsons_play.core.timing import StageTimes, measured
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.inference.recognizers import CropRecognizer, HeadRecognizer, Recognizer
from simpsons_play.tracking import postprocess
from simpsons_play.tracking.postprocess import Postprocessor, make_postprocessor

_SAMPLE_SHARES = {"full": 0.75, "halves": 0.36, AUTO: 0.36}
"""Regions of a classifier -> how long it waits from one sample to the next, as a share of `sample_s`. Crops
have no tracks, so their names need more samples: with fewer, both names of two characters side by side are
right for 95% instead of 98% of the time. The classifier is quicker than the detector."""


@dataclass(frozen=True, slots=True)
class PendingDetections:
    """The detections of a frame before the model has run.

    Attributes:
        index: frame index.
        time_s: frame time in seconds.
        size_px: width and height of the frame.
        sample: whether it begins a shot or repeats a picture.
        run: runs the model, in any thread; None if the detections of an earlier frame are used.
        image: returns the frame's image, (H, W, 3) uint8 BGR.
    """

    index: int
    time_s: float
    size_px: tuple[int, int]
    sample: Sample
    run: Callable[[], Detections] | None
    image: Callable[[], Image]


class Analyser:
    """Analyses the frames of one source in order. Not thread-safe, except for `thumbnail`.

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
        self._model_threshold = network.card.threshold
        self.threshold = self._model_threshold if config.threshold is None else config.threshold
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"the threshold must be between 0 and 1, not {self.threshold}")
        if config.top < 1:
            raise ValueError(f"top must be at least 1, not {config.top}")
        self.regions = _regions(network, config)
        config = replace(config, sample_s=config.sample_s * _SAMPLE_SHARES.get(self.regions, 1.0))
        self._times = times
        self._log: DetectionLog | None = None
        self._recognizer: Recognizer = (
            HeadRecognizer(network, config)
            if isinstance(network, Detector)
            else CropRecognizer(network, self.regions)
        )
        self._labels, self._config = network.card.labels, config
        self._taught = network.taught
        self.postprocessor = self.make_postprocessor(self.threshold, self._taught)
        self._sampler = FrameSampler(config)
        self._embedder = network.embedder if isinstance(network, Detector) else None
        self._looks = HeadLooks(config.tracking.coast_s)
        self._held: tuple[Frame, Image, Sample] | None = None
        self._detections: Detections | None = None

    @property
    def samples(self) -> bool:
        """Whether the model runs on some frames only, and captions are interpolated between them."""
        return self._config.sample_s > 0

    @property
    def fills_in(self) -> bool:
        """Whether detections of samples may be replaced by those of the samples around them.

        Only those of heads: between samples of crops that agree, others often have another name. In the
        labelled clip, both names of two characters side by side would be right for 96% instead of 98%.
        """
        return self.samples and self.regions == DETECT

    def set_threshold(self, threshold: float) -> None:
        """Change the threshold for the following frames; this resets tracking."""
        self.threshold = threshold
        self.postprocessor = self.make_postprocessor(threshold, self._taught)

    def set_taught(self, taught: TaughtNames | None) -> None:
        """Change the taught names for the following frames; resets tracking, and heads are embedded again."""
        self._taught = taught
        self._looks.reset()
        self.postprocessor = self.make_postprocessor(self.threshold, taught)

    def make_postprocessor(self, threshold: float, taught: TaughtNames | None) -> Postprocessor:
        """A new postprocessor for this model's detections."""
        return make_postprocessor(
            self._labels, self._config, regions=self.regions, threshold=threshold, taught=taught
        )

    def head_tracks(self, log: DetectionLog) -> HeadTracks:
        """What follows the heads in a log of this model's detections."""
        return HeadTracks(log, self._config, threshold=self._model_threshold)

    def postprocessing_id(self, threshold: float) -> str:
        """An ID of everything besides the detections that affects captions: settings, regions, version."""
        config = self._config
        settings = (config.smoothing, config.tracking, config.crops, config.sample_s)
        taught = "" if self._taught is None else f" {self._taught.id}"
        return f"{postprocess.VERSION} {self.regions} {threshold!r} {settings}{taught}"

    def record(self, log: DetectionLog) -> None:
        """Append the detections in all following frames to a log."""
        self._log = log

    def reset(self) -> None:
        """Discard all state, as after a seek."""
        self._detections = self._held = None
        self._sampler.reset()
        self._looks.reset()
        self.postprocessor.reset()

    def update(self, frame: Frame, thumbnail: Image | None = None) -> tuple[FrameResult, ...]:
        """Analyse the next frame, and return the results that are now settled; see `Postprocessor.update`."""
        pending = self.begin(frame, self.thumbnail(frame) if thumbnail is None else thumbnail)
        return self._results(pending)

    def flush(self) -> tuple[FrameResult, ...]:
        """Return all remaining results; call this after the last frame."""
        return (*self._results(self.end()), *self.postprocessor.flush())

    def _results(self, pending: Iterable[PendingDetections]) -> tuple[FrameResult, ...]:
        return tuple(result for one in pending for result in self.postprocess(self._run(one)))

    def _run(self, pending: PendingDetections) -> FrameDetections:
        return self.complete(pending, None if pending.run is None else pending.run())

    def thumbnail(self, frame: Frame) -> Image:
        """The thumbnail of any frame, for `update`; may be made ahead in another thread."""
        with measured(self._times, "prepare"):
            return self._recognizer.thumbnail(frame)

    def detect(self, frame: Frame) -> FrameDetections:
        """Only run the model on the next frame, or use the detections of the last one that it ran on.

        Only valid if frames are not sampled (`sample_s` is 0).
        """
        (pending,) = self.begin(frame, self.thumbnail(frame))
        return self._run(pending)

    def begin(self, frame: Frame, thumbnail: Image) -> tuple[PendingDetections, ...]:
        """Add the next frame; the caller runs the model, in any thread, and then calls `complete`.

        Returns:
            The frames for which it is now known whether the model runs on them. If frames are sampled, that
            is the previous one, because the last frame of a shot is only known when the next shot begins.
        """
        sample = self._sampler.update(frame.time_s, thumbnail)
        if not self.samples:
            return (self._pending(frame, thumbnail, sample, runs=sample.runs),)
        decided = self._release(shot_ends=sample.cut)
        self._held = frame, thumbnail, sample
        return decided

    def end(self) -> tuple[PendingDetections, ...]:
        """As `begin`, for a frame that turns out to be the last one."""
        return self._release(shot_ends=True)

    def drop_held(self) -> None:
        """Forget the frame that `end` would return, because the frames before it are missing."""
        self._held = None

    def _release(self, *, shot_ends: bool) -> tuple[PendingDetections, ...]:
        if self._held is None:
            return ()
        (frame, thumbnail, sample), self._held = self._held, None
        runs = sample.runs or (shot_ends and sample.runs_if_last)
        return (self._pending(frame, thumbnail, sample, runs=runs),)

    def _pending(self, frame: Frame, thumbnail: Image, sample: Sample, *, runs: bool) -> PendingDetections:
        def run() -> Detections:
            with measured(self._times, "classify"):
                return self._recognizer.recognize(frame, thumbnail, crops=sample.crops)

        return PendingDetections(
            frame.index, frame.time_s, frame.size_px, sample, run if runs else None, lambda: frame.image
        )

    def complete(
        self, pending: PendingDetections, detections: Detections | None, *, filled: bool = False
    ) -> FrameDetections:
        """Turn pending detections into those of a frame; call this in the order of `begin`.

        Args:
            pending: result of `begin`.
            detections: result of its `run`, if it has one.
            filled: whether they come from the samples around it instead; see `fills_in`.
        """
        sample, last, runs = pending.sample, self._detections, pending.run is not None
        if sample.cut:
            self._looks.reset()
        if detections is not None:
            if filled:
                self._looks.follow(pending.time_s, detections)
            else:
                detections = self._embedded(pending, detections)
            if detections.crop_probabilities is None and last is not None:
                detections = replace(detections, crop_probabilities=last.crop_probabilities)
            self._detections = last = detections
        if last is None:
            raise ValueError("the detections of the first frame are missing")
        detected = FrameDetections(
            pending.index,
            pending.time_s,
            pending.size_px,
            sample.cut,
            sample.repeated,
            last,
            sampled=runs or not self.samples,
        )
        if self._log is not None:
            self._log.append(detected)
        return detected

    def _embedded(self, pending: PendingDetections, detections: Detections) -> Detections:
        """The same detections with the embeddings of heads that have not been seen, or not as well."""
        if self._embedder is None:
            return detections
        chosen = self._looks.choose(pending.time_s, detections)
        if not len(chosen):
            return detections
        with measured(self._times, "embed"):
            embeddings = np.zeros((len(detections), self._embedder.dimensions), np.float16)
            embeddings[chosen] = self._embedder.embed(pending.image(), detections.boxes[chosen])
        return replace(detections, embeddings=embeddings)

    def postprocess(self, detected: FrameDetections) -> tuple[FrameResult, ...]:
        """Only postprocess the detections in the next frame; see `Postprocessor.update`."""
        with measured(self._times, "smooth"):
            return self.postprocessor.update(detected)


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
