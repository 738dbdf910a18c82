"""Analyses videos on a Ray cluster, long ones in parts."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.engine import EpisodeJob, JobEvent
from simpsons_play.library.ray_connection import connected, gpus_of_task
from simpsons_play.library.ray_files import shared_files
from simpsons_play.library.ray_run import ClusterRun

PART_S = 600.0
"""Default length of the parts of long videos, in seconds. Neighbouring parts both analyse a shot or so: with
parts of 20 s, an analysis took 12% more processor time."""


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
        files = shared_files(settings)
        with connected(self._address) as ray:
            gpus = gpus_of_task(ray, self._num_gpus, settings)
            run = ClusterRun(ray, jobs, settings, files, gpus=gpus, part_s=self._part_s)
            try:
                yield from run.events()
            finally:
                run.stop()
