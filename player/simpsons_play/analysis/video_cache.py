"""Cached detections and spans of one video."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from math import inf
from pathlib import Path

from simpsons_play.analysis.cache import DetectionCache
from simpsons_play.analysis.cache_key import key_of
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.stranger_edits import StrangerEdits
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.errors import DetectionLogError, SourceError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.inference.model import Network
from simpsons_play.timelines.spans import Span


class VideoCache:
    """Loads and stores the detection log of one video. Does nothing if caching is disabled.

    Args:
        video: a file that is analysed as a whole; None disables caching.
        network: the model.
        regions: regions that the model runs on.
        config: options of the analysis.

    Raises:
        SourceError: the video cannot be read.
    """

    def __init__(self, video: Path | None, network: Network, *, regions: str, config: AnalysisConfig) -> None:
        self._video, self._network = video, network
        self._cache, self._key = DetectionCache(), ""
        if video is not None:
            try:
                self._key = key_of(
                    video,
                    network.paths,
                    regions=regions,
                    min_score=config.tracking.min_score,
                    every=config.crops.every,
                    sample_s=config.sample_s,
                    naming=network.naming,
                )
            except OSError as error:
                raise SourceError(f"{video} cannot be read: {clause_of(error)}") from error

    @property
    def enabled(self) -> bool:
        """Whether caching is enabled."""
        return bool(self._key)

    def new_log(self) -> DetectionLog:
        """An empty log for the video."""
        return DetectionLog({"source": str(self._video), "model": self._network.title})

    def load(self) -> DetectionLog | None:
        """The log of the whole video; None if it is not cached, or only in part."""
        log = self._load()
        return log if log is not None and log.complete else None

    def load_or_begin(self) -> tuple[DetectionLog, float]:
        """The cached log or a new one, and the time at which the analysis should continue, in seconds.

        An incomplete log is cut off at a shot boundary. The analysis restarts there, so the results are the
        same as if it had never been interrupted.
        """
        log = self._load()
        if log is None or not len(log):
            return self.new_log(), 0.0
        if log.complete:
            return log, log[len(log) - 1].time_s
        return resumable(log)

    def store(self, log: DetectionLog) -> str:
        """Store a log unless a longer one is cached; returns a one-line warning if that fails, or ""."""
        try:
            if self._key and (log.complete or len(log) > self._cache.frames(self._key)):
                self._cache.store(self._key, log)
        except DetectionLogError as error:  # the requested outputs are complete
            return f"the detections are not cached: {error}"
        return ""

    def load_spans(self, *, made_by: str) -> tuple[Span, ...] | None:
        """The spans of the whole video; see `DetectionCache.load_spans`."""
        return self._cache.load_spans(self._key, made_by=made_by) if self._key else None

    def store_spans(self, spans: Sequence[Span], *, made_by: str) -> None:
        """Store the spans of the whole video, if its log is cached.

        If this fails, the next run makes them again.
        """
        if self._key and self._cache.frames(self._key) == inf:
            with suppress(DetectionLogError):
                self._cache.store_spans(self._key, spans, made_by=made_by)

    def load_edits(self) -> StrangerEdits:
        """What the user has merged and split among the strangers of the video."""
        return self._cache.load_edits(self._key) if self._key else StrangerEdits()

    def store_edits(self, edits: StrangerEdits) -> None:
        """Store what the user has merged and split; if this fails, it is only kept while the video plays."""
        if self._key:
            with suppress(DetectionLogError):
                self._cache.store_edits(self._key, edits)

    def _load(self) -> DetectionLog | None:
        log = self._cache.load(self._key) if self._key else None
        labels = len(self._network.card.labels)
        if log is not None and len(log) and log[0].detections.probabilities.shape[1] != labels:
            return None  # the file was modified
        return log


def resumable(log: DetectionLog) -> tuple[DetectionLog, float]:
    """A copy of an incomplete log that ends with a shot, and the time to continue at, in seconds."""
    if not len(log):
        return DetectionLog(dict(log.about)), 0.0
    start, _ = log.shot_of(len(log) - 1)
    return log.until(start), log[start].time_s if start else 0.0
