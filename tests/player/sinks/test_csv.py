"""Predictions as CSV."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np

from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region
from simpsons_play.sinks import PredictionsCsvWriter

IMAGE = np.zeros((4, 6, 3), np.uint8)
VIDEO = SourceInfo("drawn", 6, 4, Fraction(24000, 1001), Fraction(1001, 24000))
PICTURES = SourceInfo("pictures", 6, 4, Fraction(1), Fraction(1), stills=True)
HEAD, RIGHT = Region("head-1", Box(1, 0, 3, 2)), Region("right", Box(3, 0, 6, 4))


def test_each_caption_is_a_row(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with PredictionsCsvWriter(path, VIDEO) as sink:
        for number in range(3):
            frame = Frame(IMAGE, number, Fraction(number * 1001, 24000))
            captions = (Caption(HEAD, "bart_simpson", 0.91236), Caption(RIGHT, 'a, "b"', 1.0))[: 2 - number]
            sink.write(frame, FrameResult(number, frame.time_s, False, (), captions))
    assert path.read_text(encoding="utf-8").splitlines() == [
        "time_s,region,label,probability,index,shot,track,x_min,y_min,x_max,y_max",
        "0.000000,head-1-left,bart_simpson,0.9124,0,1,1,1,0,3,2",
        '0.000000,right,"a, ""b""",1.0000,0,1,,3,0,6,4',
        "0.041708,head-1-left,bart_simpson,0.9124,1,1,1,1,0,3,2",
    ]


def test_rows_of_pictures_contain_the_file_name(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with PredictionsCsvWriter(path, PICTURES) as sink:
        frame = Frame(IMAGE, 0, Fraction(0), name="pictures/bärt.jpg")
        sink.write(frame, FrameResult(0, 0.0, True, (), (Caption(RIGHT, "bart_simpson", 0.5),)))
    (row,) = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    assert next(iter(row)) == "picture"
    assert row["picture"] == "pictures/bärt.jpg" and row["label"] == "bart_simpson"
