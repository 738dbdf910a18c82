"""Cast panel and navigation between appearances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollArea

from simpsons_play.core.geometry import Box
from simpsons_play.core.names import colour_of
from simpsons_play.core.results import Caption, FrameResult
from simpsons_play.window.playback.previews import Previews
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.widgets import cast_row
from simpsons_play.window.widgets.cast import CastMember, cast_list
from simpsons_play.window.widgets.cast_panel import CastPanel
from simpsons_play.window.widgets.cast_row import CastRow
from simpsons_play.window.widgets.lanes import Lanes
from tests.player.window.cast_driver import (
    BART,
    HEADS,
    HOMER,
    LABELS,
    MARGE,
    TIMELINE,
    CastDriver,
    cast_driver_fixture,  # noqa: F401 - as `driver`
    settings_fixture,  # noqa: F401 - as `settings`
)
from tests.player.window.driver import pixels
from tests.player.window.window_kit import ListSource, numbered_frames


def test_cast_list_has_time_so_far_and_current_confidence() -> None:
    now = FrameResult(0, 2.5, False, (), (Caption(HEADS[0], BART, 0.9), Caption(HEADS[1], HOMER, 0.8)))
    assert cast_list(TIMELINE, now, 2.5) == [
        CastMember(MARGE, 1.0, None),
        CastMember(BART, 0.5, 0.9),
        CastMember(HOMER, 0.0, 0.8),
    ]
    assert [m.label for m in cast_list(TIMELINE, None, 1.5)] == [MARGE], "no spoilers"
    assert [m.label for m in cast_list(TIMELINE, None, 8.0)] == [BART, MARGE], "longest first"
    assert cast_list(None, now, 2.5) == [CastMember(BART, None, 0.9), CastMember(HOMER, None, 0.8)]
    assert cast_list(None, None, 0.0) == []


def test_characters_on_screen_have_larger_rows(qtbot: QtBot) -> None:
    panel = CastPanel()
    qtbot.addWidget(panel)
    panel.resize(panel.width(), 400)
    panel.show_cast([CastMember(MARGE, 5.0, 0.93), CastMember(BART, 2.0, None)], LABELS, None)
    now, so_far = panel.row_rect(MARGE), panel.row_rect(BART)
    assert now.bottom() < so_far.top() and now.height() > so_far.height()
    picture = pixels(panel)
    for label, row in ((MARGE, now), (BART, so_far)):
        part = picture[round(row.top()) : round(row.bottom()), 10:30]
        assert (part == np.array(colour_of(label, LABELS))).all(axis=2).sum() > 20, "in full colour"


@pytest.mark.parametrize("size", [7, 9, 14, 24])
def test_names_are_shortened_in_the_middle_if_at_all(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    written: list[str] = []
    draw = QPainter.drawText

    def record(painter: QPainter, *of: object) -> object:
        written.append(str(of[-1]))
        return draw(painter, *of)

    monkeypatch.setattr(cast_row.QPainter, "drawText", record)
    panel = CastPanel()
    qtbot.addWidget(panel)
    font = panel.font()
    font.setPointSize(size)
    panel.setFont(font)
    panel.resize(panel.width(), 40 * size)
    for label in ("krusty_the_clown", "charles_montgomery_burns_of_springfield"):
        panel.show_cast([CastMember(label, 5999.0, None)], LABELS, None)
        pixels(panel)
    names = [text for text in written if text[:1] in ("K", "C")]
    assert names[0] == "Krusty the Clown", "on one line, with its time"
    assert names[-1].startswith("Charles") and "…" in names[-1] and names[-1].endswith("field")


def test_many_rows_scroll(qtbot: QtBot) -> None:
    panel = CastPanel()
    qtbot.addWidget(panel)
    panel.resize(panel.width(), 300)
    panel.show()
    labels = tuple(f"label_{i:02}" for i in range(18))
    members = [CastMember(label, 18.0 - i, None) for i, label in enumerate(labels)]
    panel.show_cast(members, labels, None)
    assert panel.row_rect(labels[0]).height() > panel.fontMetrics().height(), "letters are never cut"
    assert panel.row_rect(labels[-1]).bottom() > 300
    panel.show_cast(members, labels, labels[-1])
    assert panel.row_rect(labels[-1]).bottom() <= 301, "the selected row is visible"
    panel.show_cast(members, labels, labels[0])
    assert panel.row_rect(labels[0]).bottom() <= 300
    for _ in range(12):
        wheel(panel, -120)
    assert panel.row_rect(labels[-1]).bottom() <= 300
    panel.resize(panel.width(), 1200)
    assert panel.row_rect(labels[-1]).bottom() < 1200


def wheel(panel: CastPanel, turned: int) -> None:
    rows = panel.findChild(QScrollArea).viewport()
    QApplication.sendEvent(
        rows,
        QWheelEvent(
            QPointF(50, 20),
            QPointF(rows.mapToGlobal(QPoint(50, 20))),
            QPoint(),
            QPoint(0, turned),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def click_row(driver: CastDriver, label: str) -> None:
    """Click the row of a character with the mouse."""
    row = next(row for row in driver.cast.findChildren(CastRow) if row.label == label and row.isVisible())
    driver.qtbot.mouseClick(row, Qt.MouseButton.LeftButton)


def test_only_the_selected_character_is_drawn_listed_and_counted(qtbot: QtBot, tmp_path: Path) -> None:
    driver = CastDriver(qtbot, tmp_path)
    driver.window.findChild(Transport).seek_to(6.5)
    qtbot.waitUntil(lambda: len(driver.cast.members) == 2)
    assert driver.cast.only_box.isHidden()
    click_row(driver, BART)
    box = driver.cast.only_box
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))
    assert box.isChecked() and "Only Bart Simpson" in driver.message
    qtbot.waitUntil(lambda: [m.label for m in driver.cast.members] == [BART])
    lanes = driver.window.findChild(Lanes)
    assert list(lanes.rows) == [BART], "Marge is neither counted nor drawn"
    presenter = driver.window._presenter._presenter
    driver.press(Qt.Key.Key_Home)
    driver.qtbot.waitUntil(lambda: presenter._shown_for(presenter._frame) is not None)
    assert presenter._shown_for(presenter._frame).captions == ()
    driver.window.findChild(Transport).seek_to(6.5)
    driver.press("c")
    qtbot.waitUntil(lambda: len(driver.cast.members) == 2 and len(lanes.rows) == 2)
    driver.press("c")
    click_row(driver, BART)
    qtbot.waitUntil(lambda: len(driver.cast.members) == 2)
    assert not box.isVisible(), "following everyone shows everyone"


def test_rows_are_reached_by_keyboard_and_named(driver: CastDriver) -> None:
    driver.window.findChild(Transport).seek_to(6.5)
    driver.qtbot.waitUntil(lambda: len(driver.cast.members) == 2)

    def named() -> set[tuple[str, str]]:
        rows = driver.cast.findChildren(CastRow)
        return {(row.accessibleName(), row.accessibleDescription()) for row in rows if row.isVisible()}

    expected = {("Marge Simpson", "on screen now"), ("Bart Simpson", "00:02 so far")}
    driver.qtbot.waitUntil(lambda: named() >= expected)
    rows = [row for row in driver.cast.findChildren(CastRow) if row.isVisible()]
    total = next(row for row in rows if row.accessibleName().startswith("Bart"))
    total.setFocus()
    driver.qtbot.keyClick(total, Qt.Key.Key_Space)
    assert "Following Bart Simpson" in driver.message and not driver.window.playback.playing
    assert total.isChecked()


def test_a_row_keeps_its_character(qtbot: QtBot) -> None:
    """Otherwise, space would follow whoever has come into its place since."""
    panel = CastPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.show_cast([CastMember(MARGE, 5.0, 0.9), CastMember(BART, 2.0, 0.9)], LABELS, None)
    (now,) = [row for row in panel.findChildren(CastRow) if row.label == MARGE and row._large]
    now.setFocus()
    panel.show_cast([CastMember(BART, 6.0, 0.9), CastMember(MARGE, 5.0, 0.9)], LABELS, None)
    assert now.label == MARGE and now.hasFocus()
    panel.show_cast([CastMember(BART, 6.0, 0.9), CastMember(MARGE, 5.0, None)], LABELS, None)
    assert not any(row.hasFocus() for row in panel.findChildren(CastRow)), "rather than Bart's"


def test_portraits_come_from_frames_shown_and_from_the_source(qtbot: QtBot, tmp_path: Path) -> None:
    driver = CastDriver(qtbot, tmp_path)
    presenter = driver.window._presenter._presenter
    qtbot.waitUntil(lambda: MARGE in presenter._portraits.pixmaps)
    assert BART not in presenter._portraits.pixmaps
    driver.analysis.heads[BART] = (2.0, Box(10, 10, 70, 90))
    driver.window._presenter.read_from(
        previews := Previews(lambda start_s=0.0: ListSource(numbered_frames(200)))
    )
    driver.window.findChild(Transport).seek_to(6.5)
    qtbot.waitUntil(lambda: BART in presenter._portraits.pixmaps)
    previews.stop()


def test_n_and_p_go_to_appearances_of_the_selected_character(driver: CastDriver) -> None:
    driver.press("n")
    assert driver.position_s == 2.0 and driver.message.startswith("Bart Simpson")
    click_row(driver, MARGE)
    assert "Following Marge Simpson" in driver.message
    driver.press("n")
    assert driver.position_s == 5.0
    driver.press("n")
    assert driver.position_s == 5.0 and "No later appearance of Marge Simpson" in driver.message
    driver.press("p")
    assert driver.position_s == 0.0
    click_row(driver, MARGE)
    assert "Stopped following Marge Simpson" in driver.message
    driver.press("n")
    driver.press("n")
    driver.press("n")
    assert driver.position_s == 5.0, "2, 3 (a cut) and 5"


def test_keys_select_characters(driver: CastDriver) -> None:
    driver.window.findChild(Transport).seek_to(4.0)
    driver.qtbot.waitUntil(lambda: len(driver.cast.members) == 2)
    for word in ("Following Bart", "Following Marge", "Stopped following Marge", "Following Bart"):
        driver.press(Qt.Key.Key_PageDown)
        assert word in driver.message
    driver.press(Qt.Key.Key_PageUp)
    assert "Stopped following Bart" in driver.message


def test_without_a_timeline_there_are_no_appearances(driver: CastDriver) -> None:
    driver.analysis.known = None
    driver.qtbot.waitUntil(lambda: all(m.seconds is None for m in driver.cast.members))
    driver.press("n")
    assert "Only available for video files" in driver.message


def test_the_cast_panel_is_toggled_and_hidden_in_small_windows(driver: CastDriver) -> None:
    width = driver.window.picture.width()
    driver.press("t")
    assert not driver.cast.isVisible() and driver.window.picture.width() > width
    driver.press("t")
    assert driver.cast.isVisible()
    driver.window.resize(320, 300)
    assert not driver.cast.isVisible() and driver.window.picture.width() == 320
    driver.press("t")
    assert "too narrow" in driver.window._layout.osd.text() and not driver.cast.isVisible()
    driver.window.resize(900, 700)
    assert driver.cast.isVisible(), "what did nothing has no effect later"


def test_small_windows_fold_the_panel_until_it_is_asked_for(driver: CastDriver) -> None:
    driver.window.resize(640, 400)
    assert not driver.cast.isVisible() and driver.lanes.collapsed
    driver.press("t")
    driver.press("y")
    assert driver.cast.isVisible() and not driver.lanes.collapsed
    assert driver.lanes.height() <= driver.window.centralWidget().height() / 5
    driver.press("t")
    driver.press("y")
    assert not driver.cast.isVisible() and driver.lanes.collapsed


def test_full_screen_shows_the_cast_panel_on_request(driver: CastDriver) -> None:
    driver.press("f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    assert not driver.cast.isVisible()
    driver.press("t")
    assert driver.cast.isVisible() and driver.cast.height() == driver.window.picture.height()
    driver.press("f")
    driver.press("t")
    assert not driver.cast.isVisible()
