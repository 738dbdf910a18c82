"""A Ray cluster of three machines on this one: the same tables as of this one alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from simpsons_play.core.errors import ClusterError
from simpsons_play.library.adding import AddSummary, add_videos
from simpsons_play.library.engine import EpisodeJob, JobDone, JobFailed, JobProgress, JobStarted
from simpsons_play.library.episode_analysis import episode_id
from simpsons_play.library.local_engine import LocalEngine
from simpsons_play.library.ray_engine import RayEngine
from simpsons_play.library.store import LibraryStore
from tests.commands import environment
from tests.films import BART, HOMER, MARGE, colour_settings, content_of, film
from tests.waiting import PATIENCE_S

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
pytest.importorskip("ray")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # Ray leaves files and sockets open

PART_S = 4.0
FILMS = 4


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for seed in range(FILMS):
        shots = [(BART, HOMER, MARGE, None, BART)[(seed + 3 * number // 2) % 5] for number in range(20)]
        film(folder / f"S01E0{seed + 1} Film.mp4", shots, seed=seed)
    (folder / "broken.mp4").write_bytes((folder / "S01E01 Film.mp4").read_bytes()[:5000])
    return folder


MACHINE = {"num_cpus": 1, "object_store_memory": 80 << 20}


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    cluster.add_node(**{**MACHINE, "num_cpus": 0}, include_dashboard=False)
    cluster.working = cluster.add_node(**MACHINE)
    yield cluster
    cluster.shutdown()


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return colour_settings(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def expected(films, settings, tmp_path_factory):
    store = LibraryStore(tmp_path_factory.mktemp("local") / "library")
    assert add_videos(store, [str(films)], settings, LocalEngine(2)) == AddSummary(added=FILMS, failed=1)
    return content_of(store)


def jobs_of(films: Path) -> list[EpisodeJob]:
    return [EpisodeJob(path, episode_id(path), 20.0) for path in sorted(films.glob("S*.mp4"))]


def command(cluster, films, settings, library: Path) -> subprocess.Popen[str]:
    args = ["library", "add", films, "--library", library, "--engine", "ray", "--address", cluster.address]
    args += ["--model", settings.model, "--regions", "full", "--provider", "cpu", "--no-cache", "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "simpsons_play", *map(str, args)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lose(cluster, machine) -> None:
    """Kill a machine with the tasks that it works on, of which none can end before that."""
    raylet = machine.all_processes["raylet"][0].process.pid
    children = Path(f"/proc/{raylet}/task/{raylet}/children").read_text(encoding="ascii").split()
    for child in children:
        os.kill(int(child), signal.SIGSTOP)
    cluster.remove_node(machine, allow_graceful=False)
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(int(child), signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_machine_is_lost_and_nothing_of_the_episodes(cluster, films, settings, expected, tmp_path, capfd):
    store, events = LibraryStore(tmp_path / "library"), []

    class Watched(RayEngine):
        def run(self, jobs, settings):
            for event in super().run(jobs, settings):
                events.append(event)
                yield event
                if isinstance(event, JobStarted) and event.job.duration_s and not self.killed:
                    self.killed = True
                    lose(cluster, cluster.working)  # all tasks run there
                    cluster.working = cluster.add_node(**MACHINE)

    engine = Watched(cluster.address, part_s=PART_S)
    engine.killed = False
    capfd.readouterr()
    summary = add_videos(store, [str(films)], settings, engine)
    assert capfd.readouterr() == ("", ""), "the terminal is ours"
    assert engine.killed
    assert summary == AddSummary(added=FILMS, failed=1)
    assert content_of(store) == expected
    done = [event.job.episode_id for event in events if isinstance(event, JobDone)]
    assert len(done) == len(set(done)) == FILMS
    for job in {event.job for event in events}:
        of_job = [event for event in events if event.job == job]
        assert isinstance(of_job[0], JobStarted) and isinstance(of_job[-1], JobDone | JobFailed)
        reached_s = [event.analysed_s for event in of_job if isinstance(event, JobProgress)]
        assert all(0 <= time_s <= 20.1 for time_s in reached_s)


def test_a_command_prints_events_and_nothing_else_and_can_be_stopped(
    cluster, films, settings, expected, tmp_path
):
    library = tmp_path / "library"
    with command(cluster, films, settings, library) as process:
        for line in process.stdout:
            if json.loads(line)["event"] == "added":
                process.send_signal(signal.SIGINT)
                break
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert errors.strip() in ("", "Interrupted.") or errors.count("\n") == 1, errors
    before = content_of(LibraryStore(library))
    assert before and before.items() <= expected.items()
    with command(cluster, films, settings, library) as process:
        output, errors = process.communicate(timeout=PATIENCE_S)
    events = [json.loads(line) for line in output.splitlines()]
    assert not errors and process.returncode == 3  # one is broken
    assert events[-1]["event"] == "finished" and events[-1]["added"] + events[-1]["skipped"] == FILMS
    assert content_of(LibraryStore(library)) == expected


def test_a_missing_cluster_and_missing_gpus_are_one_line(cluster, films, settings):
    with pytest.raises(ClusterError, match="has 2 GPUs; the most is 0"):
        next(RayEngine(cluster.address, num_gpus=2).run(jobs_of(films), settings))
    with pytest.raises(ClusterError, match=r"127\.0\.0\.1:1 does not answer.*ray start --head"):
        next(RayEngine("127.0.0.1:1").run(jobs_of(films), settings))
