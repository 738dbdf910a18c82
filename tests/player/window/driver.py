"""Drives a window that plays numbered frames."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.player.window.window_kit import (
    NETWORK,
    FakeAnalysis,
    FakePlayQueue,
    ListSource,
    draw_square,
    numbered_frames,
)

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from simpsons_play.core.timing import StageTimes
from simpsons_play.window.playback.ports import Draw
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.shell.player import PlayerWindow


def pixels(widget: QWidget) -> np.ndarray:
    """Render a widget: (H, W, 3) uint8 BGR."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_BGR888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def make_window(
    name: str,
    analysis: FakeAnalysis,
    *,
    draw: Draw = draw_square,
    times: StageTimes | None = None,
    close_at_end: bool = False,
) -> PlayerWindow:
    """A window that has opened a source, without its playback."""
    window = PlayerWindow(corrections=Path("corrections"), play_queue=FakePlayQueue())
    window.session.open_source(
        name,
        analysis,
        draw=draw,
        network=NETWORK,
        times=times or StageTimes(),
        close_at_end=close_at_end,
    )
    return window


class WindowDriver:
    """A window that plays numbered frames, and its analysis."""

    def __init__(
        self,
        qtbot: QtBot,
        *,
        count: int = 200,
        close_at_end: bool = False,
        analysis: FakeAnalysis | None = None,
        draw: Draw = draw_square,
    ) -> None:
        self.analysis, self._count = analysis or FakeAnalysis(), count
        self.window = make_window("some/folder/clip.avi", self.analysis, draw=draw, close_at_end=close_at_end)
        self.qtbot = qtbot
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.session.set_playback(SourcePlayback(self._open), note="no sound: a test")

    def _open(self, start_s: float = 0.0) -> ListSource:
        return ListSource(numbered_frames(self._count))

    def press(self, key: Qt.Key | str) -> None:
        if isinstance(key, str):
            self.qtbot.keyClicks(self.window, key)
        else:
            self.qtbot.keyClick(self.window, key)

    @property
    def playing(self) -> bool:
        return self.window.playback is not None and self.window.playback.playing

    @property
    def position_s(self) -> float:
        return self.window.playback.position_s if self.window.playback is not None else -1.0

    def pause_at_start(self) -> None:
        """Pause on frame 0. Frames that are still on their way are discarded by the seek."""
        self.press(Qt.Key.Key_Space)
        self.press(Qt.Key.Key_Home)
        self.wait_shown(0)

    def wait_shown(self, number: int) -> None:
        self.qtbot.waitUntil(lambda: self.analysis.frames[-1].index == number)


@pytest.fixture(name="driver")
def driver_fixture(qtbot: QtBot) -> Iterator[WindowDriver]:
    driver = WindowDriver(qtbot)
    qtbot.waitUntil(lambda: len(driver.analysis.frames) > 2)
    yield driver
    driver.window.close()
