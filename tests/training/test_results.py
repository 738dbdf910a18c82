"""Metrics with and without leaked validation pictures."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.inference.model_card import ModelCard
from simpsons_training.evaluation.config import EvaluateConfig
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.evaluation.results import evaluate, write_metrics
from simpsons_training.evaluation.summary import leak_text, summary_lines
from simpsons_training.leaks import leak_of
from simpsons_training.table import Picture
from tests.training.test_dataset import scene


def reds(pictures: np.ndarray) -> np.ndarray:
    """A network that takes red for Bart: (N, S, S, 3) BGR -> (N, 2)."""
    bart = np.where(pictures[..., 2].mean(axis=(1, 2)) > 127, 0.8, 0.2)
    return np.stack([bart, 1 - bart], axis=1).astype(np.float32)


PREDICTOR = Predictor(Path(__file__), ModelCard("reds", ("bart", "homer"), 8), reds)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Picture]:
    """Validation pictures: Bart, correct and leaked; Homer, one wrong and one correct."""
    red, blue = np.array([0, 0, 1]), np.array([1, 0, 0])
    rows = [
        ("bart", "train", 1, red),
        ("bart", "val", 1, red),
        ("homer", "val", 2, red),
        ("homer", "val", 3, blue),
    ]
    made = []
    for number, (name, split, seed, tint) in enumerate(rows):
        path = tmp_path / f"{number}.png"
        noise = scene(seed).mean(axis=2, keepdims=True) / 2 + 128
        cv2.imwrite(str(path), (noise * tint).astype(np.uint8))
        made.append(Picture(path, name, True, f"scene {number}", split))
    return made


def evaluate_val(pictures: list[Picture]):
    val = [p for p in pictures if p.split == "val"]
    return evaluate(PREDICTOR, val, config=EvaluateConfig(), how_split="", leak=leak_of(pictures))


def test_metrics_are_also_given_without_leaked_pictures(pictures, tmp_path: Path) -> None:
    found = evaluate_val(pictures)
    assert found.metrics.accuracy == pytest.approx(2 / 3)
    assert found.metrics_without_leak is not None and found.metrics_without_leak.accuracy == 0.5
    values = json.loads(write_metrics(found, tmp_path / "metrics.json").read_text())["near_duplicates"]
    assert values["pictures"] == 1 and values["accuracy_without"] == 0.5
    (line,) = (line for line in summary_lines(found) if "near duplicate" in line)
    assert line.startswith("1 of 3 validation pictures (33.3%)") and "without them accuracy 0.5000" in line


def test_without_a_leak_there_are_no_extra_metrics(pictures, tmp_path: Path) -> None:
    found = evaluate_val(pictures[1:])
    assert found.metrics_without_leak is None and leak_text(found) is None
    values = json.loads(write_metrics(found, tmp_path / "metrics.json").read_text())["near_duplicates"]
    assert values["pictures"] == 0 and values["accuracy_without"] is None


def test_if_all_pictures_leak_no_metrics_are_left(pictures) -> None:
    found = evaluate_val(pictures[:2])
    assert found.metrics.accuracy == 1 and "no others are left" in (leak_text(found) or "")
