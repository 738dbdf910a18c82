"""Corrections of wrong names."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
)

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Region
from simpsons_play.window.widgets.naming_dialog import NamingDialog
from tests.player.window.cast_driver import (
    BART,
    HEADS,
    HOMER,
    LABELS,
    MARGE,
    CastDriver,
    cast_driver_fixture,  # noqa: F401 - as `driver`
    settings_fixture,  # noqa: F401 - as `settings`
)


def test_a_correction_saves_the_picture_under_the_right_name(driver: CastDriver, tmp_path: Path) -> None:
    driver.fill_in("hom")
    driver.press("x")
    (saved,) = (tmp_path / "corrections" / "characters" / "homer_simpson").iterdir()
    assert saved.name.endswith("-left.png") and f"Saved {saved}" in driver.message
    driver.fill_in("bar", head=1)
    driver.press("x")
    (other,) = (tmp_path / "corrections" / "characters" / "bart_simpson").iterdir()
    assert other.name.endswith("-right.png")
    table = (tmp_path / "corrections" / "heads.csv").read_text().splitlines()
    assert [line.split(",")[1:] for line in table[1:]] == [
        ["homer_simpson", "10", "10", "60", "80"],
        ["bart_simpson", "40", "10", "100", "80"],
    ]
    assert driver.window.playback is not None and not driver.window.playback.playing


def test_a_correction_can_be_cancelled_and_reports_errors(driver: CastDriver, tmp_path: Path) -> None:
    driver.fill_in("ho", key=Qt.Key.Key_Escape)
    driver.press("x")
    assert not (tmp_path / "corrections").exists() and driver.window.isVisible()
    (tmp_path / "corrections").write_text("no folder")
    driver.fill_in("ho")
    driver.press("x")
    assert "Cannot save the picture" in driver.message


def test_up_and_down_choose_among_matching_names(qtbot: QtBot) -> None:
    dialog = NamingDialog([(HEADS[0], MARGE)], LABELS)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClicks(dialog._text, "simpson")
    assert dialog.label == BART
    qtbot.keyClick(dialog._text, Qt.Key.Key_Down)
    assert dialog.label == HOMER and dialog.head == 0
    qtbot.keyClicks(dialog._text, "zz")
    qtbot.keyClick(dialog._text, Qt.Key.Key_Return)
    assert dialog.isVisible(), "there is no such name"
    words = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert "No name contains “simpsonzz”" in words
    ok, cancel = (
        dialog.findChild(QDialogButtonBox).button(which)
        for which in (QDialogButtonBox.StandardButton.Ok, QDialogButtonBox.StandardButton.Cancel)
    )
    assert not ok.isEnabled()
    dialog._text.setText("homer")
    ok.click()
    assert dialog.result() == QDialog.DialogCode.Accepted and dialog.label == HOMER
    dialog.show()
    cancel.click()
    assert dialog.result() == QDialog.DialogCode.Rejected


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (1, ["No name (head)"]),
        (2, ["No name (right head)", "No name (left head)"]),
        (4, [f"No name ({n} head from the left)" for n in ("4th", "3rd", "2nd", "1st")]),
    ],
)
def test_heads_are_described_by_position(qtbot: QtBot, count: int, words: list[str]) -> None:
    heads = [(Region(f"head-{i}", Box(300 - 60 * i, 10, 340 - 60 * i, 50)), None) for i in range(count)]
    dialog = NamingDialog(heads, LABELS)
    qtbot.addWidget(dialog)
    assert [dialog._heads.itemText(i) for i in range(count)] == words


def test_closed_dialogs_are_deleted(driver: CastDriver) -> None:
    for _ in range(3):
        driver.fill_in("ho", key=Qt.Key.Key_Escape)
        driver.press("x")
    driver.qtbot.waitUntil(lambda: not driver.window.findChildren(NamingDialog))


def test_closing_the_window_closes_its_dialog(driver: CastDriver) -> None:
    """Such as on Ctrl-C: an open dialog would keep the process running."""
    QTimer.singleShot(100, driver.window.close)
    driver.press("x")
    assert not driver.window.isVisible() and driver.window.closed
    assert not driver.play_queue.requested
