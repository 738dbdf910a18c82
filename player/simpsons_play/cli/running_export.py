"""One export that the window has started: waits for the detections, then runs in a process of its own."""

from __future__ import annotations

import pickle
import subprocess
import threading
import time

from simpsons_play.cli.export_files import TemporaryFiles
from simpsons_play.cli.export_process import End, ExportTask, Failure, Progress
from simpsons_play.cli.file_detections import Cancelled, FileDetections
from simpsons_play.cli.outputs import Outputs, files_of
from simpsons_play.cli.overwriting import refuse_overwriting
from simpsons_play.core.child_process import dismiss, give_job, how_it_ended, start_child
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.sinks import require_folder
from simpsons_play.sinks.video import format_of
from simpsons_play.window import ExportProgress, ExportState

_ENDS_S = 5.0
"""How long a process that is dismissed may take to remove its files, in seconds."""

_MIN_SHARE = 0.02
"""Share of the work from which the time left is estimated."""


class RunningExport:
    """An export that runs: an `ExportJob`.

    Args:
        request: the file, and what to write.
        network: the model that makes the detections.
        detections: in the file; waited for if they are incomplete.
        length_s: length of the part that is exported in seconds, if that is known.
        total_s: length of the file in seconds, if that is known.
    """

    def __init__(
        self,
        request: PlayRequest,
        network: Classifier | Detector,
        detections: FileDetections,
        *,
        length_s: float | None,
        total_s: float | None,
    ) -> None:
        self._request, self._network, self._detections = request, network.without_session(), detections
        self._length_s, self._total_s = length_s, total_s
        self.path, self.shown = request.outputs[0], files_of(request)[0]
        self._files = TemporaryFiles(request)
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._progress = ExportProgress(ExportState.WAITING)
        self._began: tuple[float, float] | None = None
        """The monotonic time at which the state began, and the share that was done then."""
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="export", daemon=True)

    def start(self) -> None:
        """Start the thread that waits for the analysis, and then for the process."""
        self._thread.start()

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def progress(self) -> ExportProgress:
        """How far it is."""
        with self._lock:
            return self._progress

    def cancel(self) -> None:
        """Stop it; what it has written is removed as soon as its process has ended."""
        with self._lock:
            self._cancelled.set()
            if self._process is not None:
                dismiss(self._process)

    def _run(self) -> None:
        try:
            log = self._detections.complete(self._cancelled, self._waits)
            last = self._export(ExportTask(self._request, self._network, log.columns()))
        except Cancelled:
            last = ExportProgress(ExportState.CANCELLED)
        except SimpsonsError as error:
            last = ExportProgress(ExportState.FAILED, error=str(error))
        except Exception as error:  # nobody would see it
            last = ExportProgress(ExportState.FAILED, error=f"{type(error).__name__}: {error}")
        with self._lock:
            self._progress = last

    def _waits(self, reached_s: float) -> None:
        self._show(ExportState.WAITING, reached_s / self._total_s if self._total_s else 0.0)

    def _export(self, task: ExportTask) -> ExportProgress:
        """Run the process; returns how it ended."""
        if self._cancelled.is_set():
            raise Cancelled
        try:
            process = start_child(
                "simpsons_play.cli.entry:export_file", stdout=subprocess.PIPE, priority="low"
            )
        except OSError as error:
            raise SimpsonsError(f"the export cannot be started: {clause_of(error)}") from error
        self._show(ExportState.RUNNING, 0.0)
        with process:
            try:
                give_job(process, task)
                with self._lock:  # not before: closing a pipe waits for what is being written to it
                    self._process = process
                    if self._cancelled.is_set():
                        dismiss(process)
                ended = self._ended(process)
            finally:
                with self._lock:
                    self._process = None
                dismiss(process)
                try:
                    process.wait(_ENDS_S)
                except subprocess.TimeoutExpired:
                    process.kill()
        if ended is None:  # dismissed, killed or crashed
            self._files.remove()
            if self._cancelled.is_set():
                raise Cancelled
            raise SimpsonsError(f"the export ended early: its process {how_it_ended(process.wait())}")
        if isinstance(ended, Failure):
            raise SimpsonsError(ended.reason)
        return ExportProgress(ExportState.DONE, share=1.0, left_s=0.0, warnings=ended.warnings)

    def _ended(self, process: subprocess.Popen[bytes]) -> End | Failure | None:
        """Follow the progress of the process; returns its last message, None if it has sent none."""
        if process.stdout is None:
            raise RuntimeError("the process has no standard output")
        while True:
            try:
                message: Progress | End | Failure = pickle.load(process.stdout)
            except (EOFError, pickle.UnpicklingError):
                return None
            if not isinstance(message, Progress):
                return message
            done_s = max(0.0, message.time_s - self._request.start_s)
            self._show(ExportState.RUNNING, done_s / self._length_s if self._length_s else 0.0)

    def _show(self, state: ExportState, share: float) -> None:
        share, now_s = min(share, 1.0), time.monotonic()
        with self._lock:
            if self._began is None or self._progress.state is not state:
                self._began = now_s, share
            began_s, before = self._began
            done = share - before
            left_s = (now_s - began_s) * (1 - share) / done if done >= _MIN_SHARE else None
            self._progress = ExportProgress(state, share, left_s)


def refuse_outputs(request: PlayRequest) -> None:
    """Raise SinkError if an output cannot be written, or would overwrite a file that is read."""
    if request.output is not None:
        format_of(request.output)
    if request.report is not None and (request.report.exists() or request.report.is_symlink()):
        require_folder(request.report)
    Outputs(request)
    refuse_overwriting([request])
    for path in filter(None, (request.output, *request.subtitles, *request.predictions)):
        require_folder(path.parent, of=path)
