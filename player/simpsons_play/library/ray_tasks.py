"""What runs on the machines of a Ray cluster: the tasks of `ray_engine`, and what serves them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2

from simpsons_play import __version__
from simpsons_play.analysis.part_source import Part
from simpsons_play.analysis.parts import PartsDiffer
from simpsons_play.core.cores import all_cores, core_count, share_cores
from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.escaping import one_line
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.engine import EpisodeJob
from simpsons_play.library.episode_analysis import AnalysedEpisode, analyse_episode
from simpsons_play.library.episode_parts import EpisodePart, analyse_episode_part, join_episode
from simpsons_play.library.ray_files import LocalFiles, SharedFile, TaskReport

_REPORT_S = 0.5
"""How often a task reports its progress, in seconds."""


@dataclass(frozen=True, slots=True)
class ClusterTask:
    """What a task is asked to do.

    Attributes:
        job: the video; its path is absolute.
        settings: what it is analysed with.
        files: the files that the settings name, with those that belong to them.
        part: the part to analyse; None for the whole video, or to join parts.
        number: number of the part, for its progress.
        run_id: the same for all tasks of a run; files that are sent are kept until its end.
        processors: processor cores for this task.
        version: version of the program that gives out tasks.
    """

    job: EpisodeJob
    settings: AnalysisSettings
    files: tuple[SharedFile, ...]
    part: Part | None = None
    number: int = 0
    run_id: str = ""
    processors: int = 1
    version: str = __version__


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """How a task ended.

    Attributes:
        kind: `done`; `failed`: an error of this video; `differs`: parts cannot be joined; `fatal`: an error
            that no video escapes.
        reason: the error, as one line.
    """

    kind: Literal["done", "failed", "differs", "fatal"] = "done"
    reason: str = ""


def perform(
    task: ClusterTask, services: Any, *parts: EpisodePart
) -> tuple[TaskStatus, AnalysedEpisode | EpisodePart | None]:
    """Do one task: analyse a video or a part of it, or join its parts.

    Args:
        task: the task.
        services: handle of the `DriverServices`.
        parts: what was found in all parts, to join them.
    """
    if task.version != __version__:
        return TaskStatus(
            "fatal",
            f"a machine of the cluster has simpsons-play {__version__}, and this one {task.version}; "
            "install the same version on all of them",
        ), None
    share_cores(max(1, all_cores() // task.processors))
    cv2.setNumThreads(core_count())
    video = task.job.video
    services.report.remote(TaskReport(task.job.episode_id, task.number, -1.0))
    try:
        settings = _files.local_settings(task.settings, task.files, task.run_id, services)
        network = _networks.load(settings, task.files)
    except SimpsonsError as error:
        return TaskStatus("fatal", str(error)), None
    try:
        local = _files.local_video(task.job, services)
        return TaskStatus(), _result(task, settings, network, local, parts, _reporter(task, services))
    except PartsDiffer as error:
        return TaskStatus("differs", one_line(str(error))), None
    except SourceError as error:
        return TaskStatus("failed", str(error)), None
    except Exception as error:  # a fault with one video must not stop the others
        return TaskStatus("failed", one_line(f"{video}: {type(error).__name__}: {error}")), None


def _result(
    task: ClusterTask,
    settings: AnalysisSettings,
    network: Classifier | Detector,
    video: Path,
    parts: tuple[EpisodePart, ...],
    report: Callable[[float], object],
) -> AnalysedEpisode | EpisodePart:
    name = task.job.video
    if parts:
        return join_episode(video, network, settings, parts, known_as=name)
    if task.part is not None:
        return analyse_episode_part(video, network, settings, task.part, report=report)
    return analyse_episode(video, network, settings, known_as=name, report=report)


def _reporter(task: ClusterTask, services: Any) -> Callable[[float], object]:
    """Reports the time that is reached, now and then."""
    reported_s = time.monotonic()

    def report(time_s: float) -> None:
        nonlocal reported_s
        if time.monotonic() - reported_s >= _REPORT_S:
            reported_s = time.monotonic()
            services.report.remote(TaskReport(task.job.episode_id, task.number, time_s))

    return report


class _Networks:
    """The model of this process, loaded once for all tasks with the same settings."""

    def __init__(self) -> None:
        self._key: object = None
        self._network: Classifier | Detector | None = None

    def load(self, settings: AnalysisSettings, files: tuple[SharedFile, ...]) -> Classifier | Detector:
        """The model that settings name; raises as `load_model`."""
        key = settings.provider, settings.regions, [file.sha256 for file in files], core_count()
        if self._network is None or key != self._key:
            self._network = None  # two models at a time may not fit into memory
            self._network, self._key = settings.load_network(), key
        return self._network


_networks, _files = _Networks(), LocalFiles()
