"""The shipped detector on marked heads and real footage, where they are here.

`pytest tests/models/test_heads.py -s` prints the figures of docs/accuracy.md.
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
from simpsons_training.detection.head_table import read_head_table, split_heads
from simpsons_training.detection.judging import judge
from simpsons_training.detection.opening import open_detector
from simpsons_training.detection.report import lead_words
from simpsons_training.detection.sources import marked_scenes

SIZES = ((576, 432), (640, 360), (90, 120))
REAL = EPISODE.parent / "real"


def test_both_files_of_the_shipped_detector_see_the_same_heads() -> None:
    random = np.random.default_rng(3)
    scenes = [random_scene(["bart_simpson", None, "marge_simpson"], random)[0] for _ in SIZES]
    frames = [np.asarray(cv2.resize(*pair), np.uint8) for pair in zip(scenes, SIZES, strict=True)]
    keras, onnx = (open_detector(default_detector().with_suffix(kind)) for kind in (".keras", ".onnx"))
    seen = 0
    for one, other in zip(keras.find(frames), onnx.find(frames), strict=True):
        np.testing.assert_allclose(one.boxes, other.boxes, atol=0.01)
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)
        np.testing.assert_allclose(one.names, other.names, atol=1e-4)
        seen += len(one.scores)
    assert seen >= 4


@pytest.mark.slow
@pytest.mark.skipif(not PICTURES.exists(), reason="the pictures of the show are not here")
def test_the_shipped_detector_finds_and_names_heads_it_has_not_seen() -> None:
    pictures = read_pictures(DATA)
    config = DetectorConfig()
    _, to_judge = split_heads(
        read_head_table(DATA / "heads.csv"), pictures.pictures, val_share=config.val_share
    )
    finder = open_detector(default_detector())
    some = [*pictures.select("val", known=True)[::8], *pictures.select("val", known=False)]
    evaluation = judge(finder, marked_scenes(to_judge, finder.card.labels), some, threshold=None)
    print(f"\n{lead_words(evaluation)}")
    assert evaluation.precision.at_50 >= 0.9
    assert evaluation.named.right is not None and evaluation.named.right >= 0.9


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="the pieces of the show are not here")
def test_people_are_named_in_real_footage_and_strangers_are_not(tmp_path: Path) -> None:
    people = found = false = seconds = silent = empty = 0
    with (REAL / "truth.csv").open(newline="") as file:
        truth = list(csv.DictReader(file))
    for clip in sorted({row["clip"] for row in truth}):
        done = simpsons("play", REAL / clip, "--no-window", "--predictions", tmp_path / f"{clip}.jsonl")
        assert done.returncode == 0, done.stderr
        lines = map(json.loads, (tmp_path / f"{clip}.jsonl").read_text().splitlines())
        frames = [line for line in lines if line["type"] == "frame"]
        for row in (row for row in truth if row["clip"] == clip):
            frame = min(frames, key=lambda f: abs(f["time_s"] - float(row["time_s"])))
            said = {caption["label"] for caption in frame["captions"]}
            there, partly = (set(row[c].split(";")) - {""} for c in ("present", "partly"))
            people, found = people + len(there), found + len(said & there)
            seconds, false = seconds + 1, false + bool(said - there - partly)
            if not there | partly:
                empty, silent = empty + 1, silent + (not said)
    print(
        f"\n{found} of {people} people named, a wrong name in {false} of {seconds} s, "
        f"nobody in {silent} of {empty} s"
    )
    assert found / people >= 0.85
    assert false / seconds <= 0.08
    assert silent / empty >= 0.9
