"""Folders of pictures in the window: they wait, and are stepped through."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.media import make_pictures
from tests.player.window.window_kit import FakeAnalysis

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, Qt

from simpsons_play.sources import PictureFolder
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.shell.player import PlayerWindow
from tests.player.window.driver import make_window
from tests.player.window.test_mouse import turn_wheel

COUNT = 14


class PictureDriver:
    """A window that shows a folder of pictures."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        make_pictures(folder, [f"picture {number}.png" for number in range(1, COUNT + 1)], size=(64, 48))
        self.qtbot, self.analysis = qtbot, FakeAnalysis()
        self.window: PlayerWindow = make_window("some/pictures", self.analysis)
        qtbot.addWidget(self.window)
        self.window.resize(900, 700)
        self.window.show()
        self.window.session.set_playback(
            SourcePlayback(lambda start_s=0.0: PictureFolder(folder, start_s=start_s)), paused=True
        )
        self.wait_for(1)

    def press(self, key: Qt.Key | str) -> None:
        press = self.qtbot.keyClicks if isinstance(key, str) else self.qtbot.keyClick
        press(self.window, key)

    def wait_for(self, number: int) -> None:
        """Wait until this picture is on screen."""
        self.qtbot.waitUntil(lambda: self.shown == (f"{number} of {COUNT}", f"picture {number}.png"))

    @property
    def shown(self) -> tuple[str, str]:
        """The number and the file name that the window shows."""
        controls = self.window._layout.controls
        return controls._time.text(), self.window.status_text()[0]


@pytest.fixture(name="driver")
def driver_fixture(qtbot: QtBot, tmp_path: Path) -> PictureDriver:
    return PictureDriver(qtbot, tmp_path)


def test_pictures_wait_for_the_arrow_keys(driver: PictureDriver) -> None:
    assert driver.window.playback is not None and not driver.window.playback.playing
    for key, number in (
        (Qt.Key.Key_Right, 2),
        (Qt.Key.Key_Right, 3),
        (Qt.Key.Key_Left, 2),
        (Qt.Key.Key_Up, 12),
        (Qt.Key.Key_Up, 14),
        (Qt.Key.Key_Down, 4),
        (">", 5),
        ("<", 4),
        (".", 5),
        (",", 4),
        (Qt.Key.Key_Home, 1),
    ):
        driver.press(key)
        driver.wait_for(number)
    driver.press("<")
    assert "This is the first file." in driver.window.status_text()[1]


def test_space_starts_a_slide_show(driver: PictureDriver) -> None:
    driver.press(Qt.Key.Key_Space)
    driver.wait_for(2)
    driver.wait_for(3)
    driver.press(Qt.Key.Key_Space)
    assert driver.window.playback is not None and not driver.window.playback.playing


def test_buttons_and_wheel_go_from_picture_to_picture(driver: PictureDriver) -> None:
    transport = driver.window._layout.controls.transport
    assert transport._next.isVisible() and transport._previous.isVisible()
    driver.qtbot.mouseClick(transport._next, Qt.MouseButton.LeftButton)
    driver.wait_for(2)
    driver.qtbot.mouseClick(transport._previous, Qt.MouseButton.LeftButton)
    driver.wait_for(1)
    turn_wheel(driver.window.picture, -1)
    driver.wait_for(2)
    bar = driver.window._layout.controls._bar
    driver.qtbot.mouseMove(bar, QPoint(round(bar.width() * 9.5 / COUNT), 5))
    driver.qtbot.waitUntil(lambda: driver.window._layout.preview.text == f"10 of {COUNT}")
    driver.qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(round(bar.width() * 9.5 / COUNT), 5))
    driver.wait_for(10)
