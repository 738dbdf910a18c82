"""The window of a review, driven by keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAccessible, QImage, QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from simpsons_play.core.errors import SinkError
from simpsons_play.core.names import display_name
from simpsons_play.window.playback.scaling import to_qt
from simpsons_training.labelling.picture_folder import PictureFolder
from simpsons_training.labelling.proposal_folder import Pending, ProposalFolder
from simpsons_training.labelling.review_decisions import FolderDecisions
from simpsons_training.labelling.review_session import ReviewSession, State
from simpsons_training.labelling.window.rename_dialog import RenameDialog
from simpsons_training.labelling.window.review_window import ReviewWindow
from tests.fakes import LABELS
from tests.training.labelling.kit import add_proposals

BART, HOMER, MARGE = LABELS
Key = Qt.Key


class Driver:
    """Presses keys in a window over a folder, and counts them."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot, self.store, self.presses = qtbot, ProposalFolder(folder), 0
        self.decisions = FolderDecisions(self.store)
        self.session = ReviewSession(self.store.pending(), self.decisions)
        self.window = ReviewWindow(self.session, load=self._load, labels=["otto_mann"])
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitExposed(self.window)

    def press(self, *keys: Key | str) -> None:
        for key in keys:
            self.presses += 1
            if isinstance(key, str):
                self.qtbot.keyClicks(self.window.tiles, key)
            else:
                self.qtbot.keyClick(self.window.tiles, key)

    def name(self, text: str, *keys: Key) -> None:
        """Answer the question for a name."""
        (dialog,) = [one for one in self.window.findChildren(RenameDialog) if one.isVisible()]
        field = dialog.findChild(QLineEdit)
        self.qtbot.keyClicks(field, text)
        for key in keys:
            self.qtbot.keyClick(dialog.focusWidget() or field, key)

    @property
    def data_set(self) -> list[tuple[str, str]]:
        return [(row.character, row.by) for row in PictureFolder(self.store.pictures.folder).rows()]

    @property
    def states(self) -> list[State]:
        return [entry.state for entry in self.window.sheet.entries]

    def _load(self, item: Pending) -> QImage | None:
        image = self.decisions.image(item)
        return None if image is None else to_qt(image)


@pytest.fixture(name="drive")
def drive_fixture(qtbot: QtBot, tmp_path: Path) -> Callable[..., Driver]:
    def drive(*names: str) -> Driver:
        add_proposals(tmp_path, names)
        return Driver(qtbot, tmp_path)

    return drive


def test_a_whole_review(drive: Callable[..., Driver]) -> None:
    driver = drive(BART, BART, BART, HOMER, HOMER, MARGE)
    window = driver.window
    assert window.sheet.character == BART and window.tiles.row == 0
    driver.press(Key.Key_Space, Key.Key_Right, "r")
    driver.name("ott", Key.Key_Return)
    assert window.message == "Accepted as Otto Mann"
    driver.press(Key.Key_Return)
    assert window.message == "Accepted 1 picture of Bart Simpson" and window.sheet.character == HOMER
    driver.press("a")
    assert window.sheet.character == MARGE
    driver.press(Key.Key_Enter)
    assert window.message.startswith("Accepted 1 picture of Marge Simpson. All are reviewed: 5 pictures")
    assert sorted(driver.data_set) == [
        *[(BART, "model")],
        *[(HOMER, "model")] * 2,
        (MARGE, "model"),
        ("otto_mann", "hand"),
    ]
    assert not ProposalFolder(driver.store.pictures.folder).pending()


def test_undo_goes_back_across_sheets(drive: Callable[..., Driver]) -> None:
    driver = drive(BART, BART, HOMER)
    driver.press(Key.Key_Space, Key.Key_Return)
    assert driver.window.sheet.character == HOMER
    driver.press("u")
    assert driver.window.sheet.character == BART and driver.window.message == "Undone: 1 picture"
    assert driver.states == [State.REJECTED, State.PROPOSED] and not driver.data_set
    driver.qtbot.keyClick(driver.window.tiles, Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert driver.states == [State.PROPOSED] * 2
    driver.press("u")
    assert driver.states == [State.PROPOSED] * 2 and driver.window.message == "Nothing to undo"
    assert len(driver.store.pending()) == 3


def test_the_sheet_with_all_pictures(drive: Callable[..., Driver]) -> None:
    driver = drive(BART, HOMER, MARGE, MARGE)
    driver.press("p")
    assert driver.window.sheet.character is None and len(driver.window.sheet.entries) == 4
    driver.press(Key.Key_Space, "a")
    assert driver.window.message == "Accepted 3 pictures. All are reviewed: 3 pictures accepted in all"
    assert [character for character, _ in driver.data_set].count(MARGE) == 1, "the most doubtful one is first"
    driver.press("p", Key.Key_PageDown)
    assert driver.states == [State.ACCEPTED], "its own sheet knows"


def test_moving_about(drive: Callable[..., Driver]) -> None:
    driver = drive(*[BART] * 9, HOMER)
    tiles = driver.window.tiles
    driver.press(Key.Key_Left)
    assert tiles.row == 0
    driver.press(*[Key.Key_Right] * 7)
    assert tiles.row == 7, "from row to row"
    driver.press(Key.Key_Up)
    assert tiles.row < 6
    driver.press(Key.Key_Down, Key.Key_End)
    assert tiles.row == 8
    driver.press(Key.Key_Right, Key.Key_Home)
    assert tiles.row == 0
    driver.press("n", Key.Key_PageDown)
    assert driver.window.message == "This is the last sheet" and driver.window.sheet.character == HOMER
    driver.press(Key.Key_PageUp, "p", "p")
    assert driver.window.message == "This is the first sheet"
    driver.press("x", "1")
    assert driver.window.sheet.character is None, "a list would search for what is typed"


def test_zooming(drive: Callable[..., Driver]) -> None:
    driver = drive(BART, BART)
    window = driver.window
    sheet = window.grab().toImage()
    driver.press("z")
    assert window.zoomed
    first = window.grab().toImage()
    assert first != sheet
    driver.press(Key.Key_Right)
    assert window.zoomed and window.grab().toImage() != first, "the arrows go on"
    driver.press(Key.Key_Space)
    assert window.zoomed and driver.states == [State.PROPOSED, State.REJECTED]
    driver.press(Key.Key_Escape)
    assert not window.zoomed and window.isVisible()
    driver.press(Key.Key_Escape)
    assert not window.isVisible()


def test_a_new_name_asks_first(drive: Callable[..., Driver]) -> None:
    driver = drive(BART, BART)
    driver.press("r")
    driver.name("Barney", Key.Key_Return)
    assert not driver.data_set, "it has to be confirmed"
    driver.name("", Key.Key_Return)
    assert driver.data_set == [("barney", "hand")]
    driver.press(Key.Key_Right, "r")
    driver.name("arne", Key.Key_Return)
    assert driver.data_set == [("barney", "hand")] * 2, "it is known now"
    driver.press("u", "u")
    assert not driver.data_set and driver.states == [State.PROPOSED] * 2


def test_names_are_listed_in_their_order(drive: Callable[..., Driver]) -> None:
    names = [display_name(label) for label in drive(HOMER, BART).window._match("").labels]
    assert names[:2] == ["Apu", "Bart Simpson"] and names[:-1] == sorted(names[:-1])


def test_the_dialog_does_not_cover_the_picture(drive: Callable[..., Driver]) -> None:
    driver = drive(*[BART] * 6)
    for step in (Key.Key_Home, Key.Key_End):
        driver.press(step, "r")
        (dialog,) = [one for one in driver.window.findChildren(RenameDialog) if one.isVisible()]
        assert not dialog.frameGeometry().intersects(driver.window.tiles.current_rect())
        dialog.reject()


def test_renaming_can_be_cancelled_and_closing_closes_the_dialog(drive: Callable[..., Driver]) -> None:
    driver = drive(BART)
    driver.press("r")
    driver.name("hom", Key.Key_Escape)
    assert not driver.data_set and driver.window.isVisible()
    driver.press("r")
    driver.window.close()
    driver.qtbot.waitUntil(lambda: not driver.window.findChildren(RenameDialog))
    assert not driver.data_set


def test_an_error_is_shown_and_loses_nothing(
    drive: Callable[..., Driver], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = drive(BART, BART)
    save, calls = driver.store.pictures.save, []

    def full(*args: object, **more: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise SinkError("the set cannot be written: no space left on device; free some space")
        return save(*args, **more)

    monkeypatch.setattr(driver.store.pictures, "save", full)
    driver.press(Key.Key_Return)
    assert driver.window.errors.lines == (
        "the set cannot be written: no space left on device; free some space",
    )
    assert sorted(state.value for state in driver.states) == ["accepted", "proposed"]
    driver.press(Key.Key_Escape)
    assert not driver.window.errors.lines and driver.window.isVisible()
    driver.press(Key.Key_Return)
    assert len(driver.data_set) == 2


def test_an_accepted_picture_is_not_rejected_by_accident(drive: Callable[..., Driver]) -> None:
    driver = drive(BART, HOMER)
    driver.press("a", "p", Key.Key_Space)
    assert driver.states == [State.ACCEPTED] and "u takes that back" in driver.window.message
    driver.press("a")
    assert driver.window.message == "Nothing is left on this sheet"


def test_buttons_and_mouse_do_what_the_keys_do(drive: Callable[..., Driver]) -> None:
    driver = drive(BART, BART, HOMER)
    buttons = {button.accessibleName(): button for button in driver.window.findChildren(QPushButton)}
    assert buttons["Reject"].text() == "Reject (Space)"
    tiles = driver.window.tiles
    place = tiles.visualRect(tiles.model().index(1, 0)).center()
    driver.qtbot.mouseClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=place)
    buttons["Reject"].click()
    assert driver.states == [State.PROPOSED, State.REJECTED]
    buttons["Undo"].setFocus()
    driver.qtbot.keyClick(buttons["Undo"], Key.Key_Return)
    assert driver.states == [State.PROPOSED] * 2, "Enter on a button presses that button"
    driver.qtbot.mouseDClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert driver.window.zoomed
    driver.qtbot.mouseClick(driver.window._zoom, Qt.MouseButton.LeftButton)
    assert not driver.window.zoomed
    driver.window.characters.setCurrentRow(2)
    assert driver.window.sheet.character == HOMER
    buttons["Accept all"].click()
    assert driver.data_set == [(HOMER, "model")]
    driver.qtbot.mouseClick(driver.window, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert driver.window.focusWidget() is tiles


def test_screen_readers_get_names(drive: Callable[..., Driver]) -> None:
    driver = drive(BART, HOMER)
    driver.press(Key.Key_Space)
    tile = QAccessible.queryAccessibleInterface(driver.window.tiles).child(0)
    assert tile.text(QAccessible.Text.Name) == "Bart Simpson, Rejected"
    row = QAccessible.queryAccessibleInterface(driver.window.characters).child(0)
    assert row.text(QAccessible.Text.Name) == "Everyone, 1 left to review"


def test_keys_of_other_layouts_and_shortcuts(drive: Callable[..., Driver]) -> None:
    driver = drive(BART)
    driver.qtbot.keyClick(driver.window.tiles, Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert not driver.data_set, "Ctrl+A is not a"
    held = QKeyEvent(QEvent.Type.KeyPress, Key.Key_A, Qt.KeyboardModifier.NoModifier, "a", True)
    QApplication.sendEvent(driver.window.tiles, held)
    assert not driver.data_set, "nor is one that is held down"
    driver.qtbot.keyClick(driver.window.tiles, Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    assert len(driver.data_set) == 1


def test_an_unreadable_picture_has_a_tile(drive: Callable[..., Driver]) -> None:
    driver = drive(BART, HOMER)
    driver.window.sheet.entries[0].item.saved.path.write_bytes(b"no picture")
    driver.press("z", "z", "n", "p")
    driver.window.grab()
    driver.press("a")
    assert "is not a readable picture; reject it" in driver.window.errors.lines[0]
    driver.press(Key.Key_Space)
    assert [row.character for row in driver.store.proposed.rows()] == [HOMER]


def test_an_unreadable_picture_does_not_keep_others_from_being_accepted(
    drive: Callable[..., Driver],
) -> None:
    driver = drive(BART, BART, BART)
    driver.window.sheet.entries[0].item.saved.path.write_bytes(b"no picture")
    driver.press("a")
    assert len(driver.data_set) == 2 and len(driver.store.proposed.rows()) == 1
    driver.press("u")
    assert not driver.data_set and len(driver.store.proposed.rows()) == 3
