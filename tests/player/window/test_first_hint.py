"""The hint of the most important keys: shown once, when the first video plays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from simpsons_play.window.shell.first_hint import HINT, take_hint
from simpsons_play.window.widgets import hint_box
from simpsons_play.window.widgets.hint_box import HintBox
from tests.player.window.driver import WindowDriver
from tests.player.window.new_user import new_user_fixture  # noqa: F401 - as `new_user`

pytestmark = pytest.mark.usefixtures("new_user")


def playing(qtbot: QtBot, *, close_at_end: bool = False) -> tuple[WindowDriver, HintBox]:
    driver = WindowDriver(qtbot, close_at_end=close_at_end)
    qtbot.waitUntil(lambda: len(driver.analysis.frames) > 2)
    (hint,) = driver.window.findChildren(HintBox)
    return driver, hint


def press_key(driver: WindowDriver) -> None:
    QTest.keyClick(driver.window.windowHandle(), Qt.Key.Key_M)


def click(driver: WindowDriver) -> None:
    QTest.mouseClick(
        driver.window.windowHandle(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(100, 100),
    )


@pytest.mark.parametrize("act", [press_key, click])
def test_it_is_shown_once_until_a_key_or_click(qtbot: QtBot, act: Callable[[WindowDriver], None]) -> None:
    driver, hint = playing(qtbot)
    assert hint.isVisible() and hint.text() == HINT
    assert driver.window.picture.geometry().contains(hint.geometry())
    act(driver)
    assert not hint.isVisible()
    driver.window.close()
    driver, hint = playing(qtbot)
    assert not hint.isVisible() and not hint.text()
    driver.window.close()


def test_it_disappears_by_itself(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hint_box, "_SHOWN_MS", 50)
    driver, hint = playing(qtbot)
    assert hint.text() == HINT
    qtbot.waitUntil(lambda: not hint.isVisible())
    driver.window.close()


def test_a_window_that_closes_at_the_end_does_not_show_it(qtbot: QtBot) -> None:
    driver, hint = playing(qtbot, close_at_end=True)
    assert not hint.text()
    driver.window.close()
    assert take_hint() == HINT, "the next window shows it"


def test_it_is_not_shown_if_that_cannot_be_remembered(tmp_path: Path) -> None:
    (tmp_path / "settings").write_text("a file where the folder should be")
    assert take_hint() == "" == take_hint()
