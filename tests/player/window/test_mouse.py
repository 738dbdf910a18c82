"""Everything with the mouse alone: the picture, the buttons and sliders, the timeline and the panel."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.player.window.window_kit import FakeSpeaker, ListSource, make_clip, numbered_frames

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QWidget

from simpsons_play.sources import VideoFile
from simpsons_play.window.playback.previews import Previews
from simpsons_play.window.playback.sound import Sound
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.widgets.cast_row import CastRow
from simpsons_play.window.widgets.help_page import HelpPage
from simpsons_play.window.widgets.icon_button import IconButton
from simpsons_play.window.widgets.seek_bar import SeekBar
from tests.player.window.cast_driver import (
    BART,
    MARGE,
    CastDriver,
    cast_driver_fixture,  # noqa: F401 - as `driver`
    settings_fixture,  # noqa: F401 - as `settings`
)

LEFT = Qt.MouseButton.LeftButton


def button(driver: CastDriver, name: str) -> IconButton:
    """The visible button with this accessible name."""
    (found,) = [
        button
        for button in driver.window.findChildren(IconButton)
        if button.accessibleName() == name and button.isVisible()
    ]
    return found


def click(driver: CastDriver, name: str) -> None:
    driver.qtbot.mouseClick(button(driver, name), LEFT)


def turn_wheel(widget: QWidget, notches: float) -> None:
    point = QPointF(widget.rect().center())
    event = QWheelEvent(
        point,
        QPointF(widget.mapToGlobal(point.toPoint())),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def playing(driver: CastDriver) -> bool:
    assert driver.window.playback is not None
    return driver.window.playback.playing


def test_a_click_on_the_picture_pauses(driver: CastDriver) -> None:
    assert not playing(driver)
    driver.qtbot.mouseClick(driver.window.picture, LEFT)
    assert playing(driver)
    driver.qtbot.mouseClick(driver.window.picture, LEFT)
    assert not playing(driver)


def test_a_double_click_toggles_full_screen_and_plays_on(driver: CastDriver) -> None:
    driver.qtbot.mouseClick(driver.window.picture, LEFT)
    assert playing(driver)
    for full_screen in (True, False):
        driver.qtbot.mouseClick(driver.window.picture, LEFT)
        driver.qtbot.mouseDClick(driver.window.picture, LEFT)
        driver.qtbot.waitUntil(lambda full_screen=full_screen: driver.window.isFullScreen() == full_screen)
        assert playing(driver)


def test_buttons_play_pause_and_show_what_they_do(driver: CastDriver) -> None:
    assert button(driver, "Play").toolTip() == "Play (Space)"
    click(driver, "Play")
    assert playing(driver) and button(driver, "Pause").toolTip() == "Pause (Space)"
    click(driver, "Pause")
    assert not playing(driver)
    click(driver, "Full screen")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    driver.qtbot.mouseMove(driver.window.picture, QPoint(50, 50))
    driver.qtbot.waitUntil(lambda: driver.controls.isVisible())
    click(driver, "Leave full screen")
    driver.qtbot.waitUntil(lambda: not driver.window.isFullScreen())


def test_panels_are_toggled_by_button(driver: CastDriver) -> None:
    click(driver, "Cast panel")
    assert not driver.cast.isVisible() and not button(driver, "Cast panel").isChecked()
    click(driver, "Cast panel")
    assert driver.cast.isVisible() and button(driver, "Cast panel").isChecked()
    expanded = driver.lanes.height()
    click(driver, "Collapse the timeline")
    assert driver.lanes.collapsed and driver.lanes.height() < expanded
    assert not button(driver, "Timeline").isChecked()
    click(driver, "Timeline")
    assert not driver.lanes.collapsed and driver.lanes.height() == expanded


def test_without_sound_the_volume_cannot_be_used(driver: CastDriver) -> None:
    assert not button(driver, "Mute").isEnabled() and button(driver, "Mute").toolTip() == "No sound"


def test_volume_by_wheel_slider_and_button(qtbot: QtBot, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=240)
    driver, speaker = CastDriver(qtbot, tmp_path), FakeSpeaker()
    sound = Sound(clip, lambda: speaker, end_s=None)
    driver.window.session.set_playback(
        SourcePlayback(lambda start_s=0.0: VideoFile(clip, start_s=start_s), sound=sound)
    )
    qtbot.waitUntil(lambda: button(driver, "Mute").isEnabled())
    turn_wheel(driver.window.picture, -2)
    qtbot.waitUntil(lambda: speaker.volume == (pytest.approx(0.9), False))
    slider = driver.controls.transport._volume
    assert slider.value() == 90 and slider.accessibleName() == "Volume"
    click(driver, "Mute")
    qtbot.waitUntil(lambda: speaker.volume[1])
    assert slider.value() == 0
    slider.setValue(40)
    qtbot.waitUntil(lambda: speaker.volume == (pytest.approx(0.4), False))
    assert button(driver, "Mute").isVisible(), "moving the slider unmutes"
    driver.window.close()


def context_menu(widget: QWidget) -> QMenu:
    """The menu that the right button opens."""
    at = widget.rect().center()
    reason = QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, at, widget.mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(menu: QMenu, text: str) -> None:
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().split("\t")[0] == text).trigger()


def test_the_speed_is_chosen_in_a_menu(driver: CastDriver) -> None:
    speed = button(driver, "Speed 1x")
    choose(speed.menu(), "1.5x")
    assert speed.text() == "1.5x" and "Speed 1.5x" in driver.message
    speed.menu().aboutToShow.emit()
    assert [action.text() for action in speed.menu().actions() if action.isChecked()] == ["1.5x"]


def test_the_right_button_opens_a_menu(driver: CastDriver) -> None:
    menu = context_menu(driver.window.picture)
    texts = [action.text().split("\t")[0] for action in menu.actions() if action.text()]
    assert {"Play or pause", "Full screen", "Show names", "Name a head", "&Open…"} <= set(texts)
    checked = {action.text().split("\t")[0] for action in menu.actions() if action.isChecked()}
    assert {"Show names", "Cast panel", "Timeline"} <= checked
    choose(menu, "Show names")
    assert "Names off" in driver.message
    menu.close()


def test_dragging_on_the_seek_bar_seeks_and_shows_a_preview(qtbot: QtBot, tmp_path: Path) -> None:
    driver = CastDriver(qtbot, tmp_path)
    frames = numbered_frames(200)

    def open_frames(start_s: float = 0.0) -> ListSource:
        return ListSource([frame for frame in frames if frame.time_s >= start_s])

    driver.window.session.set_playback(SourcePlayback(open_frames), previews=Previews(open_frames))
    driver.press(Qt.Key.Key_Space)
    bar = driver.window.findChild(SeekBar)
    preview = driver.window._layout.preview
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    middle = bar.rect().center()
    qtbot.mouseMove(bar, middle)
    qtbot.waitUntil(lambda: preview.isVisible() and preview.has_picture)
    assert preview.text.splitlines()[0] == "00:04" and preview.geometry().bottom() < driver.controls.y()
    qtbot.mousePress(bar, LEFT, pos=middle)
    assert driver.position_s == pytest.approx(bar._duration_s / 2, abs=0.1)
    qtbot.mouseRelease(bar, LEFT, pos=middle)
    lanes = driver.lanes
    x = round(lanes.axis.x(2.5))
    qtbot.mouseMove(lanes, QPoint(x, round(1.5 * lanes._pitch)))
    qtbot.waitUntil(lambda: "Bart Simpson, 00:02 to 00:03" in preview.text)
    qtbot.mouseMove(driver.window.picture, QPoint(5, 5))
    qtbot.waitUntil(lambda: not preview.isVisible())
    driver.window.close()


def test_find_the_second_appearance_and_follow_a_character(driver: CastDriver) -> None:
    """Only by mouse: click the lane's name, then the second bar."""
    lanes = driver.lanes
    row = list(lanes.rows).index(MARGE)
    y = round((row + 0.5) * lanes._pitch)
    driver.qtbot.mouseClick(lanes, LEFT, pos=QPoint(30, y))
    assert "Following Marge Simpson" in driver.message
    driver.qtbot.mouseClick(lanes, LEFT, pos=QPoint(round(lanes.axis.x(5.5)), y))
    assert driver.position_s == 5.0
    panel_row = next(r for r in driver.cast.findChildren(CastRow) if r.label == MARGE and r.isVisible())
    driver.qtbot.mouseClick(panel_row, LEFT)
    assert "Stopped following Marge Simpson" in driver.message


def test_every_control_is_named_and_reached_by_tab(driver: CastDriver) -> None:
    driver.window.findChild(SeekBar)
    driver.window._layout.setFocus()
    reached: list[QWidget] = []
    for _ in range(60):
        driver.qtbot.keyClick(QApplication.focusWidget() or driver.window, Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
        if widget is None or widget in reached:
            break
        reached.append(widget)
    names = {widget.accessibleName() for widget in reached}
    assert "" not in names
    assert {
        "Play",
        "Threshold",
        "Position",
        "Timeline: who is on screen when",
        "Full screen",
        "Cast panel",
    } <= names
    assert any(name.startswith("Marge Simpson") for name in names)
    enabled = {b for b in driver.window.findChildren(QToolButton) if b.isVisible() and b.isEnabled()}
    inside = {b for b in enabled if isinstance(b, IconButton)}
    assert inside <= set(reached)
    driver.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert driver.window._layout.hasFocus(), "Esc gives all keys to the player again"


def test_the_menu_opens_everywhere_and_takes_its_keys(driver: CastDriver) -> None:
    menu = context_menu(driver.lanes)
    driver.qtbot.keyClick(menu, "}")
    assert driver.controls.transport._speed.text() == "1x", "a key that the menu does not show does nothing"
    driver.qtbot.keyClick(menu, "o")
    assert "Names off" in driver.message and not menu.isVisible(), "one that it shows runs its entry"
    menu = context_menu(driver.cast)
    driver.qtbot.keyClick(menu, "f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)


def test_a_click_at_the_end_starts_over_but_a_double_click_does_not(driver: CastDriver) -> None:
    picture = driver.window.picture
    driver.window.findChild(Transport).seek_to(8.2)
    driver.qtbot.mouseClick(picture, LEFT)
    driver.qtbot.waitUntil(lambda: driver.window.playback.at_end)
    driver.qtbot.mouseClick(picture, LEFT)
    driver.qtbot.mouseDClick(picture, LEFT)
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    assert driver.window.playback.at_end
    driver.qtbot.mouseClick(picture, LEFT)
    driver.qtbot.waitUntil(lambda: playing(driver) and driver.position_s < 5)


def test_appearances_are_gone_to_by_button(driver: CastDriver) -> None:
    lanes = driver.lanes
    row = list(lanes.rows).index(MARGE)
    driver.qtbot.mouseClick(lanes, LEFT, pos=QPoint(30, round((row + 0.5) * lanes._pitch)))
    click(driver, "Next appearance")
    assert driver.position_s == 5.0
    click(driver, "Previous appearance")
    assert driver.position_s == 0.0


def test_sliders_go_to_where_they_are_clicked(driver: CastDriver) -> None:
    slider = driver.controls._threshold._slider
    driver.qtbot.mouseClick(slider, LEFT, pos=QPoint(slider.width() // 4, slider.height() // 2))
    assert driver.analysis.threshold == pytest.approx(0.25, abs=0.05)


def test_controls_stay_in_full_screen_while_they_have_the_focus(driver: CastDriver) -> None:
    driver.press("f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    assert not driver.controls.isVisible()
    driver.qtbot.keyClick(QApplication.focusWidget() or driver.window, Qt.Key.Key_Tab)
    assert driver.controls.isVisible(), "Tab shows them"
    driver.window._layout._hide_controls()
    assert driver.controls.isVisible()
    driver.window._layout.setFocus()
    driver.window._layout._hide_controls()
    assert not driver.controls.isVisible()


def test_screen_readers_can_seek(driver: CastDriver) -> None:
    bar = driver.window.findChild(SeekBar)
    driver.qtbot.waitUntil(lambda: bar.maximum() == 8)
    bar.setValue(6)
    assert driver.position_s == 6.0
    driver.qtbot.waitUntil(lambda: bar.value() == 6)


def test_the_help_page_opens_and_closes_by_mouse(driver: CastDriver) -> None:
    menu = context_menu(driver.window.picture)
    choose(menu, "Keyboard shortcuts")
    menu.close()
    page = driver.window.findChild(HelpPage)
    assert page.isVisible()
    driver.qtbot.mouseClick(page.viewport(), LEFT)
    assert not page.isVisible()


def test_keys_belong_to_the_player_after_a_click_on_a_button(driver: CastDriver) -> None:
    click(driver, "Cast panel")
    click(driver, "Play")
    focused = QApplication.focusWidget() or driver.window
    driver.qtbot.keyClick(focused, Qt.Key.Key_Space)
    assert not playing(driver), "space pauses rather than pressing the button again"
    assert BART in driver.lanes.rows
