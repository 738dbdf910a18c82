"""`--model` with a classifier: it names the heads that the included detector finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import SAMPLE, environment, simpsons
from tests.fakes import colour_card, write_colour_model
from tests.media import beginning

LABELS = ("lenny", "carl", "otto_mann")
"""Nobody whom the included detector knows."""


@pytest.fixture(scope="module", name="folder")
def folder_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of two seconds, and a classifier that tells colours apart."""
    folder = tmp_path_factory.mktemp("own")
    write_colour_model(folder / "mine.onnx", metadata=colour_card(labels=LABELS).to_metadata())
    beginning(SAMPLE, folder, 2).rename(folder / "clip.mp4")
    return folder


def play(folder: Path, *options: str) -> tuple[dict[str, Any], list[dict[str, Any]], str]:
    """The header and the frames of the predictions, and standard error."""
    done = simpsons(
        *("play", folder / "clip.mp4", "--model", folder / "mine.onnx", "--provider", "cpu", "--no-window"),
        *("--predictions", folder / "p.jsonl", *options),
        env=environment(SIMPSONS_CACHE=str(folder / "cache"), SIMPSONS_CAST=""),
    )
    assert done.returncode == 0, done.stderr
    header, *frames, _ = map(json.loads, (folder / "p.jsonl").read_text().splitlines())
    (folder / "p.jsonl").unlink()
    return header, frames, done.stderr


def regions(frames: list[dict[str, Any]]) -> set[str]:
    """The names of all captions' regions, `head` for those of heads."""
    return {caption["region"].split("-")[0] for frame in frames for caption in frame["captions"]}


@pytest.mark.parametrize("choice", ["auto", "detect"])
def test_a_classifier_names_heads_and_its_detections_are_cached(folder: Path, choice: str) -> None:
    options = ("--regions", choice, "--threshold", "0.4")
    header, frames, said = play(folder, *options)
    assert header["model"] == "mine.onnx + heads.int8.onnx + embedder.int8.onnx"
    assert header["labels"] == list(LABELS)
    assert regions(frames) == {"head"}
    assert {caption["label"] for frame in frames for caption in frame["captions"]} <= set(LABELS)
    assert "cached" not in said
    _, again, said = play(folder, *options)
    assert again == frames and "Using cached detections" in said


def test_crops_are_named_as_before(folder: Path) -> None:
    header, frames, _ = play(folder, "--regions", "halves")
    assert header["model"] == "mine.onnx" and regions(frames) <= {"left", "right"}


def test_only_chooses_among_the_names_of_the_classifier(folder: Path) -> None:
    header, _, _ = play(folder, "--regions", "detect", "--only", "otto")
    assert header["only"] == ["otto_mann"]


def test_doctor_checks_the_detector_with_a_classifier(folder: Path) -> None:
    done = simpsons("doctor", "--model", folder / "mine.onnx")
    models = [line for line in done.stdout.splitlines() if line.split()[1:2] == ["model"]]
    assert len(models) == 2 and "mine.onnx" in models[0] and "heads.int8.onnx" in models[1], done.stdout
