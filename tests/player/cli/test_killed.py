"""After SIGKILL no output looks complete, and the next run works as usual."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import av
import pytest

from tests.commands import SAMPLE, environment, simpsons, started, wait_for
from tests.fakes import write_colour_model

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")


@pytest.fixture(name="model")
def model_fixture(tmp_path: Path) -> Path:
    return write_colour_model(tmp_path / "m.onnx")


def test_kill_while_recording_leaves_no_incomplete_output(model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    video, predictions, subtitles = (folder / name for name in ("o.mp4", "p.jsonl", "s.srt"))
    subtitles.write_text("an older file", encoding="utf-8")
    args = ("play", SAMPLE, "--model", model, "-o", video, "--predictions", predictions)
    part = folder / "o.part.mp4"
    with started(*args, "--subtitles", subtitles) as process:
        wait_for(process, lambda: part.exists() and part.stat().st_size > 100_000)
        process.kill()
        process.wait()
        assert process.returncode == -signal.SIGKILL
    assert not video.exists() and not predictions.exists()
    assert subtitles.read_text(encoding="utf-8") == "an older file"

    done = simpsons(*args, "--subtitles", subtitles)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["o.mp4", "p.jsonl", "s.srt"]
    with av.open(str(video)) as whole:
        assert sum(1 for _ in whole.decode(video=0)) == 480
    assert len(predictions.read_text(encoding="utf-8").splitlines()) == 482


@pytest.mark.parametrize("when", ["half written", "before the rename"])
def test_kill_while_writing_the_cache_leaves_no_entry(when: str, model: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    kill = """
import os, signal, sys
from simpsons_play.analysis import cache
from simpsons_play.cli.main import main
real = os.replace
def killed(part, path):
    if str(path).endswith(".track"):
        if sys.argv.pop() == "half written":
            os.truncate(part, os.path.getsize(part) // 2)
        os.kill(os.getpid(), signal.SIGKILL)
    real(part, path)
cache.os.replace = killed
main(sys.argv[1:-1])
"""
    args = ("play", SAMPLE, "--no-window", "--model", model, "--regions", "full")
    env = environment(SIMPSONS_CACHE=str(cache))
    first = subprocess.run([sys.executable, "-c", kill, *map(str, args), when], env=env, capture_output=True)
    assert first.returncode == -signal.SIGKILL, first.stderr
    assert [path.suffix for path in cache.iterdir()] == [".part"]

    second = simpsons(*args, env=env)
    assert second.returncode == 0 and "Using cached detections" not in second.stderr
    third = simpsons(*args, env=env)
    assert third.returncode == 0 and "Using cached detections" in third.stderr

    def screen_time(done: subprocess.CompletedProcess[str]) -> str:
        return done.stdout[done.stdout.index("on screen") :].split("\n\n")[0]

    assert screen_time(second) == screen_time(third)


@pytest.mark.parametrize("damage", ["cut", "empty", "other"])
def test_a_damaged_cache_entry_is_replaced(damage: str, model: Path, tmp_path: Path) -> None:
    env = environment(SIMPSONS_CACHE=str(tmp_path / "cache"))
    args = ("play", SAMPLE, "--no-window", "--model", model, "--regions", "full")
    assert simpsons(*args, env=env).returncode == 0
    (entry,) = (tmp_path / "cache").glob("*.track")
    content = entry.read_bytes()
    entry.write_bytes({"cut": content[: len(content) // 2], "empty": b"", "other": content[::-1]}[damage])
    again = simpsons(*args, env=env)
    assert again.returncode == 0, again.stderr
    assert "Using cached detections" not in again.stderr
    assert "Using cached detections" in simpsons(*args, env=env).stderr
