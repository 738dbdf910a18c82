"""`simpsons play --jobs`: several files at a time, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simpsons_play.core.cores import codec_threads, core_count, share_cores
from tests.benchmarks.clips import looped
from tests.commands import HANGS_S, SAMPLE, assert_one_error_line, environment, simpsons, started, wait_for
from tests.fakes import write_colour_model
from tests.media import beginning


@pytest.fixture(name="model")
def model_fixture(tmp_path: Path) -> Path:
    return write_colour_model(tmp_path / "m.onnx")


@pytest.fixture(name="season")
def season_fixture(tmp_path: Path) -> Path:
    folder = tmp_path / "season"
    folder.mkdir()
    for name, length_s in (("e1.mp4", 4), ("e2.mp4", 1), ("e10.mp4", 2)):
        shutil.move(beginning(SAMPLE, tmp_path, length_s), folder / name)
    return folder


@pytest.fixture(name="shared")
def shared_fixture() -> Iterator[None]:
    yield
    share_cores(1)


def frames_of(done: subprocess.CompletedProcess[str]) -> list[tuple[str, int]]:
    summaries = [json.loads(line) for line in done.stdout.splitlines()]
    return [(Path(summary["source"]).name, summary["frames"]) for summary in summaries]


def test_files_give_the_same_outputs_and_summaries_as_in_turn(
    season: Path, model: Path, tmp_path: Path
) -> None:
    read, summaries = {}, {}
    for jobs in (1, 2):
        out = tmp_path / f"out{jobs}"
        out.mkdir()
        args = ("play", season / "*.mp4", "--model", model, "--json", "--jobs", jobs)
        done = simpsons(*args, "--predictions", out / "{name}.jsonl", "--subtitles", out / "{name}.srt")
        assert done.returncode == 0 and not done.stderr
        summaries[jobs] = frames_of(done)
        read[jobs] = {path.name: path.read_bytes() for path in out.iterdir()}
    assert [name for name, _ in summaries[2]] == ["e1.mp4", "e2.mp4", "e10.mp4"]
    assert summaries[1] == summaries[2] and len(read[1]) == 6 and read[1] == read[2]


def test_summaries_are_whole_and_messages_name_their_file(season: Path, model: Path, tmp_path: Path) -> None:
    done = simpsons("play", season, "--model", model, "--jobs", 3, "--predictions", tmp_path / "{name}.csv")
    assert done.returncode == 0, done.stderr
    parts = done.stdout.split("\n" + str(season))
    assert [part.splitlines()[0] for part in parts[1:]] == ["/e1.mp4", "/e2.mp4", "/e10.mp4"]
    assert all(part.count("frames in ") == part.count("ms per frame") == 1 for part in parts[1:])
    lines = done.stderr.splitlines()
    assert sum(line.startswith("Provider: ") for line in lines) == 1
    for name in ("e1", "e2", "e10"):
        assert f"{season / name}.mp4: Wrote: {tmp_path / name}.csv" in lines
    assert len(lines) == 4
    quiet = simpsons("play", season, "--model", model, "--no-window", "--jobs", 0, "-q")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_a_file_that_fails_does_not_stop_the_others(season: Path, model: Path) -> None:
    (season / "e3.mp4").write_text("not a video")
    args = ("play", season / "*.mp4", "--model", model, "--json", "--jobs", 2)
    failed = simpsons(*args)
    assert failed.returncode == 1
    assert [name for name, _ in frames_of(failed)] == ["e1.mp4", "e2.mp4", "e10.mp4"]
    errors = failed.stderr.splitlines()
    assert len(errors) == 2 and "e3.mp4 cannot be opened" in errors[0]
    assert errors[1] == "Error: 1 of 4 sources could not be played; the others are done"
    (season / "e3.mp4").write_bytes(SAMPLE.read_bytes()[:300_000])
    truncated = simpsons(*args)
    assert truncated.returncode == 3 and len(frames_of(truncated)) == 4
    assert truncated.stderr.startswith(f"Warning: {season / 'e3.mp4'} ends early")


def test_an_error_of_the_model_is_told_once(season: Path, tmp_path: Path) -> None:
    missing = simpsons("play", season, "--model", tmp_path / "none.onnx", "--no-window", "--jobs", 2)
    assert_one_error_line(missing, "none.onnx")
    assert missing.returncode == 1 and not missing.stdout


def test_all_files_are_cached(season: Path, model: Path, tmp_path: Path) -> None:
    env = environment(SIMPSONS_CACHE=str(tmp_path / "cache"))
    args = ("play", season, "--model", model, "--no-window", "--jobs", 3)
    assert "Using cached" not in simpsons(*args, env=env).stderr
    assert {path.suffix for path in (tmp_path / "cache").iterdir()} == {".track", ".spans"}
    assert simpsons(*args, env=env).stderr.count("Using cached") == 3


def test_only_files_and_urls_are_played_at_the_same_time(season: Path) -> None:
    for device in ("0", "-", os.devnull):
        refused = simpsons("play", season / "e1.mp4", device, "--no-window", "--jobs", 2)
        assert refused.returncode == 2 and "--jobs is for files and URLs" in refused.stderr
    assert simpsons("play", season / "e1.mp4", "--jobs", -1).returncode == 2


@pytest.mark.usefixtures("shared")
def test_processes_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert (core_count(), codec_threads()) == (8, 0)
    share_cores(3)
    assert (core_count(), codec_threads()) == (2, 2)
    share_cores(20)
    assert (core_count(), codec_threads()) == (1, 1)


def _children_of(process: subprocess.Popen[str]) -> list[int]:
    tasks = Path(f"/proc/{process.pid}/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def _wait_until_gone(pids: list[int]) -> None:
    end_s = time.monotonic() + HANGS_S
    while any(Path(f"/proc/{pid}/exe").exists() for pid in pids):
        assert time.monotonic() < end_s, "a process was left behind"
        time.sleep(0.05)


def _two_recordings(folder: Path, model: Path) -> tuple[tuple[object, ...], Callable[[], bool]]:
    film = looped(SAMPLE, 60, folder)  # long enough not to end before the signal
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        shutil.copy(film, folder / name)
    parts = [folder / "a.part.mkv", folder / "b.part.mkv"]
    args = ("play", *sorted(folder.glob("?.mp4")), "--model", model, "--jobs", 2, "-o", folder / "{name}.mkv")
    return args, lambda: all(part.exists() and part.stat().st_size > 20_000 for part in parts)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_processes_and_leaves_shorter_files(
    stop: signal.Signals, model: Path, tmp_path: Path
) -> None:
    args, written = _two_recordings(tmp_path, model)
    with started(*args) as process:
        wait_for(process, written)
        children = _children_of(process)
        for pid in [process.pid, *children] if stop == signal.SIGINT else [process.pid]:
            os.kill(pid, stop)  # a terminal sends Ctrl-C to all of them
        stdout, stderr = process.communicate(timeout=HANGS_S)
    assert process.returncode == 130, stderr
    _wait_until_gone(children)
    assert stdout.count("frames in ") == 2 and stdout.index("a.mp4") < stdout.index("b.mp4")
    assert stderr.count("Interrupted.") == 1 and "Traceback" not in stderr
    assert stderr.count("Stopped early; playable but incomplete: ") == 2
    assert {path.name for path in tmp_path.glob("*.mkv")} == {"a.partial.mkv", "b.partial.mkv"}


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_no_process_is_left_when_the_first_is_killed(model: Path, tmp_path: Path) -> None:
    args, written = _two_recordings(tmp_path, model)
    with started(*args) as process:
        wait_for(process, written)
        children = _children_of(process)
        assert len(children) == 2
        process.kill()
        process.wait()
        _wait_until_gone(children)
    assert {path.name for path in tmp_path.glob("*.mkv")} == {"a.partial.mkv", "b.partial.mkv"}


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_process_that_is_killed_counts_as_a_failed_file(model: Path, tmp_path: Path) -> None:
    args, written = _two_recordings(tmp_path, model)
    with started(*args) as process:
        wait_for(process, written)
        os.kill(min(_children_of(process)), signal.SIGKILL)
        stdout, stderr = process.communicate(timeout=HANGS_S)
    assert process.returncode == 1 and stdout.count("frames in ") == 2
    assert "its process was ended by SIGKILL" in stderr and "1 of 3 sources" in stderr
