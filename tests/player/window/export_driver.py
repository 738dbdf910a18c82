"""Drives exports in a window: a fake exporter, and the dialogs of the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

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
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QPushButton, QWidget

from simpsons_play.core.errors import SinkError
from simpsons_play.core.timing import StageTimes
from simpsons_play.window import Exporter, ExportOptions, ExportProgress, ExportState
from simpsons_play.window.export.box import ExportBox
from simpsons_play.window.export.dialog import ExportDialog
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.shell.player import PlayerWindow


@dataclass
class FakeJob:
    """An export whose progress the test sets."""

    path: Path
    now: ExportProgress = field(default_factory=lambda: ExportProgress(ExportState.WAITING))
    cancelled: bool = False

    @property
    def shown(self) -> Path:
        return self.path

    def progress(self) -> ExportProgress:
        return self.now

    def cancel(self) -> None:
        self.cancelled = True
        if not self.now.state.is_final:
            self.now = ExportProgress(ExportState.CANCELLED)

    def show(self, state: ExportState, share: float = 0.0, **more: object) -> None:
        self.now = replace(ExportProgress(state, share), **more)  # type: ignore[arg-type]


class FakeExporter:
    """An exporter that writes nothing.

    Attributes:
        started: The options of all exports.
        jobs: These exports.
        refused: Why exports are refused; empty to start them.
    """

    unavailable = ""

    def __init__(self, source: Path, duration_s: float | None = 3725.5) -> None:
        self.source, self.duration_s = source, duration_s
        self.started: list[ExportOptions] = []
        self.jobs: list[FakeJob] = []
        self.refused = ""

    def replaced(self, options: ExportOptions) -> tuple[Path, ...]:
        return (options.path,) if options.path.exists() else ()

    def start(self, options: ExportOptions) -> FakeJob:
        if self.refused:
            raise SinkError(self.refused)
        self.started.append(options)
        self.jobs.append(FakeJob(options.path))
        return self.jobs[-1]


class ExportDriver:
    """A window that plays a source that can be exported."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.folder = qtbot, folder
        self.exporter = FakeExporter(folder / "episode.avi")
        self.window = PlayerWindow(corrections=folder / "corrections", play_queue=FakePlayQueue())
        qtbot.addWidget(self.window, before_close_func=PlayerWindow.close_without_asking)
        self.play(self.exporter)
        self.window.resize(1000, 700)
        self.window.show()
        qtbot.waitExposed(self.window)

    def play(self, exporter: Exporter | None) -> None:
        """Play another source."""
        analysis = FakeAnalysis()
        self.window.session.open_source(
            "some/episode.avi",
            analysis,
            draw=draw_square,
            network=NETWORK,
            times=StageTimes(),
            exporter=exporter,
        )
        self.window.session.set_playback(SourcePlayback(lambda start_s=0.0: ListSource(numbered_frames(200))))
        self.qtbot.waitUntil(lambda: len(analysis.frames) > 2)

    @property
    def file_menu(self) -> QMenu:
        (menu,) = [menu for menu in self.window.menuBar().findChildren(QMenu) if menu.title() == "&File"]
        return menu

    def entry(self, text: str) -> QAction:
        """The menu entry with a text."""
        (found,) = [one for one in self.file_menu.actions() if one.text().replace("&", "") == f"{text}…"]
        return found

    def choose(self, text: str) -> None:
        """Choose an entry of the file menu with the mouse."""
        bar, menu = self.window.menuBar(), self.file_menu
        where = bar.actionGeometry(menu.menuAction()).center()
        self.qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=where)
        self.qtbot.waitUntil(menu.isVisible)
        where = menu.actionGeometry(self.entry(text)).center()
        self.qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=where)

    def answer(self, *answers: Callable[[QDialog], object]) -> None:
        """Give the answers to the dialogs that are opened next, one each; a dialog that stays is closed."""
        waiting, seen = list(answers), list[QDialog]()

        def look(timer: QTimer, answer: Callable[[QDialog], object]) -> None:
            dialog = QApplication.activeModalWidget()
            if answer is not waiting[0] or not isinstance(dialog, QDialog) or dialog in seen:
                return
            timer.stop()
            waiting.pop(0)
            seen.append(dialog)
            try:
                answer(dialog)
            except BaseException:
                for other in self.window.findChildren(QDialog):
                    other.reject()
                raise

        for answer in answers:  # a timer is not called while it is being answered
            timer = QTimer(self.window, interval=10)
            timer.timeout.connect(lambda timer=timer, answer=answer: look(timer, answer))
            timer.start()

    def click(self, parent: QWidget, text: str) -> None:
        """Click a visible button with the mouse."""
        self.qtbot.mouseClick(button(parent, text), Qt.MouseButton.LeftButton)

    def accept(self, dialog: QDialog) -> None:
        """Answer to an export dialog: start it as it is."""
        assert isinstance(dialog, ExportDialog)
        self.click(dialog, "Export")

    def export(self, text: str = "Export video") -> FakeJob:
        """Start an export with the options that the dialog suggests."""
        self.answer(self.accept)
        self.choose(text)
        self.qtbot.waitUntil(lambda: bool(self.boxes))
        return self.exporter.jobs[-1]

    @property
    def boxes(self) -> list[ExportBox]:
        """The visible boxes."""
        return [box for box in self.window.findChildren(ExportBox) if box.isVisible()]

    def wait_text(self, text: str) -> ExportBox:
        """Wait until the only box says this."""
        self.qtbot.waitUntil(lambda: [box.text for box in self.boxes] == [text])
        return self.boxes[0]


def button(parent: QWidget, text: str) -> QPushButton:
    """The visible button with a text or an accessible name."""
    (found,) = [
        one
        for one in parent.findChildren(QPushButton)
        if text in (one.text().replace("&", ""), one.accessibleName()) and one.isVisible()
    ]
    return found


@pytest.fixture(name="driver")
def export_driver_fixture(qtbot: QtBot, tmp_path: Path) -> ExportDriver:
    return ExportDriver(qtbot, tmp_path)
