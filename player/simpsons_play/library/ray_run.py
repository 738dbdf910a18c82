"""The tasks of one run on a Ray cluster: given out, watched, and put together."""

from __future__ import annotations

import os
import time
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simpsons_play.analysis.part_source import Part
from simpsons_play.analysis.parts import plan_parts
from simpsons_play.core.errors import ClusterError, SourceError
from simpsons_play.core.escaping import one_line
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.engine import (
    EpisodeJob,
    JobDone,
    JobEvent,
    JobFailed,
    JobProgress,
    JobStarted,
)
from simpsons_play.library.ray_files import DriverServices, SharedFile, TaskReport, remove_files
from simpsons_play.library.ray_tasks import ClusterTask, TaskStatus, perform

_MAX_RETRIES = 3
"""How often a task is tried again whose worker or machine was lost."""

_TASKS_PER_SLOT = 2
"""Tasks that run or wait on the cluster for each that can run at a time; the others wait here."""

_WAIT_S, _RESIZE_S = 0.5, 5.0
"""How often progress is asked for, and the size of the cluster, in seconds."""

_CLEAN_S = 30.0
"""How long to wait for all machines to remove the files that were sent to them, in seconds."""


@dataclass(slots=True, eq=False)
class VideoState:
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
class Work:
    """A task of a video: one of its parts, by its number; None for all that is left to do of it."""

    video: VideoState
    number: int | None = None


class ClusterRun:
    """The tasks of one run.

    Args:
        ray: the package, connected.
        jobs: the videos.
        settings: what they are analysed with.
        files: the files that the settings name.
        gpus: GPUs for each task.
        part_s: see `RayEngine`.
    """

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
        self._part_s, self._run_id = part_s, uuid.uuid4().hex
        self._planned = deque(jobs)
        self._videos: dict[str, VideoState] = {}
        self._waiting: deque[Work] = deque()
        self._running: dict[Any, tuple[Work, Any]] = {}
        self._left = len(jobs)
        self._slots, self._resized_s = 0, float("-inf")
        options = {"num_cpus": 1, "num_gpus": gpus, "max_retries": _MAX_RETRIES, "retry_exceptions": False}
        self._perform = ray.remote(perform).options(num_returns=2, scheduling_strategy="SPREAD", **options)
        here = self._only_on(ray.get_runtime_context().get_node_id())
        self._services = (
            ray.remote(DriverServices)
            .options(num_cpus=0, max_restarts=-1, max_concurrency=4, scheduling_strategy=here)
            .remote()
        )
        self._reports = self._services.take_reports.remote()

    def events(self) -> Iterator[JobEvent]:
        """Give out all tasks; yields what happens.

        Raises:
            ClusterError: no video can be analysed.
        """
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
        error = self._ray.exceptions.RayError
        for ref in self._running:
            with suppress(error):
                self._ray.cancel(ref, force=True)
        with suppress(error):
            if self._ray.get(self._services.has_sent.remote(), timeout=_CLEAN_S):
                self._remove_files()
        with suppress(error):
            self._ray.kill(self._services)

    def _remove_files(self) -> None:
        """Remove the files that were sent, from all machines."""
        remove = self._ray.remote(num_cpus=0)(remove_files)
        refs = [
            remove.options(scheduling_strategy=self._only_on(node["NodeID"])).remote(self._run_id)
            for node in self._ray.nodes()
            if node["Alive"]
        ]
        self._ray.wait(refs, num_returns=len(refs), timeout=_CLEAN_S)

    def _only_on(self, node_id: str) -> Any:
        """What places a task on one machine."""
        strategies = self._ray.util.scheduling_strategies
        return strategies.NodeAffinitySchedulingStrategy(node_id, soft=False)

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
        video = self._videos[job.episode_id] = VideoState(job, parts)
        numbers = range(len(parts)) if len(parts) > 1 else (None,)
        self._waiting.extend(Work(video, number) for number in numbers)

    def _submit(self, work: Work) -> None:
        video = work.video
        if video.is_over:
            return
        task = ClusterTask(
            replace(video.job, video=Path(os.path.abspath(video.job.video))),
            self._settings,
            self._files,
            run_id=self._run_id,
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
        changed = dict[str, VideoState]()
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

    def _started(self, video: VideoState) -> Iterator[JobEvent]:
        if not video.is_started:
            video.is_started = True
            yield JobStarted(video.job)

    def _ended(self, work: Work, ref: Any, result: Any) -> Iterator[JobEvent]:
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
            self._waiting.appendleft(Work(self._in_one_go(video)))
        elif work.number is None:
            self._finish(video)
            yield JobDone(video.job, content.files, content.warnings)
        else:
            video.results[work.number] = result
            if len(video.results) == len(video.parts):
                self._waiting.appendleft(Work(video))

    def _in_one_go(self, video: VideoState) -> VideoState:
        """The same video, to be analysed in one part."""
        again = self._videos[video.job.episode_id] = VideoState(video.job, (Part(),), is_started=True)
        return again

    def _outcome(self, work: Work, ref: Any, result: Any) -> tuple[TaskStatus, Any]:
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

    def _finish(self, video: VideoState) -> None:
        """Note that the end of a video is told; the rest of its tasks are cancelled."""
        video.is_over, self._left = True, self._left - 1
        for ref, (work, _) in list(self._running.items()):
            if work.video is video:
                del self._running[ref]
                with suppress(self._ray.exceptions.RayError):
                    self._ray.cancel(ref, force=True)
        video.results.clear()
