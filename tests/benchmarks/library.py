"""How fast many videos are analysed: in a plain loop, by processes, and on a Ray cluster.

    python -m tests.benchmarks.library VIDEO... [--workers 1,2] [--ray] [--repeats 3]

The plain loop analyses one video after the other in one process, as a script with `analyse_episode` does. The
ways take turns, so that a busy machine slows down all of them alike. Nothing is cached.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path

import click

from simpsons_play.library.adding import AddEvent, add_videos
from simpsons_play.library.analysis_settings import AnalysisSettings
from simpsons_play.library.engine import Engine, EpisodeJob, JobDone, JobEvent, JobStarted
from simpsons_play.library.episode_analysis import analyse_episode
from simpsons_play.library.local_engine import LocalEngine
from simpsons_play.library.store import LibraryStore


class PlainLoop:
    """Analyses one video after the other in this process: an `Engine`."""

    def run(self, jobs: Sequence[EpisodeJob], settings: AnalysisSettings) -> Generator[JobEvent]:
        """Analyse videos; see `Engine.run`."""
        network = settings.load_network()
        for job in jobs:
            yield JobStarted(job)
            analysed = analyse_episode(job.video, network, settings)
            yield JobDone(job, analysed.files, analysed.warnings)


def measured(engine: Engine, videos: Sequence[str]) -> tuple[float, float]:
    """Analyse videos into a new library; returns how long that took, and their length, in seconds."""
    lengths: list[float] = []

    def tell(event: AddEvent) -> None:
        if event.kind == "added":
            lengths.append(event.duration_s)

    with tempfile.TemporaryDirectory() as folder:
        started_s = time.perf_counter()
        settings = AnalysisSettings(cached=False)
        add_videos(LibraryStore(Path(folder, "library")), videos, settings, engine, tell=tell)
        return time.perf_counter() - started_s, sum(lengths)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("videos", nargs="+")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--ray", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    ways: dict[str, Callable[[], Engine]] = {"plain loop": PlainLoop}
    for number in map(int, options.workers.split(",")):
        ways[f"local, {number} workers"] = lambda number=number: LocalEngine(number)  # type: ignore[misc]
    if options.ray:
        from simpsons_play.library.ray_engine import RayEngine

        ways["ray, one machine"] = RayEngine
    times: dict[str, list[float]] = {name: [] for name in ways}
    length_s = 0.0
    for _ in range(options.repeats):
        for name, make in ways.items():
            seconds, length_s = measured(make(), options.videos)
            times[name].append(seconds)
    plain_s = statistics.median(times["plain loop"])
    for name, all_s in times.items():
        median_s = statistics.median(all_s)
        click.echo(
            f"{name:<18}{median_s:7.1f} s ({min(all_s):.1f}-{max(all_s):.1f}), "
            f"{length_s / median_s:5.1f} times playback speed, {plain_s / median_s:.2f} times the plain loop"
        )


if __name__ == "__main__":
    main()
