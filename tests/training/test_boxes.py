"""Boxes checked against heads: good ones, those drawn on a smaller copy, and those around something else."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from simpsons_play.core.geometry import Box
from simpsons_training.commands.dataset_boxes import boxes
from simpsons_training.detection.scenes import Head
from simpsons_training.study.boxes import Verdict, check_box
from simpsons_training.table import Picture
from tests.commands import simpsons
from tests.training.drawn import write_drawings

HEAD = Head(80, 40, 120, 90, 0)
PICTURE = Picture(Path("a.png"), "bart_simpson", True, "1", "train", Box(70, 30, 130, 190))


def checked(box: Box, head: Head | None = HEAD):
    return check_box(dataclasses.replace(PICTURE, box=box), head, 192, 192)


def test_a_box_that_contains_the_head_is_unchanged() -> None:
    row = checked(Box(70, 30, 130, 190))
    assert (row.verdict, row.box, row.scale) == (Verdict.GOOD, Box(70, 30, 130, 190), 1.0)


@given(st.floats(1.6, 3.5))
def test_a_box_from_a_smaller_copy_is_scaled_until_it_contains_the_head(scale: float) -> None:
    small = Box(*(round(side / scale) for side in (70, 30, 130, 150)))
    row = checked(small)
    assert row.verdict is Verdict.SMALL_COPY and row.box is not None and row.scale is not None
    assert row.scale == pytest.approx(scale, rel=0.25)
    assert row.box.x_min <= 88 and row.box.x_max >= 112 and row.box.y_min <= 52 and row.box.y_max >= 80


def test_a_box_around_something_else_is_rejected() -> None:
    row = checked(Box(150, 150, 190, 190))
    assert (row.verdict, row.box, row.scale) == (Verdict.ELSEWHERE, None, None)
    assert checked(Box(70, 30, 130, 190), None).verdict is Verdict.NO_HEAD


@pytest.mark.slow
def test_the_command_writes_counts_report_and_table(tmp_path: Path) -> None:
    data = write_drawings(tmp_path / "data", each=4)
    out = tmp_path / "out"
    done = simpsons("dataset", "boxes", data, "-o", out)
    assert done.returncode == 0, done.stderr
    for verdict in Verdict:
        assert verdict.value in done.stdout
    with (out / "boxes.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12 and {row["verdict"] for row in rows} <= {v.value for v in Verdict}
    assert any(row["head_x_min"] for row in rows), "the bundled detector finds heads in our drawings"
    assert "Box check" in (out / "report.html").read_text()


def test_pictures_without_boxes_are_a_one_line_error(tmp_path: Path) -> None:
    data = write_drawings(tmp_path / "data", each=2, boxes=False)
    done = CliRunner().invoke(boxes, [str(data)])
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1 and "has no boxes" in done.stderr
