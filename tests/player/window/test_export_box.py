"""The boxes of exports with keyboard and screen reader."""

from __future__ import annotations

import pytest

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from PySide6.QtWidgets import QPushButton, QWidget

from simpsons_play.window import ExportState
from simpsons_play.window.export import box as export_box
from simpsons_play.window.export.box import ExportBox
from simpsons_play.window.widgets.layout import Layout
from tests.player.window.cast_driver import settings_fixture  # noqa: F401 - as `settings`
from tests.player.window.export_driver import (
    ExportDriver,
    button,
    export_driver_fixture,  # noqa: F401 - as `driver`
)

_MOST_TABS = 60


def activate(driver: ExportDriver) -> None:
    """Make the window the active one, as it is after a dialog has closed."""
    driver.window.activateWindow()
    driver.qtbot.waitUntil(driver.window.isActiveWindow)


def press(driver: ExportDriver, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
    """Press a key as the keyboard would: the widget with the focus gets it."""
    activate(driver)
    target = driver.window.focusWidget() or driver.window
    driver.qtbot.keyClick(target, key, modifier or Qt.KeyboardModifier.NoModifier)


def tab_to(driver: ExportDriver, name: str) -> QPushButton:
    """Press Tab until the button of a box with this accessible name has the focus."""
    for _ in range(_MOST_TABS):
        press(driver, Qt.Key.Key_Tab)
        focused = driver.window.focusWidget()
        if isinstance(focused, QPushButton) and focused.accessibleName() == name:
            return focused
    raise AssertionError(f"Tab does not reach {name}")


def player_has_focus(driver: ExportDriver) -> bool:
    return isinstance(driver.window.focusWidget(), Layout)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_tab_reaches_every_button_and_enter_and_space_press_it(driver: ExportDriver, key: Qt.Key) -> None:
    job = driver.export()
    job.show(ExportState.DONE, 1.0)
    box = driver.wait_text("Exported episode-named.mp4")
    assert box.accessibleName() == "Export of episode-named.mp4"
    for name in ("Show episode-named.mp4 in its folder", "Open episode-named.mp4", "Close"):
        focused = tab_to(driver, name)
        unfocused = focused.grab().toImage()
        driver.window.findChild(Layout).setFocus()
        assert focused.grab().toImage() != unfocused, "the focus is visible"
    tab_to(driver, "Close")
    press(driver, key)
    assert not driver.boxes and player_has_focus(driver)
    other = driver.export("Export table")
    tab_to(driver, "Cancel the export of episode-names.csv")
    press(driver, key)
    driver.qtbot.waitUntil(lambda: not driver.boxes)
    assert other.cancelled and player_has_focus(driver)


def test_the_boxes_can_be_reached_from_the_welcome_page(driver: ExportDriver) -> None:
    driver.export()
    driver.window.show_welcome()
    tab_to(driver, "Cancel the export of episode-named.mp4")


def test_a_click_on_a_button_leaves_the_keys_to_the_player(driver: ExportDriver) -> None:
    job = driver.export()
    job.show(ExportState.DONE, 1.0, warnings=("the file is damaged",))
    driver.qtbot.waitUntil(lambda: driver.boxes[0].has_ended)
    driver.click(driver.boxes[0], "Close")
    assert player_has_focus(driver)


def test_escape_returns_to_the_player_and_closes_a_box_that_has_ended(driver: ExportDriver) -> None:
    job = driver.export()
    tab_to(driver, "Cancel the export of episode-named.mp4")
    press(driver, Qt.Key.Key_Escape)
    assert player_has_focus(driver) and len(driver.boxes) == 1
    tab_to(driver, "Cancel the export of episode-named.mp4")
    job.show(ExportState.FAILED, error="the disk is full")
    box = driver.wait_text("Cannot export episode-named.mp4: the disk is full")
    assert button(box, "Close").hasFocus(), "the button that had it is gone"
    press(driver, Qt.Key.Key_Escape)
    assert player_has_focus(driver) and not driver.boxes


def test_a_box_stays_while_it_has_the_focus(driver: ExportDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_box, "_SHOWN_MS", 20)
    monkeypatch.setattr(ExportBox, "underMouse", lambda self: False)
    job = driver.export()
    tab_to(driver, "Cancel the export of episode-named.mp4")
    job.show(ExportState.DONE, 1.0)
    box = driver.wait_text("Exported episode-named.mp4")
    with driver.qtbot.waitSignal(box._timer.timeout), driver.qtbot.assertNotEmitted(box.closed):
        pass
    driver.window.findChild(Layout).setFocus()
    driver.qtbot.waitUntil(lambda: not driver.boxes)


def test_alt_and_a_letter_act_on_the_newest_export(driver: ExportDriver) -> None:
    first = driver.export("Export video")
    second = driver.export("Export table")
    press(driver, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    driver.qtbot.waitUntil(lambda: len(driver.boxes) == 1)
    assert second.cancelled and not first.cancelled
    press(driver, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    driver.qtbot.waitUntil(lambda: not driver.boxes)
    assert first.cancelled


def test_the_end_is_announced_to_screen_readers(
    driver: ExportDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, QAccessible.AnnouncementPoliteness]] = []

    def listen(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            said.append((event.message(), event.politeness()))

    monkeypatch.setattr(QAccessible, "updateAccessibility", listen)
    politeness = QAccessible.AnnouncementPoliteness
    job = driver.export()
    job.show(ExportState.RUNNING, 0.5)
    driver.wait_text("Exporting episode-named.mp4: 50%")
    assert not said
    job.show(ExportState.DONE, 1.0)
    driver.click(driver.wait_text("Exported episode-named.mp4"), "Close")
    driver.export().show(ExportState.FAILED, error="the disk is full")
    driver.wait_text("Cannot export episode-named.mp4: the disk is full")
    assert said == [
        ("Exported episode-named.mp4", politeness.Polite),
        ("Cannot export episode-named.mp4: the disk is full", politeness.Assertive),
    ]


def test_accessible_names_begin_with_a_capital(driver: ExportDriver) -> None:
    driver.export()
    (box,) = driver.boxes
    names = [one.accessibleName() for one in (box, *box.findChildren(QWidget))]
    assert names and all(name == name[:1].upper() + name[1:] for name in names)
    assert "Progress" in names
