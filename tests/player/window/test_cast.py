"""Cast panel, navigation between appearances, corrections and the menu, in a real window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
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
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QInputDialog,
    QLabel,
    QMenu,
)

from simpsons_play.core.frames import Frame
from simpsons_play.core.geometry import Box
from simpsons_play.core.names import colour_of
from simpsons_play.core.results import Caption, FrameResult, Prediction, Region
from simpsons_play.core.timing import StageTimes
from simpsons_play.timelines.spans import Span
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window import NetworkInfo
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.widgets import cast_panel
from simpsons_play.window.widgets.cast import CastMember, cast_list
from simpsons_play.window.widgets.cast_panel import CastPanel
from simpsons_play.window.widgets.keys import BINDINGS
from simpsons_play.window.widgets.naming_dialog import NamingDialog
from tests.player.window.test_player import pixels

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


@pytest.fixture(autouse=True)
def settings(tmp_path: Path) -> None:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


class WindowDriver:
    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.analysis = qtbot, MargeAnalysis()
        self.analysis.known = TIMELINE
        self.play_queue = FakePlayQueue()
        self.window = PlayerWindow(
            corrections=folder / "corrections",
            play_queue=self.play_queue,
        )
        self.window.open_source(
            "some/clip.avi",
            self.analysis,
            draw=draw_square,
            network=NetworkInfo(LABELS, "cpu"),
            times=StageTimes(),
        )
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.set_playback(SourcePlayback(lambda start_s=0.0: ListSource(numbered_frames(200))))
        qtbot.waitUntil(lambda: len(self.analysis.frames) > 2 and len(self.cast.members) == 1)
        self.press(Qt.Key.Key_Space)

    @property
    def cast(self) -> CastPanel:
        (panel,) = self.window.findChildren(CastPanel)
        return panel

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


@pytest.fixture
def driver(qtbot: QtBot, tmp_path: Path) -> WindowDriver:
    return WindowDriver(qtbot, tmp_path)


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


def test_n_and_p_go_to_appearances_of_the_selected_character(driver: WindowDriver) -> None:
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


def test_tab_selects_characters(driver: WindowDriver) -> None:
    driver.window.findChild(Transport).seek_to(4.0)
    driver.qtbot.waitUntil(lambda: len(driver.cast.members) == 2)
    for word in ("Bart", "Marge", "all appearances", "Bart"):
        driver.press(Qt.Key.Key_Tab)
        assert word in driver.message
    driver.press(Qt.Key.Key_Backtab)
    assert "all appearances" in driver.message


def test_without_a_timeline_there_are_no_appearances(driver: WindowDriver) -> None:
    driver.analysis.known = None
    driver.qtbot.waitUntil(lambda: all(m.seconds is None for m in driver.cast.members))
    driver.press("n")
    assert "only available for video files" in driver.message


def test_a_correction_saves_the_picture_under_the_right_name(driver: WindowDriver, tmp_path: Path) -> None:
    driver.fill_in("hom")
    driver.press("x")
    (saved,) = (tmp_path / "corrections" / "characters" / "homer_simpson").iterdir()
    assert saved.name.endswith("-left.png") and f"saved {saved}" in driver.message
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


def test_a_correction_can_be_cancelled_and_reports_errors(driver: WindowDriver, tmp_path: Path) -> None:
    driver.fill_in("ho", key=Qt.Key.Key_Escape)
    driver.press("x")
    assert not (tmp_path / "corrections").exists() and driver.window.isVisible()
    (tmp_path / "corrections").write_text("no folder")
    driver.fill_in("ho")
    driver.press("x")
    assert "cannot save the picture" in driver.message


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
    assert "no name contains “simpsonzz”" in words
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


def test_closed_dialogs_are_deleted(driver: WindowDriver) -> None:
    for _ in range(3):
        driver.fill_in("ho", key=Qt.Key.Key_Escape)
        driver.press("x")
    driver.qtbot.waitUntil(lambda: not driver.window.findChildren(NamingDialog))


def test_the_cast_panel_is_toggled_and_hidden_in_small_windows(driver: WindowDriver) -> None:
    width = driver.window.picture.width()
    driver.press("t")
    assert not driver.cast.isVisible() and driver.window.picture.width() > width
    driver.press("t")
    assert driver.cast.isVisible()
    driver.window.resize(400, 300)
    assert not driver.cast.isVisible() and driver.window.picture.width() == 400


def test_full_screen_shows_the_cast_panel_on_request(driver: WindowDriver) -> None:
    driver.press("f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    assert not driver.cast.isVisible()
    driver.press("t")
    assert driver.cast.isVisible() and driver.cast.height() == driver.window.picture.height()
    driver.press("f")
    driver.press("t")
    assert not driver.cast.isVisible()


def test_dropped_and_opened_files_are_played(
    driver: WindowDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "next.mp4"
    path.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(5, 5),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    driver.window.dropEvent(event)
    assert driver.play_queue.requested == [(str(path),)]
    assert driver.window.isVisible() and driver.window.playback is None, "the previous source has been left"
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path), "b.mp4"], ""))
    driver.window.source_picker.open_dialog()
    assert driver.play_queue.requested[-1] == (str(path), "b.mp4")
    data.setUrls([QUrl("rtsp://camera.example/1")])
    driver.window.dropEvent(event)
    assert driver.play_queue.requested[-1] == ("rtsp://camera.example/1",)


def test_a_source_that_cannot_be_played_leaves_the_current_one_playing(
    driver: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        driver.window.source_picker, "_play_queue", FakePlayQueue(broken="note.txt is not a video")
    )
    driver.press(Qt.Key.Key_Space)
    driver.window.source_picker.play_instead("note.txt")
    assert driver.message == "note.txt is not a video"
    assert driver.window.playback is not None and driver.window.playback.playing and driver.window.isVisible()


def test_closing_the_window_closes_its_dialog(driver: WindowDriver) -> None:
    """Such as on Ctrl-C: an open dialog would keep the process running."""
    QTimer.singleShot(100, driver.window.close)
    driver.press("x")
    assert not driver.window.isVisible() and driver.window.closed
    assert not driver.play_queue.requested


def test_a_typed_address_is_played(driver: WindowDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [("", True), (" http://camera.example/2 ", True), ("http://x", False)]
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: answers.pop(0))
    while answers:
        driver.window.source_picker.open_address()
    assert driver.play_queue.requested == [("http://camera.example/2",)]


def test_the_menu_contains_every_binding_and_the_recent_sources(driver: WindowDriver, tmp_path: Path) -> None:
    menus = {m.title().replace("&", ""): m for m in driver.window.menuBar().findChildren(QMenu)}
    words = {action.text().split("\t")[-1] for menu in menus.values() for action in menu.actions()}
    assert {binding.shown for binding in BINDINGS} <= words
    assert {"Play", "Names", "View", "File"} <= set(menus)
    assert all(any(action.isSeparator() for action in menus[name].actions()) for name in ("Play", "View"))
    recent = menus["Open recent"]
    recent.aboutToShow.emit()
    assert [action.isEnabled() for action in recent.actions()] == [False]
    (tmp_path / "twice").mkdir()
    files = [tmp_path / name for name in ("a.mp4", "gone.mp4", "b.mp4", "a.mp4", "twice/b.mp4")]
    for source in (*map(str, files), "rtsp://camera.example/1", "0"):
        if "://" not in source and source != "0":
            Path(source).touch()
        driver.window.source_picker.remember(source)
    files[1].unlink()
    recent.aboutToShow.emit()
    shown = [action.text() for action in recent.actions()]
    assert shown == ["rtsp://camera.example/1", str(files[4]), "a.mp4", str(files[2])]
    recent.actions()[2].trigger()
    assert driver.play_queue.requested == [(str(files[0]),)]


def test_the_menu_checks_active_toggles(driver: WindowDriver) -> None:
    def checked() -> set[str]:
        menus = [m for m in driver.window.menuBar().findChildren(QMenu) if m.title() in ("&Play", "&View")]
        for menu in menus:
            menu.aboutToShow.emit()
        return {a.text().split("\t")[-1] for menu in menus for a in menu.actions() if a.isChecked()}

    assert checked() == {"o", "t"}
    for key in "otilm":
        driver.press(key)
    assert checked() == {"i", "l", "m"}
    driver.press("f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    assert checked() == {"i", "l", "m", "f, double click"}


def test_menu_entries_run_the_action_of_their_key(driver: WindowDriver) -> None:
    (names,) = [m for m in driver.window.menuBar().findChildren(QMenu) if m.title() == "&Names"]
    before = driver.analysis.threshold
    next(action for action in names.actions() if action.text().endswith("\t+")).trigger()
    assert driver.analysis.threshold == pytest.approx(before + 0.05)
