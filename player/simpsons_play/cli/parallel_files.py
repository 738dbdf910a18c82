"""Plays several files at a time without a window, each in a process of its own."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import count

import click

from simpsons_play.cli.file_process import EXIT_ENDS_RUN, FileJob
from simpsons_play.cli.outputs import Outputs
from simpsons_play.cli.overwriting import refuse_overwriting
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.child_process import dismiss, give_job, how_it_ended, start_child
from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.escaping import one_line
from simpsons_play.core.exit_codes import EXIT_INCOMPLETE, EXIT_INTERRUPTED
from simpsons_play.core.interrupts import held_interrupt, one_interrupt
from simpsons_play.core.play_request import PlayRequest

_ERROR, _PROVIDER = "Error: ", "Provider: "


def play_in_parallel(requests: Sequence[PlayRequest], *, jobs: int) -> bool:
    """Analyse several sources at a time, and print a summary of each, in the order of the requests.

    Args:
        requests: as for `play_without_window`; none is a device or a pipe, which only one process can read.
        jobs: number of sources that are analysed at the same time.

    Returns:
        Whether all of every source could be read; else a warning says what is missing.

    Raises:
        SimpsonsError: as `play_without_window`. After an error that is not one of a source, the files that
            were started are finished, and no other is.
        KeyboardInterrupt: after everything written so far was completed as shorter, valid files.
    """
    for request in requests:
        Outputs(request)  # raises SinkError before anything is started
    refuse_overwriting(requests)
    processes = _Processes(min(jobs, len(requests)))
    results = _Results(len(requests))
    silent = requests[0].quiet or requests[0].as_json
    bar = progress_bar("Files", len(requests), unit="files")
    with (
        one_interrupt() as no_more_interrupts,
        nullcontext(lambda done: None) if silent else bar as show,
        ThreadPoolExecutor(jobs, "file") as executor,
    ):
        done = count(1)
        futures = deque(executor.submit(processes.play, request) for request in requests)
        for future in futures:
            future.add_done_callback(lambda _: show(next(done)))
        try:
            results.report(futures, processes)
        except KeyboardInterrupt:
            no_more_interrupts()
            processes.stop()
            results.report(futures, processes)
            raise
        except BaseException:
            processes.stop()
            raise
    return results.conclude()


@dataclass(frozen=True, slots=True)
class _Ended:
    """How a process ended: what it printed on standard output, its exit code, and why if it failed."""

    printed: str
    code: int
    error: str


class _Processes:
    """Runs files in processes of their own, until it is told not to start any more.

    Args:
        jobs: number of processes that run at the same time.

    Attributes:
        stopped: whether those that ran were stopped.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._lock = threading.Lock()
        self._running: list[subprocess.Popen[bytes]] = []
        self._full = self._told_provider = False
        self.stopped = False

    def play(self, request: PlayRequest) -> _Ended | None:
        """Play a file and pass on its warnings; None if it was not started. Runs in a thread of its own."""
        with tempfile.TemporaryFile() as printed:
            with self._lock:
                if self._full:
                    return None
                process = start_child(
                    "simpsons_play.cli.entry:play_file", stdout=printed, stderr=subprocess.PIPE
                )
                give_job(process, FileJob(request, self._jobs))
                self._running.append(process)
            with process:
                if process.stderr is None:
                    raise RuntimeError("the process has no standard error")
                error = ""
                for line in io.TextIOWrapper(process.stderr, encoding="utf-8", errors="replace"):
                    if line.startswith(_ERROR):
                        error = line.removeprefix(_ERROR).rstrip("\n")
                    else:
                        self._tell(line.rstrip("\n"), request.source)
                code = process.wait()
            with self._lock:
                self._running.remove(process)
            printed.seek(0)
            error = error or f"{request.source} could not be finished: its process {how_it_ended(code)}"
            return _Ended(printed.read().decode("utf-8", "replace"), code, error)

    def start_no_more(self) -> None:
        """Let those that run finish, and start no other."""
        with self._lock:
            self._full = True

    def stop(self) -> None:
        """Let those that run complete what they have written so far, and start no other."""
        with self._lock:
            self._full = self.stopped = True
            for process in self._running:
                dismiss(process)

    def _tell(self, line: str, source: str) -> None:
        if line.startswith(_PROVIDER):  # the same for all
            with self._lock:
                told, self._told_provider = self._told_provider, True
            if told:
                return
        elif source not in line:
            line = f"{source}: {line}"
        try:
            _say(line)
        except BrokenPipeError:
            raise
        except OSError:  # a full disk behind stderr must not stop the run
            pass


class _Results:
    """Prints what the processes have printed, and counts those that failed.

    Args:
        sources: the number of sources.
    """

    def __init__(self, sources: int) -> None:
        self._sources, self._failed = sources, 0
        self._complete, self._ended_by = True, ""

    def report(self, futures: deque[Future[_Ended | None]], processes: _Processes) -> None:
        """Report each file as soon as it and all before it are done; those reported leave the queue."""
        while futures:
            ended = futures[0].result()
            with held_interrupt():
                futures.popleft()
                if ended is not None:
                    self._report(ended, processes)

    def conclude(self) -> bool:
        """Whether all of every source could be read.

        Raises:
            SimpsonsError: a source could not be played, or another error has ended the run.
        """
        if self._ended_by:
            raise SimpsonsError(self._ended_by)
        if self._failed:
            raise SourceError(
                f"{self._failed} of {self._sources} sources could not be played; the others are done"
            )
        return self._complete

    def _report(self, ended: _Ended, processes: _Processes) -> None:
        click.echo(ended.printed, nl=False, file=sys.stdout)  # named, as in `_say`
        if ended.code == EXIT_ENDS_RUN:
            self._ended_by = self._ended_by or ended.error
            processes.start_no_more()
        elif ended.code == EXIT_INCOMPLETE:
            self._complete = False
        elif ended.code and not (processes.stopped and ended.code == EXIT_INTERRUPTED):
            _say(f"{_ERROR}{ended.error}")
            self._failed += 1


def _say(line: str) -> None:
    # Named, because what click finds by itself bypasses rich, which moves the progress bar out of the way.
    click.echo(one_line(line), file=sys.stderr)
