"""What a judgement says of pictures that the network has as good as learned from."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from simpsons_play.inference.model_card import ModelCard
from simpsons_training.evaluation.config import EvaluateConfig
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.evaluation.results import evaluate, write_metrics
from simpsons_training.evaluation.summary import leak_words, summary_lines
from simpsons_training.leaks import leak_of
from simpsons_training.table import Picture
from tests.training.test_dataset import scene


def reds(pictures: np.ndarray) -> np.ndarray:
    """A network to which Bart is what is red: (N, S, S, 3) BGR -> (N, 2)."""
    bart = np.where(pictures[..., 2].mean(axis=(1, 2)) > 127, 0.8, 0.2)
    return np.stack([bart, 1 - bart], axis=1).astype(np.float32)


PREDICTOR = Predictor(Path(__file__), ModelCard("reds", ("bart", "homer"), 8), reds)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Picture]:
    """To validate on, Bart right and leaked, Homer wrong and right; what is known of red is from noise."""
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


def judge(pictures: list[Picture]):
    judged = [p for p in pictures if p.split == "val"]
    return evaluate(PREDICTOR, judged, config=EvaluateConfig(), how_split="", leak=leak_of(pictures))


def test_figures_without_what_leaks_are_given_beside_the_others(pictures, tmp_path: Path) -> None:
    found = judge(pictures)
    assert found.metrics.accuracy == pytest.approx(2 / 3)
    assert found.metrics_without_leak is not None and found.metrics_without_leak.accuracy == 0.5
    values = json.loads(write_metrics(found, tmp_path / "metrics.json").read_text())["near_duplicates"]
    assert values["pictures"] == 1 and values["accuracy_without"] == 0.5
    (line,) = (line for line in summary_lines(found) if "near duplicate" in line)
    assert line.startswith("1 of 3 validation pictures (33.3%)") and "without them accuracy 0.5000" in line


def test_where_nothing_leaks_nothing_is_said(pictures, tmp_path: Path) -> None:
    found = judge(pictures[1:])
    assert found.metrics_without_leak is None and leak_words(found) is None
    values = json.loads(write_metrics(found, tmp_path / "metrics.json").read_text())["near_duplicates"]
    assert values["pictures"] == 0 and values["accuracy_without"] is None


def test_where_all_leaks_there_are_no_others(pictures) -> None:
    found = judge(pictures[:2])
    assert found.metrics.accuracy == 1 and "without them there are none" in (leak_words(found) or "")
