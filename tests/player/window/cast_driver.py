"""Drives a window whose analysis finds Marge and knows a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.player.window.window_kit import (
    FakeAnalysis,
    FakePlayQueue,
    ListSource,
    draw_square,
    numbered_frames,
)

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from simpsons_play.core.errors import CastError
from simpsons_play.core.frames import Frame
from simpsons_play.core.geometry import Box
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region
from simpsons_play.core.timing import StageTimes
from simpsons_play.timelines.spans import Span
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window import HeadExample, NetworkInfo, Teacher
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.shell.first_hint import take_hint
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.shell.presenter import Presenter
from simpsons_play.window.widgets.cast_panel import CastPanel
from simpsons_play.window.widgets.controls import Controls
from simpsons_play.window.widgets.error_banner import ErrorBanner
from simpsons_play.window.widgets.lanes import Lanes
from simpsons_play.window.widgets.naming_dialog import NamingDialog

BART, HOMER, MARGE = LABELS = ("bart_simpson", "homer_simpson", "marge_simpson")


HEADS = (Region("head-1", Box(10, 10, 60, 80)), Region("head-2", Box(200, 10, 260, 80)))


TIMELINE = Timeline(
    (
        Span(MARGE, "left", 0.0, 1.0),
        Span(BART, "right", 2.0, 3.0),
        Span(BART, "left", 3.0, 4.0),
        Span(MARGE, "left", 5.0, 6.0),
        Span(BART, "left", 6.0, 7.0),
    ),
    8.3,
    LABELS,
)


class MargeAnalysis(FakeAnalysis):
    """Finds Marge on the left and an unknown character on the right."""

    def submit(self, frame: Frame) -> None:
        super().submit(frame)
        predictions = tuple(Prediction(head, None, 0.4, ((BART, 0.4),)) for head in HEADS)
        captions = (Caption(HEADS[0], MARGE, 0.93),)
        self.result = FrameResult(frame.index, frame.time_s, False, predictions, captions)


@pytest.fixture(name="settings", autouse=True)
def settings_fixture(tmp_path: Path) -> None:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    take_hint()  # so that no window shows it


class FakeTeacher:
    """Remembers what it was taught, or refuses.

    Attributes:
        taught: Each head, the label and the display name.
        problem: Why it refuses; empty if it does not.
    """

    unavailable = ""

    def __init__(self) -> None:
        self.taught: list[tuple[HeadExample, str, str | None]] = []
        self.problem = ""

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*LABELS, *(label for _, label, _ in self.taught))))

    @property
    def candidates(self) -> tuple[str, ...]:
        return (*self.labels, NOBODY)

    @property
    def last_change(self) -> str:
        return f"Taught {self.taught[-1][1]}" if self.taught else ""

    @property
    def last_change_id(self) -> str:
        return str(len(self.taught)) if self.taught else ""

    def teach(self, heads: Sequence[HeadExample], label: str, *, display_name: str | None = None) -> bool:
        if self.problem:
            raise CastError(self.problem)
        self.taught += [(head, label, display_name) for head in heads]
        return True

    def undo(self) -> str:
        if self.problem:
            raise CastError(self.problem)
        return f"Taught {self.taught.pop()[1]}"


class CastDriver:
    """A window that plays a source with a timeline of Marge and Bart."""

    def __init__(self, qtbot: QtBot, folder: Path, teacher: Teacher | None = None, **source: Any) -> None:
        self.qtbot, self.analysis = qtbot, MargeAnalysis()
        self.analysis.known = TIMELINE
        self.play_queue = FakePlayQueue()
        self.window = PlayerWindow(
            corrections=folder / "corrections",
            play_queue=self.play_queue,
        )
        self.window.session.open_source(
            "some/clip.avi",
            self.analysis,
            draw=draw_square,
            network=NetworkInfo(LABELS, "cpu"),
            times=StageTimes(),
            teacher=teacher,
            **source,
        )
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.resize(900, 700)  # wide enough for the panel
        self.window.session.set_playback(SourcePlayback(lambda start_s=0.0: ListSource(numbered_frames(200))))
        qtbot.waitUntil(lambda: len(self.analysis.frames) > 2 and len(self.cast.members) == 1)
        self.press(Qt.Key.Key_Space)

    @property
    def cast(self) -> CastPanel:
        (panel,) = self.window.findChildren(CastPanel)
        return panel

    @property
    def lanes(self) -> Lanes:
        (lanes,) = self.window.findChildren(Lanes)
        return lanes

    @property
    def presenter(self) -> Presenter:
        (presenter,) = self.window.findChildren(Presenter)
        return presenter

    @property
    def controls(self) -> Controls:
        return self.window._layout.controls

    @property
    def banner(self) -> ErrorBanner:
        (banner,) = self.window.findChildren(ErrorBanner)
        return banner

    @property
    def message(self) -> str:
        return self.window.status_text()[1]

    @property
    def position_s(self) -> float:
        assert self.window.playback is not None
        return self.window.playback.position_s

    def press(self, key: Qt.Key | str) -> None:
        press = self.qtbot.keyClicks if isinstance(key, str) else self.qtbot.keyClick
        press(self.window, key)

    def fill_in(self, text: str, *, head: int = 0, key: Qt.Key = Qt.Key.Key_Return) -> None:
        """Fill in the dialog that the next key opens."""

        def type_it() -> None:
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, NamingDialog)
            dialog._heads.setCurrentIndex(head)
            self.qtbot.keyClicks(dialog._text, text)
            self.qtbot.keyClick(dialog._text, key)

        QTimer.singleShot(50, type_it)


@pytest.fixture(name="driver")
def cast_driver_fixture(qtbot: QtBot, tmp_path: Path) -> CastDriver:
    return CastDriver(qtbot, tmp_path)
