"""Results from detections that are known already: no model runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.core.errors import DetectionLogError
from simpsons_play.core.frames import SAME_TIME_S, Frame, Image
from simpsons_play.core.results import FrameResult
from simpsons_play.core.timing import StageTimes, measured
from simpsons_play.tracking.postprocess import Postprocessor

_OTHER_VIDEO = "the cached detections do not match this video; run it once with --no-cache"


class Replay:
    """Analyses the frames of a source, or of a part of it, from known detections.

    The results of a part are those of the whole source: the shots at both ends are postprocessed whole.

    Args:
        log: detection log of the whole source.
        postprocessor: a new postprocessor, or one that was reset.
        first: position in the log of the first frame of the part.
        times: collects the time that each stage takes; None measures nothing.
    """

    def __init__(
        self,
        log: DetectionLog,
        postprocessor: Postprocessor,
        *,
        first: int = 0,
        times: StageTimes | None = None,
    ) -> None:
        self._log, self._postprocessor, self._first, self._times = log, postprocessor, first, times
        self._next = log.shot_of(first)[0] if first else 0
        self._end = first
        """Of the part so far: results from here on are not wanted."""

    def thumbnail(self, frame: Frame) -> None:
        """None: known detections need no thumbnail."""

    def update(self, frame: Frame, thumbnail: Image | None = None) -> tuple[FrameResult, ...]:
        """Look up the next frame, and return the results that are now settled; see `Postprocessor.update`.

        Raises:
            DetectionLogError: the log belongs to another source.
        """
        with measured(self._times, "smooth"):
            position = self._first + frame.index
            try:
                detected = self._log[position]
            except IndexError:
                raise DetectionLogError(_OTHER_VIDEO) from None
            if abs(detected.time_s - frame.time_s) > SAME_TIME_S:
                raise DetectionLogError(_OTHER_VIDEO)
            if frame.index == 0:
                self._postprocess_until(position)  # what the shot showed before the part
            self._next, self._end = position + 1, position + 1
            return self._wanted(self._postprocessor.update(detected))

    def flush(self) -> tuple[FrameResult, ...]:
        """Return all remaining results; call this after the last frame."""
        if self._end == self._first:
            return ()
        settled = self._postprocess_until(self._log.shot_of(self._end - 1)[1])
        return self._wanted([*settled, *self._postprocessor.flush()])

    def _postprocess_until(self, end: int) -> list[FrameResult]:
        settled: list[FrameResult] = []
        while self._next < end:
            settled += self._postprocessor.update(self._log[self._next])
            self._next += 1
        return settled

    def _wanted(self, results: Iterable[FrameResult]) -> tuple[FrameResult, ...]:
        """The results of the part, numbered as its frames."""
        return tuple(
            replace(result, index=result.index - self._first) if self._first else result
            for result in results
            if self._first <= result.index < self._end
        )
