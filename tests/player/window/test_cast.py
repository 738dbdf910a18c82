"""Cast panel and navigation between appearances."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from simpsons_play.core.names import colour_of
from simpsons_play.core.results import Caption, FrameResult
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.widgets import cast_panel
from simpsons_play.window.widgets.cast import CastMember, cast_list
from simpsons_play.window.widgets.cast_panel import CastPanel
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
def test_the_longest_name_is_not_elided(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    shortened, written = cast_panel._elided, list[str]()
    monkeypatch.setattr(cast_panel, "_elided", lambda *of: written.append(shortened(*of)) or written[-1])
    panel = CastPanel()
    qtbot.addWidget(panel)
    font = panel.font()
    font.setPointSize(size)
    panel.setFont(font)
    panel.show_cast([CastMember("apu_nahasapeemapetilon", 5999.0, 1.0)], LABELS, None)
    pixels(panel)
    assert written == ["Apu Nahasapeemapetilon"] * 2, "on screen now, and so far"


def test_many_rows_move_closer_together_and_then_scroll(qtbot: QtBot) -> None:
    panel = CastPanel()
    qtbot.addWidget(panel)
    panel.resize(panel.width(), 300)
    labels = tuple(f"label_{i:02}" for i in range(18))
    members = [CastMember(label, 18.0 - i, None) for i, label in enumerate(labels)]
    panel.show_cast(members, labels, None)
    assert panel.row_rect(labels[0]).height() > panel.fontMetrics().height(), "letters are never cut"
    assert panel.row_rect(labels[-1]).bottom() > 300
    panel.show_cast(members, labels, labels[-1])
    assert panel.row_rect(labels[-1]).bottom() <= 301, "the selected row is visible"
    panel.show_cast(members, labels, labels[0])
    assert panel.row_rect(labels[0]).bottom() <= 300
    for _ in range(9):
        wheel(panel, -120)
    assert 280 < panel.row_rect(labels[-1]).bottom() <= 300
    wheel(panel, 12000)
    panel.resize(panel.width(), 1200)
    panel.show_cast(members, labels, None)
    assert panel.row_rect(labels[-1]).bottom() < 1200


def wheel(panel: CastPanel, turned: int) -> None:
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(
        panel,
        QWheelEvent(
            QPointF(50, 250),
            QPointF(50, 250),
            QPoint(),
            QPoint(0, turned),
            Qt.MouseButton.NoButton,
            none,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def test_n_and_p_go_to_appearances_of_the_selected_character(driver: CastDriver) -> None:
    driver.press("n")
    assert driver.position_s == 2.0 and driver.message.startswith("Bart Simpson")
    row = driver.cast.row_rect(MARGE).center().toPoint()
    driver.qtbot.mouseClick(driver.cast, Qt.MouseButton.LeftButton, pos=row)
    assert "n, p: appearances of Marge Simpson" in driver.message
    driver.press("n")
    assert driver.position_s == 5.0
    driver.press("n")
    assert driver.position_s == 5.0 and "no later appearance of Marge Simpson" in driver.message
    driver.press("p")
    assert driver.position_s == 0.0
    row = driver.cast.row_rect(MARGE).center().toPoint()
    driver.qtbot.mouseClick(driver.cast, Qt.MouseButton.LeftButton, pos=row)
    assert "all appearances" in driver.message
    driver.press("n")
    driver.press("n")
    driver.press("n")
    assert driver.position_s == 5.0, "2, 3 (a cut) and 5"


def test_tab_selects_characters(driver: CastDriver) -> None:
    driver.window.findChild(Transport).seek_to(4.0)
    driver.qtbot.waitUntil(lambda: len(driver.cast.members) == 2)
    for word in ("Bart", "Marge", "all appearances", "Bart"):
        driver.press(Qt.Key.Key_Tab)
        assert word in driver.message
    driver.press(Qt.Key.Key_Backtab)
    assert "all appearances" in driver.message


def test_without_a_timeline_there_are_no_appearances(driver: CastDriver) -> None:
    driver.analysis.known = None
    driver.qtbot.waitUntil(lambda: all(m.seconds is None for m in driver.cast.members))
    driver.press("n")
    assert "only available for video files" in driver.message


def test_the_cast_panel_is_toggled_and_hidden_in_small_windows(driver: CastDriver) -> None:
    width = driver.window.picture.width()
    driver.press("t")
    assert not driver.cast.isVisible() and driver.window.picture.width() > width
    driver.press("t")
    assert driver.cast.isVisible()
    driver.window.resize(400, 300)
    assert not driver.cast.isVisible() and driver.window.picture.width() == 400


def test_full_screen_shows_the_cast_panel_on_request(driver: CastDriver) -> None:
    driver.press("f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    assert not driver.cast.isVisible()
    driver.press("t")
    assert driver.cast.isVisible() and driver.cast.height() == driver.window.picture.height()
    driver.press("f")
    driver.press("t")
    assert not driver.cast.isVisible()


def test_the_window_shows_some_characters_alone(driver: CastDriver) -> None:
    presenter = driver.presenter
    assert presenter.only is None and set(driver.lanes.rows) == {BART, MARGE}
    presenter.show_only(frozenset({BART}))
    assert set(driver.lanes.rows) == {BART} and not driver.cast.members
    assert "showing Bart Simpson" in driver.window.status_text()[1]
    presenter.show_only(None)
    assert set(driver.lanes.rows) == {BART, MARGE}
    assert [member.label for member in driver.cast.members] == [MARGE]
