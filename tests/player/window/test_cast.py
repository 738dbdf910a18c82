"""Who is on screen, whose appearances are looked for, and what is put right: in a real window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.player.window.window_kit import Alone, FakeAnalysis, Listed, draw_square, numbered_frames

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
from simpsons_play.window.playback.source_feed import SourceFeed
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.widgets import cast_panel
from simpsons_play.window.widgets.cast import CastMember, cast_of
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


class Knowing(FakeAnalysis):
    """Says that Marge is on the left and somebody on the right."""

    def submit(self, frame: Frame) -> None:
        super().submit(frame)
        predictions = tuple(Prediction(head, None, 0.4, ((BART, 0.4),)) for head in HEADS)
        captions = (Caption(HEADS[0], MARGE, 0.93),)
        self.result = FrameResult(frame.index, frame.time_s, False, predictions, captions)


@pytest.fixture(autouse=True)
def settings(tmp_path: Path) -> None:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))


class Opened:
    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.analysis = qtbot, Knowing()
        self.analysis.known = TIMELINE
        self.play_queue = Alone()
        self.window = PlayerWindow(
            corrections=folder / "corrections",
            play_queue=self.play_queue,
        )
        self.window.begin(
            "some/clip.avi",
            self.analysis,
            draw=draw_square,
            network=NetworkInfo(LABELS, "cpu"),
            times=StageTimes(),
        )
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.use(SourceFeed(lambda start_s=0.0: Listed(numbered_frames(200))))
        qtbot.waitUntil(lambda: len(self.analysis.frames) > 2 and len(self.cast.members) == 1)
        self.press(Qt.Key.Key_Space)

    @property
    def cast(self) -> CastPanel:
        (panel,) = self.window.findChildren(CastPanel)
        return panel

    @property
    def said(self) -> str:
        return self.window.words()[1]

    @property
    def position_s(self) -> float:
        assert self.window.feed is not None
        return self.window.feed.position_s

    def press(self, key: Qt.Key | str) -> None:
        press = self.qtbot.keyClicks if isinstance(key, str) else self.qtbot.keyClick
        press(self.window, key)

    def answer(self, text: str, *, head: int = 0, key: Qt.Key = Qt.Key.Key_Return) -> None:
        """Type into the dialog that the next key opens."""

        def type_it() -> None:
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, NamingDialog)
            dialog._which.setCurrentIndex(head)
            self.qtbot.keyClicks(dialog._text, text)
            self.qtbot.keyClick(dialog._text, key)

        QTimer.singleShot(50, type_it)


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Opened:
    return Opened(qtbot, tmp_path)


def test_time_so_far_and_how_sure_it_is_now() -> None:
    now = FrameResult(0, 2.5, False, (), (Caption(HEADS[0], BART, 0.9), Caption(HEADS[1], HOMER, 0.8)))
    assert cast_of(TIMELINE, now, 2.5) == [
        CastMember(MARGE, 1.0, None),
        CastMember(BART, 0.5, 0.9),
        CastMember(HOMER, 0.0, 0.8),
    ]
    assert [m.label for m in cast_of(TIMELINE, None, 1.5)] == [MARGE], "who is yet to come is not told"
    assert [m.label for m in cast_of(TIMELINE, None, 8.0)] == [BART, MARGE], "the longest first"
    assert cast_of(None, now, 2.5) == [CastMember(BART, None, 0.9), CastMember(HOMER, None, 0.8)]
    assert cast_of(None, None, 0.0) == []


def test_who_is_here_stands_out(qtbot: QtBot) -> None:
    panel = CastPanel()
    qtbot.addWidget(panel)
    panel.resize(panel.width(), 400)
    panel.show_cast([CastMember(MARGE, 5.0, 0.93), CastMember(BART, 2.0, None)], LABELS, None)
    now, so_far = panel.row_of(MARGE), panel.row_of(BART)
    assert now.bottom() < so_far.top() and now.height() > so_far.height()
    picture = pixels(panel)
    for label, row in ((MARGE, now), (BART, so_far)):
        part = picture[round(row.top()) : round(row.bottom()), 10:30]
        assert (part == np.array(colour_of(label, LABELS))).all(axis=2).sum() > 20, "in full colour"


@pytest.mark.parametrize("size", [7, 9, 14, 24])
def test_names_are_never_cut_for_a_number_beside_them(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    shortened, written = cast_panel._shortened, list[str]()
    monkeypatch.setattr(cast_panel, "_shortened", lambda *of: written.append(shortened(*of)) or written[-1])
    panel = CastPanel()
    qtbot.addWidget(panel)
    font = panel.font()
    font.setPointSize(size)
    panel.setFont(font)
    panel.show_cast([CastMember("apu_nahasapeemapetilon", 5999.0, 1.0)], LABELS, None)
    pixels(panel)
    assert written == ["Apu Nahasapeemapetilon"] * 2, "on screen now, and so far"


def test_many_move_closer_together_and_then_scroll(qtbot: QtBot) -> None:
    panel = CastPanel()
    qtbot.addWidget(panel)
    panel.resize(panel.width(), 300)
    labels = tuple(f"label_{i:02}" for i in range(18))
    members = [CastMember(label, 18.0 - i, None) for i, label in enumerate(labels)]
    panel.show_cast(members, labels, None)
    assert panel.row_of(labels[0]).height() > panel.fontMetrics().height(), "letters are never cut"
    assert panel.row_of(labels[-1]).bottom() > 300
    panel.show_cast(members, labels, labels[-1])
    assert panel.row_of(labels[-1]).bottom() <= 301, "whoever is chosen is in sight"
    panel.show_cast(members, labels, labels[0])
    assert panel.row_of(labels[0]).bottom() <= 300
    for _ in range(9):
        wheel(panel, -120)
    assert 280 < panel.row_of(labels[-1]).bottom() <= 300
    wheel(panel, 12000)
    panel.resize(panel.width(), 1200)
    panel.show_cast(members, labels, None)
    assert panel.row_of(labels[-1]).bottom() < 1200


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


def test_n_and_p_go_to_appearances_of_whoever_was_chosen(opened: Opened) -> None:
    opened.press("n")
    assert opened.position_s == 2.0 and opened.said.startswith("Bart Simpson")
    row = opened.cast.row_of(MARGE).center().toPoint()
    opened.qtbot.mouseClick(opened.cast, Qt.MouseButton.LeftButton, pos=row)
    assert "n and p go to Marge Simpson" in opened.said
    opened.press("n")
    assert opened.position_s == 5.0
    opened.press("n")
    assert opened.position_s == 5.0 and "no later appearance of Marge Simpson" in opened.said
    opened.press("p")
    assert opened.position_s == 0.0
    row = opened.cast.row_of(MARGE).center().toPoint()
    opened.qtbot.mouseClick(opened.cast, Qt.MouseButton.LeftButton, pos=row)
    assert "anybody" in opened.said
    opened.press("n")
    opened.press("n")
    opened.press("n")
    assert opened.position_s == 5.0, "2, 3 - a cut - and 5"


def test_the_keyboard_chooses_too(opened: Opened) -> None:
    opened.window.findChild(Transport).seek_to(4.0)
    opened.qtbot.waitUntil(lambda: len(opened.cast.members) == 2)
    for word in ("Bart", "Marge", "anybody", "Bart"):
        opened.press(Qt.Key.Key_Tab)
        assert word in opened.said
    opened.press(Qt.Key.Key_Backtab)
    assert "anybody" in opened.said


def test_of_what_nobody_goes_through_no_appearance_is_known(opened: Opened) -> None:
    opened.analysis.known = None
    opened.qtbot.waitUntil(lambda: all(m.seconds is None for m in opened.cast.members))
    opened.press("n")
    assert "only with files" in opened.said


def test_a_wrong_name_is_saved_with_the_right_one(opened: Opened, tmp_path: Path) -> None:
    opened.answer("hom")
    opened.press("x")
    (saved,) = (tmp_path / "corrections" / "characters" / "homer_simpson").iterdir()
    assert saved.name.endswith("-left.png") and f"saved {saved}" in opened.said
    opened.answer("bar", head=1)
    opened.press("x")
    (other,) = (tmp_path / "corrections" / "characters" / "bart_simpson").iterdir()
    assert other.name.endswith("-right.png")
    table = (tmp_path / "corrections" / "heads.csv").read_text().splitlines()
    assert [line.split(",")[1:] for line in table[1:]] == [
        ["homer_simpson", "10", "10", "60", "80"],
        ["bart_simpson", "40", "10", "100", "80"],
    ]
    assert opened.window.feed is not None and not opened.window.feed.playing


def test_asking_for_a_name_can_be_given_up_and_fails_in_one_line(opened: Opened, tmp_path: Path) -> None:
    opened.answer("ho", key=Qt.Key.Key_Escape)
    opened.press("x")
    assert not (tmp_path / "corrections").exists() and opened.window.isVisible()
    (tmp_path / "corrections").write_text("no folder")
    opened.answer("ho")
    opened.press("x")
    assert "cannot save the picture" in opened.said


def test_up_and_down_choose_among_the_names_that_match(qtbot: QtBot) -> None:
    dialog = NamingDialog([(HEADS[0], MARGE)], LABELS)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClicks(dialog._text, "simpson")
    assert dialog.label == BART
    qtbot.keyClick(dialog._text, Qt.Key.Key_Down)
    assert dialog.label == HOMER and dialog.head == 0
    qtbot.keyClicks(dialog._text, "zz")
    qtbot.keyClick(dialog._text, Qt.Key.Key_Return)
    assert dialog.isVisible(), "nobody is called so"
    words = [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]
    assert "no name has “simpsonzz” in it" in words
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
def test_heads_are_called_by_where_they_are(qtbot: QtBot, count: int, words: list[str]) -> None:
    heads = [(Region(f"head-{i}", Box(300 - 60 * i, 10, 340 - 60 * i, 50)), None) for i in range(count)]
    dialog = NamingDialog(heads, LABELS)
    qtbot.addWidget(dialog)
    assert [dialog._which.itemText(i) for i in range(count)] == words


def test_a_dialog_that_was_answered_is_gone(opened: Opened) -> None:
    for _ in range(3):
        opened.answer("ho", key=Qt.Key.Key_Escape)
        opened.press("x")
    opened.qtbot.waitUntil(lambda: not opened.window.findChildren(NamingDialog))


def test_the_panel_goes_and_comes_and_leaves_small_windows_alone(opened: Opened) -> None:
    width = opened.window.picture.width()
    opened.press("t")
    assert not opened.cast.isVisible() and opened.window.picture.width() > width
    opened.press("t")
    assert opened.cast.isVisible()
    opened.window.resize(400, 300)
    assert not opened.cast.isVisible() and opened.window.picture.width() == 400


def test_the_full_screen_has_a_panel_when_it_is_asked_for(opened: Opened) -> None:
    opened.press("f")
    opened.qtbot.waitUntil(opened.window.isFullScreen)
    assert not opened.cast.isVisible()
    opened.press("t")
    assert opened.cast.isVisible() and opened.cast.height() == opened.window.picture.height()
    opened.press("f")
    opened.press("t")
    assert not opened.cast.isVisible()


def test_a_file_that_is_dropped_or_chosen_is_played_next(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
    opened.window.dropEvent(event)
    assert opened.play_queue.asked == [(str(path),)]
    assert opened.window.isVisible() and opened.window.feed is None, "what was shown is over"
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: ([str(path), "b.mp4"], ""))
    opened.window.source_picker.open_dialog()
    assert opened.play_queue.asked[-1] == (str(path), "b.mp4")
    data.setUrls([QUrl("rtsp://camera.example/1")])
    opened.window.dropEvent(event)
    assert opened.play_queue.asked[-1] == ("rtsp://camera.example/1",)


def test_what_cannot_be_played_is_said_and_what_plays_goes_on(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened.window.source_picker, "_play_queue", Alone(broken="note.txt is no video"))
    opened.press(Qt.Key.Key_Space)
    opened.window.source_picker.play_instead("note.txt")
    assert opened.said == "note.txt is no video"
    assert opened.window.feed is not None and opened.window.feed.playing and opened.window.isVisible()


def test_a_window_that_closes_takes_its_dialog_along(opened: Opened) -> None:
    """As Ctrl-C closes it: a dialog that stays keeps the process, which nobody sees."""
    QTimer.singleShot(100, opened.window.close)
    opened.press("x")
    assert not opened.window.isVisible() and opened.window.closed
    assert not opened.play_queue.asked


def test_an_address_can_be_typed(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [("", True), (" http://camera.example/2 ", True), ("http://x", False)]
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: answers.pop(0))
    while answers:
        opened.window.source_picker.open_address()
    assert opened.play_queue.asked == [("http://camera.example/2",)]


def test_the_menu_names_every_key_and_the_files_that_were_played(opened: Opened, tmp_path: Path) -> None:
    menus = {m.title().replace("&", ""): m for m in opened.window.menuBar().findChildren(QMenu)}
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
        opened.window.source_picker.remember(source)
    files[1].unlink()
    recent.aboutToShow.emit()
    shown = [action.text() for action in recent.actions()]
    assert shown == ["rtsp://camera.example/1", str(files[4]), "a.mp4", str(files[2])]
    recent.actions()[2].trigger()
    assert opened.play_queue.asked == [(str(files[0]),)]


def test_the_menu_marks_what_is_on(opened: Opened) -> None:
    def marked() -> set[str]:
        menus = [m for m in opened.window.menuBar().findChildren(QMenu) if m.title() in ("&Play", "&View")]
        for menu in menus:
            menu.aboutToShow.emit()
        return {a.text().split("\t")[-1] for menu in menus for a in menu.actions() if a.isChecked()}

    assert marked() == {"o", "t"}
    for key in "otilm":
        opened.press(key)
    assert marked() == {"i", "l", "m"}
    opened.press("f")
    opened.qtbot.waitUntil(opened.window.isFullScreen)
    assert marked() == {"i", "l", "m", "f, double click"}


def test_a_menu_does_what_its_key_does(opened: Opened) -> None:
    (names,) = [m for m in opened.window.menuBar().findChildren(QMenu) if m.title() == "&Names"]
    before = opened.analysis.threshold
    next(action for action in names.actions() if action.text().endswith("\t+")).trigger()
    assert opened.analysis.threshold == pytest.approx(before + 0.05)
