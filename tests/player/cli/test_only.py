"""`--only`: some characters are named everywhere, and the others nowhere."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from simpsons_play.core.frames import Image
from tests.commands import SAMPLE, environment, simpsons

HOMER, BART = "homer_simpson", "bart_simpson"
OTHERS = ("marge_simpson", "lisa_simpson", "ned_flanders", "krusty_the_clown")


def read_lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with a cache of its own."""
    return environment(SIMPSONS_CACHE=str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="module")
def everyone(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """The lines of the predictions of all characters."""
    path = tmp_path_factory.mktemp("everyone") / "p.jsonl"
    assert simpsons("play", SAMPLE, "-q", "--predictions", path).returncode == 0
    return read_lines(path)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, cache: dict[str, str]) -> tuple[Path, str]:
    """The outputs of a run that names Homer and Bart, and its JSON summary."""
    folder = tmp_path_factory.mktemp("two")
    outputs = ("--predictions", "p.jsonl", "--predictions", "p.csv", "--subtitles", "s.srt", "--report", "r")
    done = simpsons(
        *("play", SAMPLE, "--only", "Homer", "--only", "bart", *outputs, "-o", "o.mkv", "--json"),
        cwd=folder,
        env=cache,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def said(frame: dict) -> list[dict]:
    """The regions without the half of the frame in their names: that of the caption, if there is one."""
    return [{**region, "name": region["name"].rsplit("-", 1)[0]} for region in frame["regions"]]


def test_predictions_are_complete_and_captions_are_of_the_chosen(
    two: tuple[Path, str], everyone: list[dict]
) -> None:
    header, *frames, footer = read_lines(two[0] / "p.jsonl")
    assert header["only"] == [BART, HOMER] and "only" not in everyone[0]
    assert footer == everyone[-1] and len(frames) == len(everyone) - 2
    for frame, whole in zip(frames, everyone[1:-1], strict=True):
        assert said(frame) == said(whole)
        kept = [caption for caption in whole["captions"] if caption["label"] in (HOMER, BART)]
        assert frame["captions"] == kept, "the same head has the same name as in a run that names all"
    assert {caption["label"] for frame in frames for caption in frame["captions"]} == {HOMER, BART}


def test_tables_subtitles_and_the_report_have_no_other_names(two: tuple[Path, str]) -> None:
    folder, _ = two
    with (folder / "p.csv").open() as file:
        assert {row["label"] for row in csv.DictReader(file)} == {HOMER, BART}
    with (folder / "r" / "totals.csv").open() as file:
        assert [(row["label"], row["appearances"]) for row in csv.DictReader(file)] == [
            (HOMER, "2"),
            (BART, "2"),
        ]
    for name in ("s.srt", "r/index.html", "r/appearances.csv"):
        text = (folder / name).read_text(encoding="utf-8").lower()
        assert "homer" in text and "bart" in text
        assert not any(other.split("_")[0] in text for other in OTHERS), name


def test_the_summary_counts_the_chosen(two: tuple[Path, str]) -> None:
    summary = json.loads(two[1])
    assert summary["only"] == [BART, HOMER]
    assert {row["label"]: row["appearances"] for row in summary["on_screen"]} == {HOMER: 2, BART: 2}
    assert summary["changes"] == 5, "Homer, Bart, none, both, none"


def frame_at(path: Path, index: int) -> Image:
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number == index:
                return frame.to_ndarray(format="bgr24")
    raise IndexError(index)


def test_a_recording_shows_and_lists_the_chosen(two: tuple[Path, str]) -> None:
    def drawn(index: int) -> int:
        changed = np.abs(frame_at(two[0] / "o.mkv", index).astype(int) - frame_at(SAMPLE, index))
        return int((changed.max(axis=2) > 60).sum())

    assert drawn(20) > 500, "Homer"
    assert drawn(120) < 50 and drawn(400) < 50, "Marge and Krusty"
    with av.open(str(two[0] / "o.mkv")) as container:
        titles = [chapter["metadata"]["title"] for chapter in container.chapters()]
    assert titles == [
        "Homer Simpson",
        "Bart Simpson",
        "None of the chosen characters",
        "Homer Simpson, Bart Simpson",
        "None of the chosen characters",
    ]


def test_cached_detections_stay_valid_for_all_characters(
    two: tuple[Path, str], cache: dict[str, str], everyone: list[dict], tmp_path: Path
) -> None:
    done = simpsons("play", SAMPLE, "--predictions", tmp_path / "p.jsonl", env=cache)
    assert "Using cached detections" in done.stderr
    assert read_lines(tmp_path / "p.jsonl") == everyone


def test_spans_of_some_characters_are_not_cached_as_those_of_all(tmp_path: Path) -> None:
    env = environment(SIMPSONS_CACHE=str(tmp_path))
    assert simpsons("play", SAMPLE, "--no-window", "-q", "--only", "lisa", env=env).returncode == 0
    assert len(list(tmp_path.glob("*.track"))) == 1 and not list(tmp_path.glob("*.spans"))
    assert simpsons("play", SAMPLE, "--no-window", "-q", env=env).returncode == 0
    assert len(list(tmp_path.glob("*.spans"))) == 1


def test_with_jobs_each_file_names_the_chosen(tmp_path: Path, cache: dict[str, str]) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(SAMPLE.read_bytes())
    done = simpsons(
        "play", "a.mp4", "b.mp4", "--jobs", 2, "--only", "krusty", "--json", cwd=tmp_path, env=cache
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line)["on_screen"] for line in done.stdout.splitlines()]
    assert [[row["label"] for row in of] for of in rows] == [["krusty_the_clown"]] * 2


def test_a_part_of_several_names_means_all_of_them(cache: dict[str, str]) -> None:
    done = simpsons("play", SAMPLE, "--no-window", "--only", "SIMPSON", env=cache)
    note = "--only 'SIMPSON' matches Grampa, Bart Simpson, Homer Simpson, Lisa Simpson, "
    assert done.stderr.splitlines()[0] == f"{note}Marge Simpson"
    assert "Lisa Simpson" in done.stdout and "Krusty" not in done.stdout
    assert (
        "matches" not in simpsons("play", SAMPLE, "-q", "--no-window", "--only", "simpson", env=cache).stderr
    )


def test_nobody_who_was_chosen_is_there(cache: dict[str, str]) -> None:
    done = simpsons("play", SAMPLE, "--no-window", "--only", "Mr. Burns", env=cache)
    assert done.returncode == 0 and "\nNone of the chosen characters\n" in done.stdout


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("name", "words"),
    [("hommer", "no character called 'hommer'; did you mean Homer Simpson?"), ("bart,", "a name is empty")],
)
def test_an_unknown_name_is_a_usage_error(name: str, words: str, jobs: int, tmp_path: Path) -> None:
    outputs = ("--predictions", "{name}.csv", "--jobs", jobs)
    (tmp_path / "other.mp4").write_bytes(SAMPLE.read_bytes())
    done = simpsons("play", SAMPLE, "other.mp4", "--only", name, *outputs, cwd=tmp_path)
    refused(done, words)
    assert not list(tmp_path.glob("*.csv"))


def test_an_unknown_name_is_refused_before_the_window_opens() -> None:
    refused(simpsons("play", SAMPLE, "--only", "hommer"), "did you mean Homer Simpson?")


def refused(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode == 2 and not done.stdout
    assert done.stderr.splitlines()[-1].startswith("Error: Invalid value for '--only': ")
    assert words in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("value", ['"ned, lisa"', '["ned", "lisa"]'])
def test_the_config_file_can_choose(value: str, tmp_path: Path, cache: dict[str, str]) -> None:
    (tmp_path / "config.toml").write_text(f"[play]\nonly = {value}\n")
    done = simpsons("play", SAMPLE, "--json", env=cache | {"SIMPSONS_CONFIG": str(tmp_path / "config.toml")})
    assert json.loads(done.stdout)["only"] == ["lisa_simpson", "ned_flanders"], done.stderr


def test_an_unknown_name_in_the_config_file_is_located(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[play]\nonly = "hommer"\n')
    done = simpsons("play", SAMPLE, "--json", env=environment(SIMPSONS_CONFIG=str(config)))
    refused(done, f"did you mean Homer Simpson? It is set in {config}.")
