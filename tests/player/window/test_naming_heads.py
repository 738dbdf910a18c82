"""Heads are named with the mouse and by key, with a teacher that remembers what it was taught."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from simpsons_play.core.geometry import Box
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.results import Region
from simpsons_play.window.widgets.head_outline import HeadOutline
from simpsons_play.window.widgets.naming_dialog import NamingDialog
from tests.player.window.cast_driver import (
    BART,
    HEADS,
    HOMER,
    LABELS,
    MARGE,
    CastDriver,
    FakeTeacher,
    settings_fixture,  # noqa: F401 - as `settings`
)

LEFT = Qt.MouseButton.LeftButton


class Driver(CastDriver):
    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.teacher = FakeTeacher()
        super().__init__(qtbot, folder, self.teacher)

    @property
    def outline(self) -> HeadOutline:
        return self.window._layout.outline

    def place(self, head: int) -> QPoint:
        return self.window.picture.place_of(HEADS[head].box).center()

    def hover(self, place: QPoint) -> None:
        self.qtbot.mouseMove(self.window.picture, place)

    def click(self, head: int) -> None:
        self.hover(self.place(head))
        self.qtbot.mouseClick(self.window.picture, LEFT, pos=self.place(head))

    def type_in(self, text: str) -> None:
        """Type into the dialog as soon as it opens, and press Enter."""

        def type_it() -> None:
            dialog = QApplication.activeModalWidget()
            if isinstance(dialog, NamingDialog):
                timer.stop()
                self.qtbot.keyClicks(dialog._text, text)
                self.qtbot.keyClick(dialog._text, Qt.Key.Key_Return)

        timer = QTimer(self.window, interval=10)
        timer.timeout.connect(type_it)
        timer.start()

    @property
    def playing(self) -> bool:
        assert self.window.playback is not None
        return self.window.playback.playing


@pytest.fixture(name="driver")
def driver_fixture(qtbot: QtBot, tmp_path: Path) -> Iterator[Driver]:
    driver = Driver(qtbot, tmp_path)
    yield driver
    driver.window.close_without_asking()


def test_the_head_at_the_pointer_is_outlined(driver: Driver) -> None:
    driver.hover(driver.place(1))
    assert driver.outline.tip == "Click to name"
    assert driver.outline.geometry().contains(driver.window.picture.place_of(HEADS[1].box))
    assert driver.window.picture.cursor().shape() == Qt.CursorShape.PointingHandCursor
    driver.hover(driver.place(0))
    assert driver.outline.tip == "Marge Simpson: click to correct", "the tip may cover the name"
    driver.outline.show_at(driver.window.picture.rect(), f"{'Marge ' * 200}: click to correct")
    assert driver.outline.tip.endswith(": click to correct") and "…" in driver.outline.tip
    assert driver.outline.width() <= driver.window.width() + 8
    driver.hover(driver.window.picture.rect().center())
    assert driver.outline.isHidden()
    assert driver.window.picture.cursor().shape() == Qt.CursorShape.ArrowCursor
    driver.hover(driver.place(1))
    driver.window.picture.hovered.emit(None)
    assert driver.outline.isHidden(), "the mouse has left"


def test_a_pointer_that_rests_points_at_nothing_while_the_video_plays(driver: Driver) -> None:
    pointer = driver.presenter._pointer
    driver.hover(driver.place(1))
    pointer._idle_timer.stop()
    pointer.refresh()
    assert driver.outline.isVisible(), "a paused picture does not change under it"
    driver.press(" ")
    driver.qtbot.waitUntil(driver.outline.isHidden)
    driver.qtbot.mouseClick(driver.window.picture, LEFT, pos=driver.place(1))
    assert not driver.playing, "what is not outlined is not named"
    driver.hover(driver.place(1) + QPoint(1, 1))
    assert driver.outline.isVisible()


def test_a_click_on_a_head_names_it(driver: Driver, tmp_path: Path) -> None:
    driver.press(" ")
    driver.type_in("hom")
    driver.click(1)
    assert not driver.playing, "the picture stays"
    driver.qtbot.waitUntil(lambda: bool(driver.teacher.taught) and driver.playing)
    ((head, label, display_name),) = driver.teacher.taught
    assert (head.box, head.source, label, display_name) == (HEADS[1].box, "clip.avi", HOMER, None)
    assert head.time_s is not None and head.image.shape == (240, 320, 3)
    unclear = "This head is not seen well enough to be named here"
    assert driver.message == f"Homer Simpson: 0 appearances in this video. {unclear}. Undo: Ctrl+Z"
    assert list((tmp_path / "corrections" / "characters" / "homer_simpson").iterdir()), "for training, too"
    assert "Saved" not in driver.message


def test_what_is_typed_before_the_dialog_is_there_is_part_of_the_name(driver: Driver) -> None:
    driver.press(" ")
    driver.click(1)
    driver.press("hom")
    driver.press(Qt.Key.Key_Return)
    driver.qtbot.waitUntil(lambda: bool(driver.teacher.taught) and driver.playing)
    assert [label for _, label, _ in driver.teacher.taught] == [HOMER]
    driver.press(" ")
    assert not driver.playing, "then keys are those of the player again"


def test_keys_belong_to_the_player_again_after_a_double_click(driver: Driver) -> None:
    driver.press(" ")
    driver.click(1)
    driver.qtbot.mouseDClick(driver.window.picture, LEFT, pos=driver.place(1))
    driver.press(" ")
    assert not driver.playing


def test_a_double_click_on_a_head_toggles_full_screen_and_names_nothing(driver: Driver) -> None:
    driver.press(" ")
    driver.click(1)
    driver.qtbot.mouseDClick(driver.window.picture, LEFT, pos=driver.place(1))
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    driver.qtbot.wait(QApplication.doubleClickInterval() + 50)
    assert driver.playing and QApplication.activeModalWidget() is None


def test_the_menu_of_the_right_button_names_the_head(driver: Driver) -> None:
    def opened(place: QPoint) -> list[str]:
        picture = driver.window.picture
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(picture, QContextMenuEvent(reason, place, picture.mapToGlobal(place)))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        texts = [action.text() for action in menu.actions()]
        if texts[0] == "Name this head…":
            driver.type_in("bart")
            menu.actions()[0].trigger()
        else:
            menu.close()
        return texts

    assert "Name this head…" not in opened(driver.window.picture.rect().center())
    assert "Name this head…" in opened(driver.place(1))
    assert [(head.box, label) for head, label, _ in driver.teacher.taught] == [(HEADS[1].box, BART)]


def test_a_name_that_is_not_shown_is_told(driver: Driver) -> None:
    driver.cast.label_clicked.emit(BART)
    driver.presenter.show_only_selected(True)
    driver.type_in("hom")
    driver.press("x")
    unclear = "This head is not seen well enough to be named here"
    told = "Homer Simpson: 0 appearances in this video, but only Bart Simpson is shown"
    told += f". {unclear}. Undo: Ctrl+Z"
    assert driver.message == told


def test_a_new_name_and_nobody(driver: Driver) -> None:
    driver.type_in("Mr. Teeny")
    driver.click(1)
    driver.qtbot.waitUntil(lambda: len(driver.teacher.taught) == 1)
    driver.hover(QPoint(1, 1))
    driver.type_in("nob")
    driver.press("x")
    assert [entry[1:] for entry in driver.teacher.taught] == [("mr_teeny", "Mr. Teeny"), (NOBODY, None)]
    assert driver.teacher.taught[1][0].box == HEADS[0].box, "without a pointer, the first head is preselected"
    assert driver.message.startswith("No name for this head. Undo: Ctrl+Z")


def test_undo_says_what_it_takes_back(driver: Driver) -> None:
    undo = driver.window._undo
    assert undo.text() == "Undo" and not undo.isEnabled()
    for text in ("hom", "bar"):
        driver.type_in(text)
        driver.press("x")
    assert undo.text() == "Undo: Taught bart_simpson"
    driver.window.activateWindow()
    driver.qtbot.waitUntil(driver.window.isActiveWindow)
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "Undone: Taught bart_simpson" in driver.message and undo.text() == "Undo: Taught homer_simpson"
    driver.teacher.problem = "the disk is full"
    undo.trigger()
    assert "The disk is full" in driver.message and undo.isEnabled()
    driver.teacher.problem = ""
    undo.trigger()
    assert not driver.teacher.taught and not undo.isEnabled()


def test_undo_removes_only_the_picture_of_its_own_change(driver: Driver, tmp_path: Path) -> None:
    driver.type_in("hom")
    driver.press("x")
    folder = tmp_path / "corrections" / "characters" / "homer_simpson"
    ((head, label, _),) = driver.teacher.taught
    driver.teacher.teach([head], label)  # by naming a stranger, which saves no picture; its text is the same
    driver.presenter.undo()
    assert list(folder.iterdir())
    driver.presenter.undo()
    assert not list(folder.glob("*.png"))


def test_what_cannot_be_taught_is_told_and_still_saved_for_training(driver: Driver, tmp_path: Path) -> None:
    driver.teacher.problem = "cast.json cannot be written: no space left on device"
    driver.type_in("homer")
    driver.press("x")
    (saved,) = (tmp_path / "corrections" / "characters" / "homer_simpson").iterdir()
    message = f"Cast.json cannot be written: no space left on device. Saved for training: {saved}"
    assert driver.message == message and driver.window.isVisible()


def test_without_a_teacher_heads_are_not_outlined(qtbot: QtBot, tmp_path: Path) -> None:
    driver = CastDriver(qtbot, tmp_path)
    outline = driver.window._layout.outline
    qtbot.mouseMove(driver.window.picture, driver.window.picture.place_of(HEADS[1].box).center())
    assert outline.isHidden()
    notes: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, NamingDialog)
        notes.append(dialog._note.text())
        qtbot.keyClicks(dialog._text, "maggie")
        notes.append(dialog._no_match.text())
        dialog.reject()

    QTimer.singleShot(50, look)
    driver.press("x")
    assert notes == [
        "Nothing can be taught here: the name is only saved for training.",
        "No name contains “maggie”",
    ]


def test_a_new_name_is_offered_where_no_known_one_is_meant(qtbot: QtBot) -> None:
    dialog = NamingDialog([(HEADS[0], MARGE)], (*LABELS, NOBODY), may_add=True)
    qtbot.addWidget(dialog)

    def entries(text: str) -> list[str]:
        dialog._text.setText(text)
        return [dialog._list.item(row).text() for row in range(dialog._list.count())]

    assert entries("") == ["Bart Simpson", "Homer Simpson", "Nobody"]
    assert entries("Maggie") == ["New character “Maggie”"] and dialog.chosen == ("maggie", None)
    assert entries("hommer") == ["New character “Hommer”", "Homer Simpson"] and dialog.label == "hommer"
    dialog._list.setCurrentRow(1)
    assert dialog.label == HOMER
    assert entries("art") == ["Bart Simpson", "New character “Art”"] and dialog.label == BART
    assert entries("bart simpson") == ["Bart Simpson"], "not twice"
    assert entries("marge") == [] and dialog._no_match.text() == "Marge Simpson is the name that is shown"
    assert entries("!?") == [] and dialog._no_match.text() == "A name needs a letter or digit"
    assert entries("x" * 61) == [] and "at most 60 characters" in dialog._no_match.text()
    assert entries("../../etc") == ["New character “Etc”"] and dialog.chosen == ("etc", None)


def test_a_picture_without_heads_is_only_saved_for_training(driver: Driver, tmp_path: Path) -> None:
    result = driver.analysis.result
    assert result is not None and driver.presenter._frame is not None
    crop = Region("full", Box(0, 0, 320, 240))
    dialog_notes: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, NamingDialog)
        dialog_notes.append(dialog._note.text())
        driver.qtbot.keyClicks(dialog._text, "homer")
        driver.qtbot.keyClick(dialog._text, Qt.Key.Key_Return)

    whole = replace(result, predictions=(), captions=(replace(result.captions[0], region=crop),))
    QTimer.singleShot(50, look)
    driver.presenter._namer.name_head(driver.presenter._frame, whole)
    assert dialog_notes == [
        "No head was found here that could be learned: the name is only saved for training."
    ]
    assert not driver.teacher.taught and driver.message.startswith("Saved for training: ")
