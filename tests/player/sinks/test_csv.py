"""Predictions as CSV."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np

from simpsons_play.core.frames import Frame
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region
from simpsons_play.sinks import PredictionsCsvWriter

IMAGE = np.zeros((4, 6, 3), np.uint8)
LEFT, RIGHT = Region("left", Box(0, 0, 3, 4)), Region("right", Box(3, 0, 6, 4))


def test_each_caption_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with PredictionsCsvWriter(path) as sink:
        for number in range(3):
            frame = Frame(IMAGE, number, Fraction(number * 1001, 24000))
            captions = (Caption(LEFT, "bart_simpson", 0.91236), Caption(RIGHT, 'a, "b"', 1.0))[: 2 - number]
            sink.write(frame, FrameResult(number, frame.time_s, False, (), captions))
    assert list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) == [
        {"time_s": "0.000000", "region": "left", "label": "bart_simpson", "probability": "0.9124"},
        {"time_s": "0.000000", "region": "right", "label": 'a, "b"', "probability": "1.0000"},
        {"time_s": "0.041708", "region": "left", "label": "bart_simpson", "probability": "0.9124"},
    ]


def test_rows_of_pictures_contain_the_file_name(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with PredictionsCsvWriter(path, stills=True) as sink:
        frame = Frame(IMAGE, 0, Fraction(0), name="pictures/bärt.jpg")
        sink.write(frame, FrameResult(0, 0.0, True, (), (Caption(LEFT, "bart_simpson", 0.5),)))
    (row,) = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    assert row["picture"] == "pictures/bärt.jpg" and row["label"] == "bart_simpson"
