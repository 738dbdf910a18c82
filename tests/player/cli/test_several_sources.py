"""Several sources, repeated sources, and how much is printed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.commands import SAMPLE, assert_one_error_line, simpsons
from tests.fakes import write_colour_model


@pytest.fixture(name="model")
def model_fixture(tmp_path: Path) -> Path:
    return write_colour_model(tmp_path / "m.onnx")


@pytest.fixture(name="season")
def season_fixture(tmp_path: Path) -> Path:
    folder = tmp_path / "season"
    folder.mkdir()
    for name in ("e10.mp4", "e2.mp4"):
        shutil.copy(SAMPLE, folder / name)
    return folder


def test_several_sources_are_played_in_order_with_an_output_each(
    season: Path, model: Path, tmp_path: Path
) -> None:
    (season / "e3.mp4").write_text("not a video")
    out = tmp_path / "out"
    out.mkdir()
    done = simpsons(
        *("play", season / "*.mp4", "--model", model, "--duration", 1, "--json"),
        *("--predictions", out / "{name}.csv", "--subtitles", out / "{name}.srt", "--report", out / "{name}"),
    )
    assert done.returncode == 1, "e3.mp4 is not a video"
    summaries = [json.loads(line) for line in done.stdout.splitlines()]
    assert [Path(summary["source"]).name for summary in summaries] == ["e2.mp4", "e10.mp4"]
    assert "e3.mp4 cannot be opened" in done.stderr
    assert "1 of 3 sources could not be played" in done.stderr
    names = {"e10", "e10.csv", "e10.srt", "e2", "e2.csv", "e2.srt"}
    assert {path.name for path in out.iterdir()} == names
    assert summaries[0]["written"] == [
        *(str(out / name) for name in ("e2.csv", "e2.srt")),
        *(str(out / "e2" / name) for name in ("index.html", "appearances.csv", "totals.csv")),
    ]


def test_sources_cannot_share_an_output(season: Path, tmp_path: Path) -> None:
    two = simpsons("play", season, "--predictions", tmp_path / "p.csv")
    assert "p.csv would be written 2 times; put {name} into it" in two.stderr
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(SAMPLE, other / "e2.mp4")
    same = simpsons("play", season, other / "e2.mp4", "--predictions", tmp_path / "{name}.csv")
    assert "would both be written to" in same.stderr
    assert two.returncode == same.returncode == 2 and not list(tmp_path.glob("*.csv"))


def test_the_json_summary_agrees_with_the_table(model: Path, tmp_path: Path) -> None:
    args = ("play", SAMPLE, "--model", model, "--regions", "full", "--duration", 2, "--no-window")
    done = simpsons(*args, "--json")
    assert done.returncode == 0 and done.stderr == ""
    (line,) = done.stdout.splitlines()
    summary = json.loads(line)
    assert summary["version"] == 1 and summary["complete"] is True and summary["warnings"] == []
    assert summary["frames"] == 48 and summary["media_seconds"] == pytest.approx(48 * 1001 / 24000, abs=1e-3)
    assert summary["model"] == "m.onnx" and summary["provider"].endswith("ExecutionProvider")
    assert summary["stages_ms"]["decode"]["frames"] == 48
    table = simpsons(*args).stdout
    for row in summary["on_screen"]:
        assert f"{row['seconds']:>9.1f}{row['share']:>8.0%}{row['appearances']:>13}" in table
    truncated = tmp_path / "t.mp4"
    truncated.write_bytes(SAMPLE.read_bytes()[:300_000])
    part = simpsons("play", truncated, "--model", model, "--json")
    assert part.returncode == 3 and json.loads(part.stdout)["complete"] is False
    assert json.loads(part.stdout)["warnings"][0] in part.stderr


def test_quiet_prints_only_errors(model: Path, tmp_path: Path) -> None:
    done = simpsons(
        "play", SAMPLE, "--model", model, "--duration", 1, "-q", "--predictions", tmp_path / "p.csv"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "p.csv").exists()
    assert_one_error_line(simpsons("play", tmp_path / "missing.avi", "-q", "--no-window"), "no such file")


def test_loop_runs_the_model_each_time(model: Path) -> None:
    args = ("play", SAMPLE, "--model", model, "--duration", 1, "--no-window")
    done = simpsons(*args, "--loop", 3)
    lines = [line for line in done.stdout.splitlines() if line.startswith("24 frames in ")]
    assert done.returncode == 0 and len(lines) == 3
    assert done.stdout.count("The model ran on") == 1, "only the last summary is complete"
    assert "classify" in done.stdout
    refused = simpsons(*args, "--loop", 0, "--predictions", "p.csv")
    assert refused.returncode == 2 and "--loop" in refused.stderr
    assert simpsons("play", SAMPLE, SAMPLE, "--loop", 2).returncode == 2
