"""Corrections of wrong names."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
)

from simpsons_play.core.geometry import Box
from simpsons_play.core.label_search import NOBODY
from simpsons_play.core.results import Region
from simpsons_play.window.widgets.dialog_place import free_place
from simpsons_play.window.widgets.naming_dialog import NamingDialog
from tests.player.window.cast_driver import (
    BART,
    HEADS,
    HOMER,
    LABELS,
    MARGE,
    CastDriver,
    cast_driver_fixture,  # noqa: F401 - as `driver`
    settings_fixture,  # noqa: F401 - as `settings`
)


def test_a_correction_saves_the_picture_under_the_right_name(driver: CastDriver, tmp_path: Path) -> None:
    driver.fill_in("hom")
    driver.press("x")
    (saved,) = (tmp_path / "corrections" / "characters" / "homer_simpson").iterdir()
    assert saved.name.endswith("-left.png") and f"Saved for training: {saved}" in driver.message
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


def test_a_correction_can_be_cancelled_and_reports_errors(driver: CastDriver, tmp_path: Path) -> None:
    driver.fill_in("ho", key=Qt.Key.Key_Escape)
    driver.press("x")
    assert not (tmp_path / "corrections").exists() and driver.window.isVisible()
    (tmp_path / "corrections").write_text("no folder")
    driver.fill_in("ho")
    driver.press("x")
    assert "Cannot save the picture" in driver.message


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
    assert "No name contains “simpsonzz”" in words
    ok, cancel = (
        dialog.findChild(QDialogButtonBox).button(which)
        for which in (QDialogButtonBox.StandardButton.Save, QDialogButtonBox.StandardButton.Cancel)
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


def save_button(dialog: NamingDialog) -> QPushButton:
    return dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save)


def activate(qtbot: QtBot, dialog: NamingDialog) -> None:
    """Make it the active window, so that one of its widgets has the focus."""
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)


def form_of(dialog: NamingDialog) -> dict[str, str]:
    """What stands beside each label of the form."""
    (form,) = dialog.findChildren(QFormLayout)
    rows = {}
    for row in range(form.rowCount()):
        label, field = (
            form.itemAt(row, role).widget()
            for role in (QFormLayout.ItemRole.LabelRole, QFormLayout.ItemRole.FieldRole)
        )
        assert isinstance(label, QLabel)
        text = field.placeholderText() if isinstance(field, QLineEdit) else ""
        text = field.text() if isinstance(field, QLabel) else text
        rows[label.text().replace("&", "")] = text
    return rows


def test_no_name_is_preselected(qtbot: QtBot) -> None:
    dialog = NamingDialog([], LABELS)
    qtbot.addWidget(dialog)
    dialog.show()
    assert form_of(dialog) == {"Name": "Type part of the name"}
    assert not save_button(dialog).isEnabled() and dialog.label is None
    qtbot.keyClick(dialog._text, Qt.Key.Key_Return)
    assert dialog.isVisible(), "a careless Return saves nothing"
    qtbot.keyClicks(dialog._text, "hom")
    assert save_button(dialog).isEnabled() and dialog.label == HOMER
    dialog._text.clear()
    assert not save_button(dialog).isEnabled() and dialog.label is None
    qtbot.keyClick(dialog._text, Qt.Key.Key_Down)
    assert save_button(dialog).isEnabled() and dialog.label == BART


def test_names_are_listed_in_their_order_and_the_field_shows_what_to_type(qtbot: QtBot) -> None:
    dialog = NamingDialog([], ("abraham_grampa_simpson", NOBODY, BART, "otto_mann"), may_add=True)
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog._text.listed == ["Bart Simpson", "Grampa", "Otto Mann", "Nobody"]
    field = dialog._text
    assert field.fontMetrics().horizontalAdvance(field.placeholderText()) < field.width()


def test_a_name_is_picked_from_the_list_with_mouse_and_keyboard(qtbot: QtBot) -> None:
    dialog = NamingDialog([], LABELS)
    qtbot.addWidget(dialog)
    dialog.show()
    activate(qtbot, dialog)
    names = dialog._list
    names.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(names, Qt.Key.Key_Return)
    assert dialog.isVisible() and dialog.label is None, "the focus alone selects nothing"
    qtbot.keyClick(names, Qt.Key.Key_Space)
    qtbot.keyClick(names, Qt.Key.Key_Return)
    assert dialog.result() == QDialog.DialogCode.Accepted and dialog.label == BART
    other = NamingDialog([], LABELS)
    qtbot.addWidget(other)
    other.show()
    place = other._list.visualItemRect(other._list.item(1)).center()
    qtbot.mouseClick(other._list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert save_button(other).isEnabled() and other.label == HOMER
    activate(qtbot, other)
    focused = other._list.grab().toImage()
    other._text.setFocus()
    assert other._list.grab().toImage() != focused, "the list shows its focus"


def test_the_name_of_an_only_head_is_not_offered(qtbot: QtBot) -> None:
    dialog = NamingDialog([(HEADS[0], MARGE)], LABELS)
    qtbot.addWidget(dialog)
    dialog.show()
    assert form_of(dialog) == {"Shown as": "Marge Simpson", "Name": "Type part of the name"}
    offered = [dialog._list.item(row).text() for row in range(dialog._list.count())]
    assert "Marge Simpson" not in offered and "Homer Simpson" in offered
    qtbot.keyClicks(dialog._text, "marge")
    assert not save_button(dialog).isEnabled()
    assert dialog._no_match.text() == "Marge Simpson is the name that is shown"
    several = NamingDialog([(HEADS[0], MARGE), (HEADS[1], None)], LABELS)
    qtbot.addWidget(several)
    assert form_of(several) == {"Head": "", "Name": "Type part of the name"}
    several._text.setText("marge")
    assert several.label is None
    several._heads.setCurrentIndex(1)
    assert several.label == MARGE, "the other head may be hers"


@pytest.mark.parametrize(
    ("avoided", "corner"),
    [
        ([QRect(150, 300, 100, 100)], QPoint(788, 350)),  # on the left: at the right edge
        ([QRect(850, 300, 100, 100)], QPoint(112, 350)),  # on the right: at the left edge
        ([QRect(150, 300, 800, 200)], QPoint(1100, 350)),  # everywhere: beside the window
        ([], QPoint(788, 350)),
    ],
)
def test_a_dialog_goes_where_it_covers_nothing(avoided: list[QRect], corner: QPoint) -> None:
    window, screen, size = QRect(100, 100, 1000, 700), QRect(0, 0, 1920, 1080), QSize(300, 200)
    assert free_place(size, window, screen, avoided) == corner
    small = QRect(0, 0, 1200, 800)
    inside = free_place(size, window, small, avoided)
    assert small.contains(QRect(inside, size)), "never outside of the screen"


def test_the_dialog_does_not_cover_the_head(driver: CastDriver) -> None:
    places: list[QRect] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, NamingDialog)
        places.append(dialog.frameGeometry())
        dialog.reject()

    QTimer.singleShot(50, look)
    driver.press("x")
    picture = driver.window.picture
    assert picture.frame is not None
    shown, box = picture.picture_rect(), HEADS[0].box
    scale = shown.width() / picture.frame.size_px[0]
    head = QRect(
        picture.mapToGlobal(shown.topLeft() + QPoint(round(box.x_min * scale), round(box.y_min * scale))),
        QSize(round(box.width * scale), round(box.height * scale)),
    )
    assert not places[0].intersects(head)


def test_closed_dialogs_are_deleted(driver: CastDriver) -> None:
    for _ in range(3):
        driver.fill_in("ho", key=Qt.Key.Key_Escape)
        driver.press("x")
    driver.qtbot.waitUntil(lambda: not driver.window.findChildren(NamingDialog))


def test_closing_the_window_closes_its_dialog(driver: CastDriver) -> None:
    """Such as on Ctrl-C: an open dialog would keep the process running."""
    QTimer.singleShot(100, driver.window.close)
    driver.press("x")
    assert not driver.window.isVisible() and driver.window.closed
    assert not driver.play_queue.requested
