"""Chunks of an analysis that runs in another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.log_columns import LogColumns
from simpsons_play.core.results import FrameDetections, FrameResult
from simpsons_play.timelines.spans import SpanChanges, SpanCollector
from simpsons_play.tracking.postprocess import Postprocessor


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisChunk:
    """The next frames of a video.

    Attributes:
        columns: their detections, for `DetectionLog.extend`.
        settled: the number of frames, from the beginning of the video, whose results are settled.
        changes: how the spans have changed since the chunk before.
    """

    columns: LogColumns
    settled: int
    changes: SpanChanges


class ChunkBuilder:
    """Postprocesses detections, and makes chunks of the results.

    Args:
        log: detections in the frames before the first chunk, which the receiver has, too; it grows.
        postprocessor: a new postprocessor.
        width: frame width in pixels.
    """

    def __init__(self, log: DetectionLog, postprocessor: Postprocessor, *, width: int) -> None:
        self._log, self._postprocessor, self._spans = log, postprocessor, SpanCollector(width)
        self._frames, self._runs, self._settled = len(log), log.runs, 0
        for i in range(len(log)):
            self._settle(postprocessor.update(log[i]))

    def add(self, detected: FrameDetections) -> None:
        """Add the detections in the next frame."""
        self._log.append(detected)
        self._settle(self._postprocessor.update(detected))

    def finish(self) -> None:
        """Settle the remaining results; call this after the last frame."""
        self._settle(self._postprocessor.flush())

    def take(self) -> AnalysisChunk:
        """What was added since the last call."""
        columns = self._log.columns(self._frames, first_run=self._runs)
        self._frames, self._runs = len(self._log), self._log.runs
        return AnalysisChunk(columns, self._settled, self._spans.take_changes())

    def _settle(self, results: Sequence[FrameResult]) -> None:
        for result in results:
            self._spans.add(result)
        self._settled += len(results)
