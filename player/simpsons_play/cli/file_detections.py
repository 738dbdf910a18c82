"""The detections in a file that is open in the window, for exports: complete, or waited for."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.video_cache import VideoCache, resumable
from simpsons_play.cli.ahead import AheadAnalysis
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.timing import StageTimes

_POLL_S = 0.1


class Cancelled(Exception):
    """Raised by `FileDetections.complete` if they are not wanted any more."""


class FileDetections:
    """The detections in one file, which grow while the window analyses it. Thread-safe.

    If the window leaves the file before they are complete, whoever waits for them analyses the rest: no frame
    is analysed twice.

    Args:
        request: the file, and how to analyse it.
        log: the detections so far; extended by the window until it calls `leave`.
        cache: stores them.
    """

    def __init__(self, request: PlayRequest, log: DetectionLog, cache: VideoCache) -> None:
        self._request, self._log, self._cache = request, log, cache
        self._left = threading.Event()
        self._error: SimpsonsError | None = None
        self._resuming = threading.Lock()

    def fail(self, error: SimpsonsError) -> None:
        """The analysis in the window has ended with an error."""
        self._error = error

    def leave(self) -> None:
        """The window has left the file, and the log does not grow any more."""
        self._left.set()

    def complete(self, cancelled: threading.Event, report: Callable[[float], object]) -> DetectionLog:
        """Wait for the detections in the whole file.

        Args:
            cancelled: ends the wait once it is set.
            report: called from time to time with the time that is reached, in seconds.

        Raises:
            Cancelled: `cancelled` was set.
            SimpsonsError: the file cannot be analysed.
        """
        while not self._log.complete:
            if cancelled.is_set():
                raise Cancelled
            if self._left.is_set() and self._resuming.acquire(blocking=False):
                try:
                    self._resume(cancelled, report)
                finally:
                    self._resuming.release()
                continue
            if self._error is not None and not self._left.is_set():
                raise self._error
            report(_reached_s(self._log))
            cancelled.wait(_POLL_S)
        return self._log

    def _resume(self, cancelled: threading.Event, report: Callable[[float], object]) -> None:
        """Analyse the rest of the file, as far as it is wanted."""
        if self._log.complete:  # another export has just done it
            return
        self._log, from_s = resumable(self._log)
        rest = dataclasses.replace(self._request, start_s=max(0.0, from_s - SAME_TIME_S), duration_s=None)
        ahead = AheadAnalysis(rest, known=self._log, times=StageTimes())
        chunks, warnings = ahead.chunks(), None
        try:
            while warnings is None:
                try:
                    self._log.extend(next(chunks).columns)
                except StopIteration as end:
                    warnings = end.value
                report(_reached_s(self._log))
                if cancelled.is_set() and warnings is None:
                    self._cache.store(self._log)
                    raise Cancelled
        finally:
            ahead.stop()
            chunks.close()
        self._log.complete = True
        if not warnings:
            self._cache.store(self._log)


def _reached_s(log: DetectionLog) -> float:
    return log[len(log) - 1].time_s if len(log) else 0.0
