"""Analyses videos on a Ray cluster, long ones in parts."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simpsons_play.analysis.part_source import Part
from simpsons_play.analysis.parts import plan_parts
from simpsons_play.core.errors import ClusterError, ModelError, SimpsonsError, SourceError
from simpsons_play.core.escaping import one_line
from simpsons_play.core.extras import missing
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.inference.onnx_file import model_files
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.engine import (
    EpisodeJob,
    JobDone,
    JobEvent,
    JobFailed,
    JobProgress,
    JobStarted,
)
from simpsons_play.library.ray_tasks import (
    ClusterTask,
    DriverServices,
    SharedFile,
    TaskReport,
    TaskStatus,
    perform,
)

PART_S = 600.0
"""Default length of the parts of long videos, in seconds: neighbouring parts both read a few seconds, which
is less than a hundredth of this."""

_MAX_RETRIES = 3
"""How often a task is tried again whose worker or machine was lost."""

_TASKS_PER_SLOT = 2
"""Tasks that run or wait on the cluster for each that can run at a time; the others wait here."""

_SHARED_GPU = 0.25
"""Share of a GPU for a task, by default: decoding, on the processor, takes as long as the model."""

_WAIT_S, _RESIZE_S = 0.5, 5.0
"""How often progress is asked for, and the size of the cluster, in seconds."""

_CONNECT_S = 10.0
"""How long to wait for the cluster to take a connection, in seconds."""


class RayEngine:
    """Analyses videos in the tasks of a Ray cluster: an `Engine`.

    Each worker process loads the models once. Tasks whose machine is lost are done again by another one.
    Results return to this process, which alone writes the library. Nodes read videos at the same path if they
    see them there, otherwise they are sent.

    Args:
        address: `HOST:PORT` of the cluster, or `auto`; None connects to the one that `RAY_ADDRESS` names or
            that runs on this machine, and otherwise starts one on this machine alone.
        num_gpus: GPUs for each task, such as 0.5; None for a quarter of one if the cluster has any and the
            provider is not `cpu`.
        part_s: videos that are longer than one and a half times this are split into parts of about this
            length, in seconds.
    """

    def __init__(
        self, address: str | None = None, *, num_gpus: float | None = None, part_s: float = PART_S
    ) -> None:
        self._address, self._num_gpus, self._part_s = address, num_gpus, part_s

    def run(self, jobs: Sequence[EpisodeJob], settings: AnalysisSettings) -> Generator[JobEvent]:
        """Analyse videos; see `Engine.run`.

        Raises:
            ClusterError: the cluster does not answer, or has no GPU although tasks need one.
            DependencyError: ray is not installed.
            ModelError: a model or cast file cannot be read.
        """
        if not jobs:
            return
        if settings.cast is not None and not settings.cast.exists():
            settings = replace(settings, cast=None)  # a machine may have one at this path
        files = _shared_files(settings)
        with _connected(self._address) as ray:
            gpus = _gpus(ray, self._num_gpus, settings)
            run = _Run(ray, jobs, settings, files, gpus=gpus, part_s=self._part_s)
            try:
                yield from run.events()
            finally:
                run.stop()


@dataclass(slots=True, eq=False)
class _Video:
    """A video, and how far it is.

    Attributes:
        job: the video.
        parts: its parts; one for a video that is analysed in one go.
        reached: number of each part -> the time it has reached, in seconds.
        results: number of each part that is done -> reference to its result.
        is_started: whether it is known that a task of it runs.
        is_over: whether its end was told.
    """

    job: EpisodeJob
    parts: tuple[Part, ...]
    reached: dict[int, float] = field(default_factory=dict)
    results: dict[int, Any] = field(default_factory=dict)
    is_started: bool = False
    is_over: bool = False

    def analysed_s(self) -> float:
        """How much of it is analysed, in seconds; parts that read on into the next are cut there."""
        total_s = 0.0
        for number, reached_s in self.reached.items():
            part = self.parts[number] if number < len(self.parts) else Part()
            end_s = reached_s if part.end_s is None else min(reached_s, part.end_s)
            total_s += max(0.0, end_s - part.start_s)
        return total_s


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """A task of a video: one of its parts, by its number; None for all that is left to do of it."""

    video: _Video
    number: int | None = None


class _Run:
    """The tasks of one run."""

    def __init__(
        self,
        ray: Any,
        jobs: Sequence[EpisodeJob],
        settings: AnalysisSettings,
        files: tuple[SharedFile, ...],
        *,
        gpus: float,
        part_s: float,
    ) -> None:
        self._ray, self._settings, self._files, self._gpus = ray, settings, files, gpus
        self._part_s = part_s
        self._planned = deque(jobs)
        self._videos: dict[str, _Video] = {}
        self._waiting: deque[_Work] = deque()
        self._running: dict[Any, tuple[_Work, Any]] = {}
        self._left = len(jobs)
        self._slots, self._resized_s = 0, float("-inf")
        options = {"num_cpus": 1, "num_gpus": gpus, "max_retries": _MAX_RETRIES, "retry_exceptions": False}
        self._perform = ray.remote(perform).options(num_returns=2, scheduling_strategy="SPREAD", **options)
        here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        self._services = (
            ray.remote(DriverServices)
            .options(num_cpus=0, max_restarts=-1, max_concurrency=4, scheduling_strategy=here)
            .remote()
        )
        self._reports = self._services.take_reports.remote()

    def events(self) -> Iterator[JobEvent]:
        while self._left:
            yield from self._submit_all()
            if not self._running:
                continue
            refs = list(self._running)
            ready, _ = self._ray.wait(refs, num_returns=1, timeout=_WAIT_S)
            yield from self._progress()
            for ref in ready:
                work, result = self._running.pop(ref)
                yield from self._ended(work, ref, result)

    def stop(self) -> None:
        """Cancel all tasks."""
        for ref in self._running:
            with suppress(Exception):
                self._ray.cancel(ref, force=True)
        with suppress(Exception):
            self._ray.kill(self._services)

    def _submit_all(self) -> Iterator[JobEvent]:
        """Give out tasks until enough are under way."""
        if time.monotonic() - self._resized_s > _RESIZE_S:
            self._slots, self._resized_s = self._count_slots(), time.monotonic()
        while len(self._running) < _TASKS_PER_SLOT * self._slots:
            if not self._waiting:
                if not self._planned:
                    return
                yield from self._plan(self._planned.popleft())
                continue
            self._submit(self._waiting.popleft())

    def _count_slots(self) -> int:
        """How many tasks the cluster can run at a time; at least one, as machines may come later."""
        resources = self._ray.cluster_resources()
        slots = resources.get("CPU", 0)
        if self._gpus:
            slots = min(slots, resources.get("GPU", 0) / self._gpus)
        return max(1, int(slots))

    def _plan(self, job: EpisodeJob) -> Iterator[JobEvent]:
        job_here = replace(job, video=Path(os.path.abspath(job.video)))
        parts: tuple[Part, ...] = (Part(),)
        if not job.duration_s or job.duration_s > 1.5 * self._part_s:
            try:
                parts = plan_parts(job_here.video, part_s=self._part_s)
            except SourceError as error:
                self._left -= 1
                yield JobStarted(job)
                yield JobFailed(job, str(error))
                return
        video = self._videos[job.episode_id] = _Video(job, parts)
        numbers = range(len(parts)) if len(parts) > 1 else (None,)
        self._waiting.extend(_Work(video, number) for number in numbers)

    def _submit(self, work: _Work) -> None:
        video = work.video
        if video.is_over:
            return
        task = ClusterTask(
            replace(video.job, video=Path(os.path.abspath(video.job.video))), self._settings, self._files
        )
        parts: list[Any] = []
        if work.number is not None:
            task = replace(task, part=video.parts[work.number], number=work.number)
        elif len(video.parts) > 1:
            task = replace(task, number=len(video.parts))
            parts = [video.results[number] for number in range(len(video.parts))]
        status, result = self._perform.remote(task, self._services, *parts)
        self._running[status] = work, result

    def _progress(self) -> Iterator[JobEvent]:
        """What tasks have reported."""
        ready, _ = self._ray.wait([self._reports], timeout=0)
        if not ready:
            return
        try:
            reports: list[TaskReport] = self._ray.get(self._reports)
        except self._ray.exceptions.RayError:
            reports = []
        self._reports = self._services.take_reports.remote()
        changed = dict[str, _Video]()
        for report in reports:
            video = self._videos.get(report.episode_id)
            if video is None or video.is_over:
                continue
            yield from self._started(video)
            if report.time_s >= 0 and report.number < len(video.parts):
                video.reached[report.number] = report.time_s
                changed[report.episode_id] = video
        for video in changed.values():
            yield JobProgress(video.job, video.analysed_s())

    def _started(self, video: _Video) -> Iterator[JobEvent]:
        if not video.is_started:
            video.is_started = True
            yield JobStarted(video.job)

    def _ended(self, work: _Work, ref: Any, result: Any) -> Iterator[JobEvent]:
        """Handle the end of a task."""
        video = work.video
        if video.is_over:
            return
        status, content = self._outcome(work, ref, result)
        if status.kind == "fatal":
            raise ClusterError(status.reason)
        yield from self._started(video)
        if status.kind == "failed":
            self._finish(video)
            yield JobFailed(video.job, status.reason)
        elif status.kind == "differs":
            self._waiting.appendleft(_Work(self._in_one_go(video)))
        elif work.number is None:
            self._finish(video)
            yield JobDone(video.job, content.files, content.warnings)
        else:
            video.results[work.number] = result
            if len(video.results) == len(video.parts):
                self._waiting.appendleft(_Work(video))

    def _in_one_go(self, video: _Video) -> _Video:
        """The same video, to be analysed in one part."""
        again = self._videos[video.job.episode_id] = _Video(video.job, (Part(),), is_started=True)
        return again

    def _outcome(self, work: _Work, ref: Any, result: Any) -> tuple[TaskStatus, Any]:
        """How a task ended, and its result, unless that is a part's, which stays on the cluster."""
        errors = self._ray.exceptions
        name = work.video.job.video
        try:
            status: TaskStatus = self._ray.get(ref)
            wanted = status.kind == "done" and work.number is None
            return status, self._ray.get(result) if wanted else None
        except errors.RayTaskError as error:
            cause = getattr(error, "cause", error)
            reason = one_line(f"{name}: {type(cause).__name__}: {cause}".splitlines()[0])
        except errors.OutOfMemoryError:
            reason = f"{name} could not be analysed: the memory of the machines is not enough"
        except errors.RayError as error:
            how = type(error).__name__
            reason = f"{name} could not be analysed: its worker was lost {_MAX_RETRIES + 1} times ({how})"
        return TaskStatus("failed", reason), None

    def _finish(self, video: _Video) -> None:
        """Note that the end of a video is told; the rest of its tasks are cancelled."""
        video.is_over, self._left = True, self._left - 1
        for ref, (work, _) in list(self._running.items()):
            if work.video is video:
                del self._running[ref]
                with suppress(Exception):
                    self._ray.cancel(ref, force=True)
        video.results.clear()


@contextmanager
def _connected(address: str | None) -> Iterator[Any]:
    """Connect to a cluster, unless this process is connected; yields Ray."""
    # Set before the import: Ray must neither send statistics home nor hide GPUs from tasks without one.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray.util.scheduling_strategies
    except ModuleNotFoundError as error:
        raise missing("--engine ray", error.name or "ray") from error
    if ray.is_initialized():
        yield ray
        return
    try:
        _check_answers(address or os.environ.get("RAY_ADDRESS") or "")
        ray.init(
            address=address,
            log_to_driver=False,  # the terminal and JSON events are ours
            logging_level=logging.CRITICAL,
            configure_logging=True,
            include_dashboard=False,
        )
    except Exception as error:  # of many types
        where = address or os.environ.get("RAY_ADDRESS") or "on this machine"
        raise ClusterError(
            f"the Ray cluster {where} does not answer: {one_line(str(error).splitlines()[0])}; start it with "
            "`ray start --head`, and join it here with `ray start --address HOST:6379`"
        ) from error
    with _silent(ray):
        try:
            yield ray
        finally:
            ray.shutdown()


@contextmanager
def _silent(ray: Any) -> Iterator[None]:
    """Keep Ray from printing the losses of machines and their logs, which no setting of its own prevents."""
    worker = ray._private.worker
    printing = getattr(worker, "print_worker_logs", None)
    if printing is None:
        yield
        return
    worker.print_worker_logs = lambda *args, **options: None
    try:
        yield
    finally:
        worker.print_worker_logs = printing


def _check_answers(address: str) -> None:
    """Raise OSError if nobody listens at HOST:PORT; Ray would wait for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal() and "://" not in address:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_S).close()


def _gpus(ray: Any, num_gpus: float | None, settings: AnalysisSettings) -> float:
    """GPUs for each task.

    Raises:
        ClusterError: no machine has as many.
    """
    most = max((node["Resources"].get("GPU", 0.0) for node in ray.nodes() if node["Alive"]), default=0.0)
    if num_gpus is None:
        return _SHARED_GPU if most and settings.provider != "cpu" else 0.0
    if num_gpus > most:
        raise ClusterError(f"no machine of the cluster has {num_gpus:g} GPUs; the most is {most:g}")
    return num_gpus


def _shared_files(settings: AnalysisSettings) -> tuple[SharedFile, ...]:
    """The files that settings name, for machines that do not see them."""
    try:
        paths = [] if settings.model is None else [settings.model, *model_files(settings.model)]
        paths += [] if settings.cast is None else [settings.cast]
        return tuple(SharedFile.of(path) for path in dict.fromkeys(paths))
    except SimpsonsError:
        raise
    except OSError as error:
        raise ModelError(f"{settings.model or settings.cast}: {clause_of(error)}") from error
