"""The bundled detector on annotated heads and real footage; needs the pictures and clips of the show.

`pytest tests/models/test_heads.py -s` prints the metrics of docs/accuracy.md.
"""

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from tests.commands import simpsons
from tests.data import DATA, EPISODE, PICTURES

from simpsons_models import default_detector
from simpsons_samples.drawings import random_scene
from simpsons_training.dataset import read_pictures
from simpsons_training.detection.config import DetectorConfig
from simpsons_training.detection.head_detector import open_detector
from simpsons_training.detection.head_table import read_head_table, split_heads
from simpsons_training.detection.metrics import evaluate_detector
from simpsons_training.detection.report import lead_text
from simpsons_training.detection.sources import annotated_scenes

SIZES = ((576, 432), (640, 360), (90, 120))
REAL = EPISODE.parent / "real"


def test_both_files_of_the_bundled_detector_return_the_same_heads() -> None:
    random = np.random.default_rng(3)
    scenes = [random_scene(["bart_simpson", None, "marge_simpson"], random)[0] for _ in SIZES]
    frames = [np.asarray(cv2.resize(*pair), np.uint8) for pair in zip(scenes, SIZES, strict=True)]
    keras, onnx = (open_detector(default_detector().with_suffix(kind)) for kind in (".keras", ".onnx"))
    heads = 0
    for one, other in zip(keras.detect(frames), onnx.detect(frames), strict=True):
        # Fitted pixels are bytes for the one, floats for the other.
        np.testing.assert_allclose(one.boxes, other.boxes, atol=2)
        np.testing.assert_allclose(one.scores, other.scores, atol=0.02)
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=0.05)
        heads += len(one.scores)
    assert heads >= 4


@pytest.mark.slow
@pytest.mark.skipif(not PICTURES.exists(), reason="the pictures of the show are not here")
def test_the_bundled_detector_on_unseen_heads() -> None:
    pictures = read_pictures(DATA)
    config = DetectorConfig()
    _, val_pictures = split_heads(
        read_head_table(DATA / "heads.csv"), pictures.pictures, val_share=config.val_share
    )
    detector = open_detector(default_detector())
    val = [*pictures.select("val", known=True)[::8], *pictures.select("val", known=False)]
    evaluation = evaluate_detector(
        detector, annotated_scenes(val_pictures, detector.card.labels), val, threshold=None
    )
    print(f"\n{lead_text(evaluation)}")
    assert evaluation.precision.at_50 >= 0.9
    assert evaluation.picture_metrics.right is not None and evaluation.picture_metrics.right >= 0.9


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="the pieces of the show are not here")
def test_the_player_names_known_characters_only_in_real_footage(tmp_path: Path) -> None:
    people = found = wrong = seconds = unnamed = empty = 0
    with (REAL / "truth.csv").open(newline="") as file:
        truth = list(csv.DictReader(file))
    for clip in sorted({row["clip"] for row in truth}):
        done = simpsons("play", REAL / clip, "--no-window", "--predictions", tmp_path / f"{clip}.jsonl")
        assert done.returncode == 0, done.stderr
        lines = map(json.loads, (tmp_path / f"{clip}.jsonl").read_text().splitlines())
        frames = [line for line in lines if line["type"] == "frame"]
        for row in (row for row in truth if row["clip"] == clip):
            frame = min(frames, key=lambda f: abs(f["time_s"] - float(row["time_s"])))
            named = {caption["label"] for caption in frame["captions"]}
            present, partly = (set(row[c].split(";")) - {""} for c in ("present", "partly"))
            people, found = people + len(present), found + len(named & present)
            seconds, wrong = seconds + 1, wrong + bool(named - present - partly)
            if not present | partly:
                empty, unnamed = empty + 1, unnamed + (not named)
    print(
        f"\n{found} of {people} people named, a wrong name in {wrong} of {seconds} s, "
        f"nobody in {unnamed} of {empty} s"
    )
    assert found / people >= 0.85
    assert wrong / seconds <= 0.08
    assert unnamed / empty >= 0.9
