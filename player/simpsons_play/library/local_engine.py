"""Analyses videos on this machine, each in a process of its own."""

from __future__ import annotations

import pickle
import queue
import subprocess
import threading
from collections import deque
from collections.abc import Generator, Iterator, Sequence

from simpsons_play.core.child_process import dismiss, give_job, how_it_ended, start_child
from simpsons_play.core.cores import all_cores
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.engine import (
    EpisodeJob,
    JobDone,
    JobEvent,
    JobFailed,
    JobProgress,
    JobStarted,
)
from simpsons_play.library.worker import Fatal, WorkerSetup

_MAX_ATTEMPTS = 2
"""How often a video is tried whose process is killed: the memory may have been full of the others."""


class LocalEngine:
    """Analyses videos in processes on this machine: an `Engine`.

    Each process loads the models once, and ends if the program is killed that started it.

    Args:
        processes: number of processes; 0 for one on each core.
    """

    def __init__(self, processes: int = 0) -> None:
        self._processes = processes or all_cores()

    def run(self, jobs: Sequence[EpisodeJob], settings: AnalysisSettings) -> Generator[JobEvent]:
        """Analyse videos; see `Engine.run`."""
        if not jobs:
            return
        run = _Run(jobs, settings, min(self._processes, len(jobs)))
        try:
            yield from run.events()
        finally:
            run.stop()


class _Run:
    """The processes of one run, each with a thread that gives it jobs and receives its messages."""

    def __init__(self, jobs: Sequence[EpisodeJob], settings: AnalysisSettings, processes: int) -> None:
        self._setup = WorkerSetup(settings, processes)
        self._waiting, self._open = deque((job, 1) for job in jobs), len(jobs)
        self._events: queue.SimpleQueue[JobEvent | SimpsonsError] = queue.SimpleQueue()
        self._lock, self._stopped = threading.Lock(), False
        self._running: list[subprocess.Popen[bytes]] = []
        self._threads = [
            threading.Thread(target=self._work, name="library worker", daemon=True) for _ in range(processes)
        ]
        for thread in self._threads:
            thread.start()

    def events(self) -> Iterator[JobEvent]:
        while self._open:
            event = self._events.get()
            if isinstance(event, SimpsonsError):
                raise event
            if isinstance(event, JobDone | JobFailed):
                self._open -= 1
            yield event

    def stop(self) -> None:
        """End all processes."""
        with self._lock:
            self._stopped = True
            self._waiting.clear()
            for process in self._running:
                dismiss(process)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            while self._waiting and not self._stopped:
                self._run_process()
        except Exception as error:  # nobody would wait for the others
            self._events.put(error if isinstance(error, SimpsonsError) else SimpsonsError(str(error)))

    def _run_process(self) -> None:
        """Start a process, and give it jobs until there are none, or until it ends."""
        with self._lock:
            if self._stopped:
                return
            try:
                process = start_child("simpsons_play.library.worker:main", stdout=subprocess.PIPE)
            except OSError as error:
                raise SimpsonsError(f"no process can be started: {clause_of(error)}") from error
            self._running.append(process)
        try:
            with process:
                give_job(process, self._setup)
                while (taken := self._take()) is not None:
                    job, attempt = taken
                    if not self._analyse(process, job):
                        self._lost(job, attempt, how_it_ended(process.wait()))
                        return
                dismiss(process)
        finally:
            with self._lock:
                self._running.remove(process)

    def _take(self) -> tuple[EpisodeJob, int] | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting and not self._stopped else None

    def _analyse(self, process: subprocess.Popen[bytes], job: EpisodeJob) -> bool:
        """Let a process do one job; returns False if the process ends before that."""
        if process.stdout is None:
            raise RuntimeError("the process has no standard output")
        self._events.put(JobStarted(job))
        give_job(process, job)
        while True:
            try:
                message = pickle.load(process.stdout)
            except (EOFError, pickle.UnpicklingError, OSError):
                return False
            if isinstance(message, Fatal):
                raise SimpsonsError(message.reason)
            self._events.put(message)
            if not isinstance(message, JobProgress):
                return True

    def _lost(self, job: EpisodeJob, attempt: int, how: str) -> None:
        if self._stopped:
            return
        if attempt < _MAX_ATTEMPTS:
            with self._lock:
                self._waiting.append((job, attempt + 1))
        else:
            self._events.put(JobFailed(job, f"{job.video} could not be analysed: its process {how}"))
