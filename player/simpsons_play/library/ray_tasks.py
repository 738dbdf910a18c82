"""What runs on the machines of a Ray cluster: the tasks of `ray_engine`, and what serves them."""

from __future__ import annotations

import atexit
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import cv2

from simpsons_play import __version__
from simpsons_play.analysis.part_source import Part
from simpsons_play.analysis.parts import PartsDiffer
from simpsons_play.core.cores import all_cores, core_count, share_cores
from simpsons_play.core.errors import ClusterError, SimpsonsError, SourceError
from simpsons_play.core.escaping import one_line
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.engine import EpisodeJob
from simpsons_play.library.episode_analysis import AnalysedEpisode, analyse_episode, episode_id
from simpsons_play.library.episode_parts import EpisodePart, analyse_episode_part, join_episode

_REPORT_S = 0.5
"""How often a task reports its progress, in seconds."""

_CHUNK_BYTES = 4 << 20
"""How much of a file is sent at a time: many chunks fit into the smallest object store."""


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file of the machine that gives out tasks, such as a model.

    Attributes:
        path: its absolute path there.
        sha256: its content.
    """

    path: Path
    sha256: str

    @classmethod
    def of(cls, path: Path) -> SharedFile:
        """Read a file; raises OSError."""
        return cls(path.absolute(), sha256(path.read_bytes()).hexdigest())


@dataclass(frozen=True, slots=True)
class ClusterTask:
    """What a task is asked to do.

    Attributes:
        job: the video; its path is absolute.
        settings: what it is analysed with.
        files: the files that the settings name, with those that belong to them.
        part: the part to analyse; None for the whole video, or to join parts.
        number: number of the part, for its progress.
        processors: processor cores for this task.
        version: version of the program that gives out tasks.
    """

    job: EpisodeJob
    settings: AnalysisSettings
    files: tuple[SharedFile, ...]
    part: Part | None = None
    number: int = 0
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


@dataclass(frozen=True, slots=True)
class TaskReport:
    """How far a task is: of which video, the number of the part, and the time it has reached, in seconds."""

    episode_id: str
    number: int
    time_s: float


class DriverServices:
    """Runs on the machine that gives out tasks: sends its files, and collects the progress of all tasks."""

    def __init__(self) -> None:
        self._reports: list[TaskReport] = []

    def report(self, report: TaskReport) -> None:
        """Note how far a task is."""
        self._reports.append(report)

    def take_reports(self) -> list[TaskReport]:
        """What was reported since the last call."""
        taken, self._reports = self._reports, []
        return taken

    def read(self, path: Path, offset: int) -> bytes:
        """A piece of a file from a position on; empty at its end."""
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(_CHUNK_BYTES)


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
        settings = _files.local_settings(task, services)
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


class _Files:
    """Files of the machine that gives out tasks, as this machine has them.

    If it sees the same file at the same path, as on a shared disk, it is read there. Otherwise it is sent,
    and kept until this process ends; of videos, only the last one is kept.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._video: tuple[str, Path] | None = None

    def local_settings(self, task: ClusterTask, services: Any) -> AnalysisSettings:
        """The settings with paths of this machine.

        Raises:
            ClusterError: a file cannot be read on its machine.
        """
        places = {file.path: self._local_file(file, task.files, services) for file in task.files}
        settings = task.settings
        model, cast = (
            None if path is None else places.get(path.absolute(), path)
            for path in (settings.model, settings.cast)
        )
        return replace(settings, model=model, cast=cast)

    def local_video(self, job: EpisodeJob, services: Any) -> Path:
        """The video on this machine.

        Raises:
            SourceError: it cannot be read.
        """
        with suppress(SourceError):  # it may be readable elsewhere
            if job.video.is_file() and episode_id(job.video) == job.episode_id:
                return job.video
        if self._video is not None:
            found_id, found = self._video
            if found_id == job.episode_id:
                return found
            self._video = None
            shutil.rmtree(found.parent, ignore_errors=True)
        local = self._temporary() / "video" / job.video.name
        try:
            _receive(job.video, local, services)
        except Exception as error:
            reason = one_line(str(getattr(error, "cause", None) or error))
            raise SourceError(f"{job.video} cannot be sent to {platform.node()}: {reason}") from error
        self._video = job.episode_id, local
        return local

    def _local_file(self, file: SharedFile, files: tuple[SharedFile, ...], services: Any) -> Path:
        if file.path.is_file() and SharedFile.of(file.path).sha256 == file.sha256:
            return file.path
        # Files that belong together keep their places relative to each other.
        top = Path(os.path.commonpath([other.path.parent for other in files]))
        group = sha256("".join(other.sha256 for other in files).encode()).hexdigest()[:16]
        local = self._temporary() / group / file.path.relative_to(top)
        if not local.is_file():
            try:
                _receive(file.path, local, services)
            except Exception as error:
                raise ClusterError(f"{file.path} cannot be sent to the machines: {error}") from error
        return local

    def _temporary(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="simpsons-play-"))
            atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder


def _receive(path: Path, local: Path, services: Any) -> None:
    """Copy a file of the other machine, piece by piece; it has its name when it is complete."""
    import ray

    local.parent.mkdir(parents=True, exist_ok=True)
    incoming = local.with_name(f"{local.name}.part")
    with incoming.open("wb") as file:
        while data := ray.get(services.read.remote(path, file.tell())):
            file.write(data)
    incoming.replace(local)


_networks, _files = _Networks(), _Files()
