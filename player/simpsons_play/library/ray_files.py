"""Files of the machine that gives out tasks, for the other machines of a Ray cluster."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from simpsons_play.core.errors import ClusterError, ModelError, SimpsonsError, SourceError
from simpsons_play.core.escaping import one_line
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.inference.onnx_file import model_files
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.engine import EpisodeJob
from simpsons_play.library.episode_analysis import episode_id

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


def shared_files(settings: AnalysisSettings) -> tuple[SharedFile, ...]:
    """The files that settings name, for machines that do not see them."""
    try:
        paths = [] if settings.model is None else [settings.model, *model_files(settings.model)]
        paths += [] if settings.cast is None else [settings.cast]
        return tuple(SharedFile.of(path) for path in dict.fromkeys(paths))
    except SimpsonsError:
        raise
    except OSError as error:
        raise ModelError(f"{settings.model or settings.cast}: {clause_of(error)}") from error


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
        self._has_sent = False

    def has_sent(self) -> bool:
        """Whether any file was sent."""
        return self._has_sent

    def report(self, report: TaskReport) -> None:
        """Note how far a task is."""
        self._reports.append(report)

    def take_reports(self) -> list[TaskReport]:
        """What was reported since the last call."""
        taken, self._reports = self._reports, []
        return taken

    def read(self, path: Path, offset: int) -> bytes:
        """A piece of a file from a position on; empty at its end."""
        self._has_sent = True
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(_CHUNK_BYTES)


class LocalFiles:
    """Files of the machine that gives out tasks, as this machine has them.

    If it sees the same file at the same path, as on a shared disk, it is read there. Otherwise it is sent,
    and kept until the run ends; of videos, each process keeps only the last one.
    """

    def __init__(self) -> None:
        self._folder = Path()
        self._video: tuple[str, Path] | None = None

    def local_settings(
        self, settings: AnalysisSettings, files: tuple[SharedFile, ...], run_id: str, services: Any
    ) -> AnalysisSettings:
        """The settings with paths of this machine.

        Raises:
            ClusterError: a file cannot be read on its machine.
        """
        self._folder = _folder_of(run_id) / str(os.getpid())
        places = {file.path: self._local_file(file, files, services) for file in files}
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
            if found_id == job.episode_id and found.is_file():
                return found
            self._video = None
            shutil.rmtree(found.parent, ignore_errors=True)
        local = self._folder / "video" / job.video.name
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
        local = self._folder / group / file.path.relative_to(top)
        if not local.is_file():
            try:
                _receive(file.path, local, services)
            except Exception as error:
                raise ClusterError(f"{file.path} cannot be sent to the machines: {error}") from error
        return local


def remove_files(run_id: str) -> None:
    """Remove the files that were sent to this machine in a run."""
    shutil.rmtree(_folder_of(run_id), ignore_errors=True)


def _folder_of(run_id: str) -> Path:
    return Path(tempfile.gettempdir()) / f"simpsons-play-{run_id}"


def _receive(path: Path, local: Path, services: Any) -> None:
    """Copy a file of the other machine, piece by piece; it has its name when it is complete."""
    import ray

    local.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    incoming = local.with_name(f"{local.name}.part")
    with incoming.open("wb") as file:
        while data := ray.get(services.read.remote(path, file.tell())):
            file.write(data)
    incoming.replace(local)
