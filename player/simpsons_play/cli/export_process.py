"""A process that exports a file from known detections; `running_export` starts it.

It sends `Progress`s to its standard output, pickled, and then an `End` or a `Failure`. No model runs: the one
of the job only describes itself.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import click

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.held_frame import HeldFrame
from simpsons_play.analysis.log_columns import LogColumns
from simpsons_play.analysis.pipeline import RunSummary
from simpsons_play.analysis.session import KnownDetections
from simpsons_play.cast.cast import use_names_of
from simpsons_play.cast.cast_file import CastFile
from simpsons_play.cli.base import Command
from simpsons_play.cli.export_files import TemporaryFiles
from simpsons_play.cli.outputs import Outputs
from simpsons_play.cli.play_headless import HeadlessRun
from simpsons_play.core.child_process import message_pipe, read_job, when_dismissed
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.exit_codes import EXIT_INTERRUPTED
from simpsons_play.core.frames import Source
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.results import FrameResult
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.sources import open_requested

_EVERY_S = 0.1
"""Time between two messages about progress, in seconds."""


@dataclass(frozen=True, slots=True)
class ExportTask:
    """What the process is asked to do.

    Attributes:
        request: the file, and what to write.
        network: the model that made the detections, without its session.
        known: the detections in the whole file.
    """

    request: PlayRequest
    network: Classifier | Detector
    known: LogColumns


@dataclass(frozen=True, slots=True)
class Progress:
    """The files are open, and all frames before `time_s` are written."""

    time_s: float


@dataclass(frozen=True, slots=True)
class End:
    """Everything is written.

    Attributes:
        warnings: what the user should know about it, one line each.
    """

    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """The export has failed.

    Attributes:
        reason: the error, as one line.
    """

    reason: str


@click.command(cls=Command, hidden=True)
def export_file() -> None:
    """Export the file that standard input names."""
    with message_pipe() as send:
        task: ExportTask = read_job()
        display = _Display(send, TemporaryFiles(task.request))
        when_dismissed(display.abandon)
        send(_export(task, display))


def _export(task: ExportTask, display: _Display) -> End | Failure:
    request, log = task.request, DetectionLog({})
    log.extend(task.known)
    known = KnownDetections(log, request.start_s, request.duration_s)
    outputs = Outputs(request)
    try:
        if request.cast is not None:
            use_names_of(CastFile(request.cast).load())
        with open_requested(request, tell=display.warn) as source:
            HeadlessRun(request, source, task.network, outputs, display, known=known).play()
    except SimpsonsError as error:
        left = outputs.written()
        return Failure(f"{error}; incomplete: {', '.join(left)}" if left else str(error))
    return End(tuple(display.warnings))


class _Display:
    """Sends the progress of a run: a `RunDisplay`.

    Args:
        send: sends a message.
        files: what the run writes to.

    Attributes:
        warnings: what the run says of its result, one line each.
    """

    def __init__(self, send: Callable[[object], None], files: TemporaryFiles) -> None:
        self._send, self._files = send, files
        self._lock = threading.Lock()
        self._written = False
        self.warnings: list[str] = []

    def abandon(self) -> None:
        """Remove what is written and end the process; called in any thread.

        Once all frames are written, the files are completed instead, which takes a moment.
        """
        with self._lock:
            if not self._written:
                self._files.remove()
                os._exit(EXIT_INTERRUPTED)

    def warn(self, line: str) -> None:
        """Keep a warning for the end."""
        self.warnings.append(line.removeprefix("Warning: "))

    def begin(self, *, cached: bool) -> None:
        """Tell that the files are open."""
        self._send(Progress(0.0))

    @contextmanager
    def watch(self, source: Source) -> Iterator[Callable[[HeldFrame, FrameResult], None]]:
        """Tell the time of the newest frame, several times a second."""
        sent_s = 0.0

        def on_frame(frame: HeldFrame, result: FrameResult) -> None:
            nonlocal sent_s
            if time.monotonic() - sent_s >= _EVERY_S:
                sent_s = time.monotonic()
                self._send(Progress(result.time_s))

        yield on_frame
        with self._lock:
            self._written = True

    def end(self, summary: RunSummary, source: Source, written: Sequence[str], *, complete: bool) -> None:
        """Nothing: `End` follows."""

    def left(self, written: Sequence[str]) -> None:
        """Nothing: `Failure` names them."""
