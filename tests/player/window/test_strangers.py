"""Strangers in the window: listed, followed, named, merged and split."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QDrag, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QListWidget, QMenu, QPushButton, QWidget

from simpsons_play.analysis.head_tracks import head_tracks
from simpsons_play.analysis.known_heads import KnownHeads
from simpsons_play.analysis.stranger_edits import StrangerEdits
from simpsons_play.analysis.strangers import Stranger, find_strangers, numbers_of
from simpsons_play.core.geometry import Box
from simpsons_play.window.playback.ports import HeadExample
from simpsons_play.window.playback.previews import Previews
from simpsons_play.window.widgets.cast_row import CastRow
from simpsons_play.window.widgets.dragged_heads import dragged, heads_in
from simpsons_play.window.widgets.stranger_dialog import StrangerDialog
from simpsons_play.window.widgets.stranger_row import StrangerEntry, StrangerRow
from tests.fakes import DENSE
from tests.player.analysis.people import face_of, log_of
from tests.player.window.cast_driver import (
    HOMER,
    MARGE,
    CastDriver,
    FakeTeacher,
    settings_fixture,  # noqa: F401 - as `settings`
)
from tests.player.window.window_kit import ListSource, number_of, numbered_frames

LOG = log_of([("otto", 20), ("troy", 200)], [("otto", 40)], [("troy", 30)], [("otto", 60)])
FIRST, SECOND = "unknown_1", "unknown_2"


class FakeGroups:
    """Groups the strangers of a log at once."""

    def __init__(self) -> None:
        self._tracks = head_tracks(LOG, DENSE, threshold=0.6)
        self._edits, self._undoable = StrangerEdits(), list[StrangerEdits]()
        self.known: KnownHeads | None = None
        self.looked_at: list[tuple[float, Box]] = []
        self.named: frozenset[str] = frozenset()
        self.update()

    def update(self) -> None:
        tracks = [track for track in self._tracks if track.key not in self.named]
        self._groups = find_strangers(tracks, threshold=0.6, known=self.known, edits=self._edits)
        self._edits = self._edits.numbered(numbers_of(self._groups))

    def groups(self) -> Sequence[Stranger]:
        return self._groups

    def renumber(self, numbers: dict[str, int]) -> None:
        self._edits = self._edits.numbered(numbers)
        self.update()

    def looks_at(self, time_s: float, box: Box, embedding: np.ndarray) -> np.ndarray:
        self.looked_at.append((time_s, box))
        return np.eye(2, 4, dtype=np.float32)

    def regroup(self, keys: Collection[str], onto: Collection[str]) -> None:
        self._undoable.append(self._edits)
        for group in self._groups:
            if group.keys > set(keys):
                self._edits = self._edits.split(keys, rest=group.keys - set(keys))
        self._edits = self._edits.merge(frozenset(keys).union(onto))
        self.update()

    def undo(self) -> None:
        self._edits = self._undoable.pop()
        self.update()


class GroupTeacher(FakeTeacher):
    """Remembers what it is taught, group by group."""

    def __init__(self) -> None:
        super().__init__()
        self.lessons: list[tuple[str, list[HeadExample]]] = []

    def teach(self, heads: Sequence[HeadExample], label: str, *, display_name: str | None = None) -> bool:
        super().teach(heads, label, display_name=display_name)
        self.lessons.append((label, list(heads)))
        return len(self.lessons) == 1


class StrangerDriver(CastDriver):
    """A window with two strangers, who can be named."""

    def __init__(self, qtbot: QtBot, folder: Path, *, unavailable: str = "") -> None:
        self.groups, self.teacher = FakeGroups(), GroupTeacher()
        self.teacher.unavailable = unavailable
        super().__init__(qtbot, folder, strangers=self.groups, teacher=self.teacher)
        previews = Previews(lambda start_s=0.0: ListSource(numbered_frames(200)))
        self.window.session._parts.presenter.read_from(previews)
        self.window.session._parts.previews.read_from(previews)
        qtbot.waitUntil(lambda: len(self.rows) == 2)

    @property
    def rows(self) -> dict[str, StrangerRow]:
        return dict(self.cast.strangers.rows)

    def row_of(self, label: str) -> CastRow:
        return next(row for row in self.cast.findChildren(CastRow) if row.label == label and row.isVisible())

    def drop(self, keys: Collection[str], row: QWidget) -> bool:
        """Drop heads on a row; returns whether it takes them."""
        data, at = dragged(keys), QPoint(5, 5)
        left = Qt.MouseButton.LeftButton
        enter = QDragEnterEvent(at, Qt.DropAction.MoveAction, data, left, Qt.KeyboardModifier.NoModifier)
        enter.ignore()
        QApplication.sendEvent(row, enter)
        if enter.isAccepted():
            drop = QDropEvent(
                QPointF(at), Qt.DropAction.MoveAction, data, left, Qt.KeyboardModifier.NoModifier
            )
            QApplication.sendEvent(row, drop)
        return enter.isAccepted()

    def menu(self, label: str) -> dict[str, object]:
        menu = self.cast.strangers.menu_of(label)
        return {action.text(): action for action in menu.actions()}

    @property
    def dialog(self) -> StrangerDialog:
        (dialog,) = self.window.findChildren(StrangerDialog)
        return dialog

    def groups_by_keys(self) -> set[frozenset[str]]:
        return {group.keys for group in self.groups.groups()}


@pytest.fixture(name="driver")
def driver_fixture(qtbot: QtBot, tmp_path: Path) -> StrangerDriver:
    return StrangerDriver(qtbot, tmp_path)


def test_strangers_are_listed_with_their_pictures(driver: StrangerDriver) -> None:
    first, second = driver.rows.values()
    assert [(row.accessibleName(), row.accessibleDescription()) for row in (first, second)] == [
        ("Unknown 1", "2 appearances, 00:05"),
        ("Unknown 2", "2 appearances, 00:04"),
    ]
    driver.qtbot.waitUntil(lambda: first._portrait is not None and second._portrait is not None)
    totals = driver.row_of(MARGE)
    assert first.mapTo(driver.cast, QPoint()).y() > totals.mapTo(driver.cast, QPoint()).y()
    assert first.y() < second.y() and not first.grab().toImage().isNull()
    assert {member.label for member in driver.cast.members} == {MARGE}, "they are no members of the cast"


def test_a_click_follows_a_stranger_with_a_lane_and_the_jump_keys(driver: StrangerDriver) -> None:
    driver.qtbot.mouseClick(driver.rows[FIRST], Qt.MouseButton.LeftButton)
    assert driver.presenter.selected == FIRST and "Following Unknown 1" in driver.message
    assert driver.rows[FIRST].isChecked()
    lanes = driver.lanes._rows
    assert [(span.start_s, span.end_s) for span in lanes[FIRST]] == [(0.0, 2.0), (2.0, 4.0), (6.0, 7.75)]
    driver.press("n")
    driver.qtbot.waitUntil(lambda: driver.position_s >= 6)
    assert driver.message == "Unknown 1"
    driver.press("c")
    assert list(driver.lanes._rows) == [FIRST], "only this one"
    driver.qtbot.mouseClick(driver.rows[FIRST], Qt.MouseButton.LeftButton)
    assert FIRST not in driver.lanes._rows


def test_strangers_can_be_selected_with_the_keys_too(driver: StrangerDriver) -> None:
    first, second = driver.rows.values()
    assert [first.focusPolicy(), second.focusPolicy()] == [Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.NoFocus]
    first.setFocus()
    driver.qtbot.keyClick(first, Qt.Key.Key_Down)
    driver.qtbot.waitUntil(second.hasFocus)
    driver.qtbot.keyClick(second, Qt.Key.Key_Return)
    assert driver.presenter.selected == SECOND


@pytest.mark.parametrize("how", ["key", "mouse", "menu"])
def test_naming_a_stranger_teaches_looks_at_different_times(driver: StrangerDriver, how: str) -> None:
    driver.fill_in("hom")
    row = driver.rows[FIRST]
    if how == "key":
        driver.qtbot.keyClick(row, Qt.Key.Key_F2)
    elif how == "mouse":
        driver.qtbot.mouseDClick(row, Qt.MouseButton.LeftButton)
    else:
        driver.menu(FIRST)["&Name…"].trigger()  # type: ignore[attr-defined]
    driver.qtbot.waitUntil(lambda: len(driver.teacher.lessons) == 1)
    ((name, examples),) = driver.teacher.lessons
    assert name == HOMER and driver.message == "Learned Homer Simpson from 6 pictures. Undo: Ctrl+Z"
    assert {round(example.time_s, 2) for example in examples} == {0.0, 1.0, 2.0, 3.0, 6.0, 7.0}
    for example in examples:
        assert example.box.width == 60 and example.source == "clip.avi"
        assert number_of(example.image) == pytest.approx(example.time_s * 23.976, abs=1)
    np.testing.assert_allclose(
        examples[0].looks(face_of("moe")), np.stack([face_of("otto")] * 6), err_msg="all of the group"
    )


def test_two_strangers_can_get_one_name_at_the_same_time(driver: StrangerDriver) -> None:
    first, second = (group.keys for group in driver.groups.groups())
    driver.presenter._strangers.teach(first, "otto_mann", "Otto")
    driver.presenter._strangers.teach(second, "otto_mann")
    driver.qtbot.waitUntil(lambda: len(driver.teacher.lessons) == 2)
    for (name, examples), face in zip(driver.teacher.lessons, ("otto", "troy"), strict=True):
        assert name == "otto_mann" and len(examples) > 1
        assert np.allclose(examples[0].looks(face_of("moe")), face_of(face))
    assert [display for _, _, display in driver.teacher.taught][:: len(examples)][0] == "Otto"


def test_naming_a_head_teaches_all_looks_at_it_in_its_shot(driver: StrangerDriver) -> None:
    driver.fill_in("hom")
    driver.press("x")
    driver.qtbot.waitUntil(lambda: len(driver.teacher.lessons) == 1)
    ((_, (example,)),) = driver.teacher.lessons
    assert example.looks(face_of("otto")).shape == (2, 4)
    assert driver.groups.looked_at == [(example.time_s, example.box)]


def test_a_named_stranger_is_followed_no_more(driver: StrangerDriver) -> None:
    driver.qtbot.mouseClick(driver.rows[SECOND], Qt.MouseButton.LeftButton)
    driver.groups.named = next(g.keys for g in driver.groups.groups() if g.label == SECOND)
    driver.groups.update()
    driver.qtbot.waitUntil(lambda: list(driver.rows) == [FIRST])
    assert driver.presenter.selected is None and SECOND not in driver.lanes._rows


def test_what_cannot_be_taught_is_said(driver: StrangerDriver) -> None:
    driver.teacher.problem = "the cast cannot be written"
    driver.fill_in("hom")
    driver.qtbot.keyClick(driver.rows[FIRST], Qt.Key.Key_F2)
    driver.qtbot.waitUntil(lambda: driver.message == "the cast cannot be written")


def test_a_suggestion_can_be_accepted(driver: StrangerDriver) -> None:
    faces = np.stack([face_of("otto"), face_of("someone")]).astype(np.float32)
    driver.groups.known = KnownHeads(faces, [HOMER, MARGE])
    driver.groups.update()
    row = driver.rows[FIRST]
    driver.qtbot.waitUntil(lambda: "perhaps Homer Simpson" in row.accessibleDescription())
    assert row.toolTip().endswith(" Perhaps Homer Simpson") and "Double-click to name" in row.toolTip()
    assert "This &is Homer Simpson" not in driver.menu(SECOND)
    driver.menu(FIRST)["This &is Homer Simpson"].trigger()  # type: ignore[attr-defined]
    driver.qtbot.waitUntil(lambda: [name for name, _ in driver.teacher.lessons] == [HOMER])


def test_a_stranger_dragged_onto_a_known_character_is_taught_as_that_one(driver: StrangerDriver) -> None:
    keys = driver.groups.groups()[0].keys
    assert driver.drop(keys, driver.row_of(MARGE))
    driver.qtbot.waitUntil(lambda: [name for name, _ in driver.teacher.lessons] == [MARGE])
    assert driver.drop(keys, driver.row_of(MARGE))
    driver.qtbot.waitUntil(lambda: driver.message == "Marge Simpson has these pictures already")


def test_a_stranger_dragged_onto_another_is_merged(
    driver: StrangerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[frozenset[str]] = []
    monkeypatch.setattr(QDrag, "exec", lambda drag, action: taken.append(heads_in(drag.mimeData())))
    row = driver.rows[SECOND]
    driver.qtbot.mousePress(row, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    driver.qtbot.mouseMove(row, QPoint(22, 10))
    assert not taken, "a click may shake"
    driver.qtbot.mouseMove(row, QPoint(80, 40))
    if not taken:  # the platform moves no mouse
        from PySide6.QtGui import QMouseEvent

        at, buttons = QPointF(80, 40), Qt.MouseButton.LeftButton
        no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(QMouseEvent.Type.MouseMove, at, at, no_button, buttons, no_key)
        QApplication.sendEvent(row, event)
    second = driver.groups.groups()[1].keys
    assert taken == [second]
    assert not driver.drop(taken[0], row), "not onto itself"
    assert driver.drop(taken[0], driver.rows[FIRST])
    driver.qtbot.waitUntil(lambda: list(driver.rows) == [FIRST])
    assert driver.message == "Merged Unknown 2 with Unknown 1. Undo: Ctrl+Z"
    assert len(driver.groups.groups()[0].tracks) == 5


def test_strangers_are_merged_from_the_menu(driver: StrangerDriver) -> None:
    row = driver.rows[SECOND]
    driver.qtbot.waitUntil(lambda: driver.rows[FIRST]._portrait is not None)
    at = row.mapToGlobal(QPoint(10, 10))
    QApplication.sendEvent(row, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(10, 10), at))
    (menu,) = [menu for menu in driver.cast.strangers.findChildren(QMenu) if menu.isVisible()]
    (same_as,) = [action.menu() for action in menu.actions() if action.text() == "&Same as"]
    (first,) = same_as.actions()  # type: ignore[attr-defined]
    assert first.text() == "Unknown 1 (2 appearances, 00:05)" and not first.icon().isNull()
    first.trigger()
    menu.close()
    driver.qtbot.waitUntil(lambda: list(driver.rows) == [FIRST])


def test_heads_of_somebody_else_are_split_off(driver: StrangerDriver) -> None:
    driver.menu(FIRST)["Show &heads…"].trigger()  # type: ignore[attr-defined]
    heads = driver.dialog.findChild(QListWidget)
    split = next(b for b in driver.dialog.findChildren(QPushButton) if b.text() == "&Split off")
    driver.qtbot.waitUntil(lambda: heads.count() == 3 and not heads.item(2).icon().isNull())
    assert [heads.item(row).text() for row in range(3)] == ["00:00", "00:02", "00:06"]
    assert not split.isEnabled()
    heads.selectAll()
    assert not split.isEnabled(), "all of them are nobody else"
    heads.clearSelection()
    heads.item(1).setSelected(True)
    before = driver.groups.groups()[0].keys
    driver.qtbot.keyClick(heads, Qt.Key.Key_Delete)
    driver.qtbot.waitUntil(lambda: len(driver.rows) == 3 and heads.count() == 2)
    assert frozenset({"8-1"}) in driver.groups_by_keys() and before - {"8-1"} in driver.groups_by_keys()
    assert driver.message == "Split 1 head off from Unknown 1. Undo: Ctrl+Z"
    driver.qtbot.keyClick(heads, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    driver.qtbot.waitUntil(lambda: len(driver.rows) == 2 and heads.count() == 3)
    assert driver.message == "Undone: Split 1 head off from Unknown 1"
    driver.dialog.close()


def test_heads_in_the_dialog_can_be_dragged_and_lead_to_their_moment(driver: StrangerDriver) -> None:
    driver.menu(FIRST)["Show &heads…"].trigger()  # type: ignore[attr-defined]
    heads = driver.dialog.findChild(QListWidget)
    driver.qtbot.waitUntil(lambda: heads.count() == 3)
    keys = heads_in(heads.mimeData([heads.item(2)]))
    assert keys == {"24-1"}
    heads.itemActivated.emit(heads.item(2))
    driver.qtbot.waitUntil(lambda: driver.position_s >= 5.9)
    assert driver.drop(keys, driver.rows[SECOND])
    driver.qtbot.waitUntil(lambda: heads.count() == 2)
    driver.groups.named = driver.groups.groups()[1].keys
    driver.groups.update()
    driver.qtbot.waitUntil(lambda: not driver.window.findChildren(StrangerDialog))


def test_undo_takes_back_names_merges_and_splits_in_their_order(driver: StrangerDriver) -> None:
    first, second = (group.keys for group in driver.groups.groups())
    before = driver.groups_by_keys()
    undo = driver.window._undo
    driver.drop(second, driver.rows[FIRST])
    assert undo.text() == "Undo: Merged Unknown 2 with Unknown 1"
    merged = driver.groups_by_keys()
    driver.drop(first | second, driver.row_of(MARGE))
    driver.qtbot.waitUntil(lambda: undo.text() == "Undo: Taught marge_simpson")
    for keys in ({min(second)}, {min(first)}):
        driver.presenter._regroupings.split_off(frozenset(keys))
        driver.qtbot.waitUntil(lambda: "Split 1 head off" in undo.text())
    for _ in range(2):
        undo.trigger()
    assert driver.groups_by_keys() == merged and undo.text() == "Undo: Taught marge_simpson"
    for _ in range(len(driver.teacher.taught)):
        undo.trigger()
    assert not driver.teacher.taught and undo.text() == "Undo: Merged Unknown 2 with Unknown 1"
    undo.trigger()
    assert driver.groups_by_keys() == before and not undo.isEnabled()
    driver.qtbot.waitUntil(lambda: list(driver.rows) == [FIRST, SECOND])


def test_a_followed_stranger_stays_followed_with_another_number(driver: StrangerDriver) -> None:
    driver.qtbot.mouseClick(driver.rows[SECOND], Qt.MouseButton.LeftButton)
    driver.menu(SECOND)["Show &heads…"].trigger()  # type: ignore[attr-defined]
    first, second = (group.keys for group in driver.groups.groups())
    driver.groups.renumber(dict.fromkeys(first, 2) | dict.fromkeys(second, 1))
    driver.qtbot.waitUntil(lambda: driver.presenter.selected == FIRST)
    assert driver.rows[FIRST].isChecked() and not driver.rows[SECOND].isChecked()
    assert driver.dialog.windowTitle() == "Unknown 1"
    driver.dialog.close()


def test_strangers_of_another_source_are_not_shown(driver: StrangerDriver) -> None:
    driver.menu(FIRST)["Show &heads…"].trigger()  # type: ignore[attr-defined]
    driver.window.session.leave()
    assert not driver.rows and not driver.dialog.isVisible()


def test_other_things_are_not_accepted(driver: StrangerDriver) -> None:
    assert not driver.drop([], driver.rows[FIRST])


def test_without_a_teacher_strangers_cannot_be_named_but_merged(qtbot: QtBot, tmp_path: Path) -> None:
    driver = StrangerDriver(qtbot, tmp_path, unavailable="The model has no embedder")
    keys = driver.groups.groups()[0].keys
    assert not driver.drop(keys, driver.row_of(MARGE)) and not driver.menu(FIRST)["&Name…"].isEnabled()  # type: ignore[attr-defined]
    driver.qtbot.keyClick(driver.rows[FIRST], Qt.Key.Key_F2)
    assert QApplication.activeModalWidget() is None
    assert driver.drop(keys, driver.rows[SECOND])


def test_a_frame_that_cannot_be_read_is_said(driver: StrangerDriver) -> None:
    driver.window.session._parts.previews._previews._open_frames = lambda start_s=0.0: ListSource([])  # type: ignore[union-attr]
    driver.drop(driver.groups.groups()[0].keys, driver.row_of(MARGE))
    driver.qtbot.waitUntil(lambda: driver.message == "The pictures cannot be read")


def test_rows_are_only_painted_again_when_something_has_changed(
    driver: StrangerDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.qtbot.waitUntil(lambda: all(row._portrait is not None for row in driver.rows.values()))
    driver.qtbot.wait(100)
    shown: list[str] = []
    show = StrangerRow.show_stranger

    def record(row: StrangerRow, entry: StrangerEntry, **options: object) -> None:
        shown.append(entry.label)
        show(row, entry, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(StrangerRow, "show_stranger", record)
    driver.press(".")
    driver.qtbot.wait(200)
    assert shown == []
    driver.groups.update()
    driver.qtbot.waitUntil(lambda: shown == [FIRST, SECOND])
