"""A process that analyses videos for a library, one after the other; `local_engine` starts it."""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

import cv2

from simpsons_play.core.child_process import message_pipe, read_job
from simpsons_play.core.cores import core_count, share_cores
from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.escaping import one_line
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.engine import EpisodeJob, JobDone, JobFailed, JobProgress
from simpsons_play.library.episode_analysis import analyse_episode

_REPORT_S = 0.5
"""How often a worker reports its progress, in seconds."""


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """What a worker is told before its first job.

    Attributes:
        settings: what the videos are analysed with.
        processes: how many workers share the cores of this machine.
    """

    settings: AnalysisSettings
    processes: int


@dataclass(frozen=True, slots=True)
class Fatal:
    """No video can be analysed, and why, in one line."""

    reason: str


def main() -> None:
    """Analyse the videos that standard input names, until it is closed."""
    setup: WorkerSetup = read_job()
    share_cores(setup.processes)
    cv2.setNumThreads(core_count())
    jobs: queue.SimpleQueue[EpisodeJob] = queue.SimpleQueue()
    threading.Thread(target=_read_jobs, args=(jobs,), name="jobs", daemon=True).start()
    with message_pipe() as send:
        try:
            network = setup.settings.load_network()
        except SimpsonsError as error:
            send(Fatal(str(error)))
            return
        while True:
            send(result_of(jobs.get(), network, setup.settings, send))


def result_of(
    job: EpisodeJob, network: Classifier | Detector, settings: AnalysisSettings, send: Any
) -> JobDone | JobFailed:
    """Analyse one video; an error of this video is a result, too.

    Args:
        job: the video.
        network: the model, loaded.
        settings: what the video is analysed with.
        send: called with a `JobProgress` about twice a second.
    """
    reported_s = time.monotonic()

    def report(analysed_s: float) -> None:
        nonlocal reported_s
        if time.monotonic() - reported_s >= _REPORT_S:
            reported_s = time.monotonic()
            send(JobProgress(job, analysed_s))

    try:
        analysed = analyse_episode(job.video, network, settings, report=report)
        return JobDone(job, analysed.files, analysed.warnings)
    except SourceError as error:
        return JobFailed(job, str(error))
    except Exception as error:  # a fault with one video must not stop the others
        return JobFailed(job, one_line(f"{job.video}: {type(error).__name__}: {error}"))


def _read_jobs(jobs: queue.SimpleQueue[EpisodeJob]) -> None:
    try:
        while True:
            jobs.put(read_job())
    except (EOFError, OSError):
        sys.stderr.flush()
        os._exit(0)  # nobody waits for the results; all files are written atomically
