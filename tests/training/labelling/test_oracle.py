"""Propose and review on a clip of the show, with an oracle that knows who is there; needs the clip."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import Qt

from simpsons_training.labelling.picture_folder import PictureFolder
from simpsons_training.labelling.proposal_folder import ProposalFolder
from tests.data import EPISODE
from tests.training.labelling.kit import run_command
from tests.training.labelling.test_review_window import Driver

pytestmark = pytest.mark.skipif(not EPISODE.is_file(), reason="needs the clips of the show")
Key = Qt.Key


def answers() -> list[dict[str, str]]:
    with EPISODE.with_suffix(".csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_proposals_are_right_and_reviewing_them_takes_few_keys(qtbot: QtBot, tmp_path: Path) -> None:
    done = run_command("propose", EPISODE, "--into", tmp_path)
    assert done.returncode == 0, done.stderr
    truth = answers()

    def is_right(character: str, time_s: float, crop: str) -> bool:
        return any(
            answer["character"] == character
            and ("full" in (crop, answer["where"]) or crop == answer["where"])
            for answer in truth
            if float(answer["start_s"]) <= time_s < float(answer["end_s"])
        )

    driver = Driver(qtbot, tmp_path)
    driver.press("p")
    entries = driver.window.sheet.entries
    wrong = []
    for row, entry in enumerate(entries):
        saved = entry.item.saved
        if not is_right(saved.character, saved.time_s or 0.0, saved.crop):
            wrong.append(row)
    assert len(entries) >= 30 and len(wrong) <= 0.05 * len(entries)
    shots = {answer["character"] for answer in truth} - {""}
    named = {entry.character for entry in entries}
    assert len(named & shots) >= 0.85 * len(shots), "most characters are found"
    for row in wrong:  # all keys count, also those that only move
        while driver.window.tiles.row < row:
            driver.press(Key.Key_Right)
        driver.press(Key.Key_Space)
    driver.press("a")
    saved = PictureFolder(tmp_path).rows()
    assert len(saved) == len(entries) - len(wrong) and not ProposalFolder(tmp_path).pending()
    assert driver.presses <= len(saved) / 4
