"""Analyses a file ahead of playback, in a process of its own at the lowest priority.

In this process, however low the priority of its threads, the window would often have to wait for one of them
that holds Python's lock and is not given a core.
"""

from __future__ import annotations

import pickle
import subprocess
import threading
from collections.abc import Generator

from simpsons_play.analysis.analysis_chunk import AnalysisChunk
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.cli.ahead_process import AheadJob, End, Failure
from simpsons_play.core.child_process import give_job, how_it_ended, start_child
from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.timing import StageTimes

_CHUNK_S = 1.0
"""Longest time between two chunks, in seconds: each of them interrupts the window for a moment."""


class AheadAnalysis:
    """Runs the model on a file from `request.start_s` to its end.

    Args:
        request: the file, and how to analyse it.
        known: the detections in all frames before that; may grow once `chunks` has begun.
        times: collects the time that each stage takes.
    """

    def __init__(self, request: PlayRequest, *, known: DetectionLog, times: StageTimes) -> None:
        self._request, self._known, self._times = request, known, times
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def chunks(self) -> Generator[AnalysisChunk, None, tuple[str, ...]]:
        """Start the process, and yield the file chunk by chunk; call this in a thread of its own.

        Returns:
            The warnings of the source; the analysis is complete.

        Raises:
            SourceError: the file cannot be read, or `stop` was called.
            SimpsonsError: the process could not be started, or has failed.
        """
        with self._lock:
            if self._stopped:
                raise SourceError("stopped")
            try:
                process = self._process = start_child(
                    "simpsons_play.cli.entry:analyse_ahead", stdout=subprocess.PIPE, priority="idle"
                )
            except OSError as error:
                reason = clause_of(error)
                raise SimpsonsError(f"the file cannot be analysed ahead of playback: {reason}") from error
        with process:
            try:
                give_job(process, AheadJob(self._request, self._known.columns(), _CHUNK_S))
                return (yield from self._received(process))
            finally:
                self.stop()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    def stop(self) -> None:
        """End the process; `chunks` then ends, too. Any thread may call this."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()  # it writes nothing but chunks

    def _received(self, process: subprocess.Popen[bytes]) -> Generator[AnalysisChunk, None, tuple[str, ...]]:
        if process.stdout is None:
            raise RuntimeError("the process has no standard output")
        while True:
            try:
                message = pickle.load(process.stdout)
            except (EOFError, pickle.UnpicklingError):
                if self._stopped:
                    raise SourceError("stopped") from None
                ended = how_it_ended(process.wait())
                raise SimpsonsError(f"the analysis ended early: its process {ended}") from None
            if isinstance(message, End):
                return message.warnings
            if isinstance(message, Failure):
                kind = SourceError if message.of_source else SimpsonsError
                raise kind(message.reason)
            for stage, seconds in message.stages.items():
                self._times.extend(stage, seconds)
            yield message.chunk
