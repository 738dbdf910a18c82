"""The window for labelling, driven by keys and the mouse on Qt's offscreen platform."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from simpsons_training.dataset import read_picture
from simpsons_training.labelling.frame_choice import ChosenFrame, FrameChoice
from simpsons_training.labelling.frame_log import FrameLog
from simpsons_training.labelling.picture_folder import PictureFolder
from simpsons_training.labelling.session import LabelSession
from simpsons_training.labelling.window.label_window import LabelWindow
from tests.disk import full_disk
from tests.training.labelling.episodes import make_episode

_Key = Qt.Key


class LabelDriver:
    """A window that labels, and what a user does in it."""

    def __init__(self, qtbot: QtBot, episode: Path, folder: Path, *, taught: Sequence[str] = ()) -> None:
        self.qtbot, self.folder = qtbot, folder
        log = FrameLog(folder)
        self.session = LabelSession(FrameChoice([episode], log), PictureFolder(folder), log, taught=taught)
        self.session.__enter__()
        self.window = LabelWindow(self.session, folder)
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.activateWindow()
        qtbot.waitUntil(lambda: self.window.isActiveWindow() and self.session.frame is not None)
        qtbot.waitUntil(self.button("Next").isEnabled)

    def close(self) -> None:
        self.window.close()
        self.session.__exit__(None, None, None)

    @property
    def frame(self) -> ChosenFrame:
        assert self.session.frame is not None
        return self.session.frame

    @property
    def focus(self) -> QWidget:
        widget = QApplication.focusWidget()
        assert widget is not None
        return widget

    @property
    def panel(self):
        return self.window._panel

    def press(self, *keys: Qt.Key) -> None:
        """Press keys wherever the focus is."""
        for key in keys:
            self.qtbot.keyClick(self.focus, key)

    def name(self, text: str) -> None:
        """Type part of a name and accept the first that fits."""
        self.qtbot.keyClicks(self.focus, text)
        self.press(_Key.Key_Return)

    def next_frame(self, *keys: Qt.Key) -> None:
        """Press keys that lead to another frame, or to the end, and wait for it."""
        before = self.session.frame
        self.press(*keys)
        self.qtbot.waitUntil(lambda: self.session.frame is not before)

    def next_frame_after_name(self, text: str) -> None:
        """Name the whole frame, after which the next is shown."""
        self.qtbot.keyClicks(self.focus, text)
        self.next_frame(_Key.Key_Return)

    def button(self, name: str) -> QPushButton:
        (button,) = (b for b in self.window.findChildren(QPushButton) if b.accessibleName() == name)
        return button

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """File, crop and scene of each picture."""
        try:
            with (self.folder / "pictures.csv").open(newline="") as file:
                return [(row["file"], row["crop"], row["scene"]) for row in csv.DictReader(file)]
        except FileNotFoundError:
            return []


@pytest.fixture(scope="module")
def episode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_episode(tmp_path_factory.mktemp("season"), "e1.mp4", [1, 2, 3, 4])


@pytest.fixture
def driver(qtbot: QtBot, episode: Path, tmp_path: Path) -> Iterator[LabelDriver]:
    driver = LabelDriver(qtbot, episode, tmp_path / "pictures")
    yield driver
    driver.close()


def test_characters_of_the_cast_are_offered(qtbot: QtBot, episode: Path, tmp_path: Path) -> None:
    driver = LabelDriver(qtbot, episode, tmp_path / "pictures", taught=["otto_mann"])
    driver.press(_Key.Key_Left)
    driver.qtbot.keyClicks(driver.focus, "ot")
    assert driver.panel.picker.names == ["Otto Mann", "New character “Ot”"]
    driver.press(_Key.Key_Return)
    assert driver.panel.message.startswith("Saved Otto Mann: otto_mann/pic_0000")
    driver.close()


def test_a_whole_episode_is_labelled_with_the_keyboard(driver: LabelDriver) -> None:
    """Left and right half of one frame, a whole frame, one skipped, and the end."""
    scene = driver.frame.scene
    driver.press(_Key.Key_Left)
    assert driver.panel.picker.question == "Who is in the left half?"
    driver.name("burns")
    assert driver.panel.message.startswith("Saved Mr. Burns: charles_montgomery_burns/pic_0000")
    driver.press(_Key.Key_Right)
    driver.name("Bart")
    assert driver.frame.scene == scene, "the other half may be somebody else"
    driver.next_frame(_Key.Key_Space)
    other = driver.frame.scene
    driver.press(_Key.Key_Up)
    driver.next_frame_after_name("nobody")
    driver.next_frame(_Key.Key_Space)
    driver.next_frame(_Key.Key_Down)
    assert driver.session.frame is None and driver.panel.place.startswith("No more frames")
    assert not driver.button("Left half").isEnabled() and driver.button("Undo").isEnabled()
    assert driver.rows == [
        ("charles_montgomery_burns/pic_0000.jpg", "left", scene),
        ("bart_simpson/pic_0000.jpg", "right", scene),
        ("others/nobody_we_know/pic_0000.jpg", "full", other),
    ]
    assert [driver.panel._counts.item(row).text() for row in range(3)] == [
        "1  Mr. Burns",
        "1  Bart Simpson",
        "1  Nobody",
    ]
    sizes = [read_picture(driver.folder / file).shape for file, _, _ in driver.rows]
    assert sizes == [(120, 80, 3), (120, 80, 3), (120, 160, 3)]
    assert len(PictureFolder(driver.folder).rows()) == 3


def test_names_are_found_by_any_part_of_them(driver: LabelDriver) -> None:
    picker = driver.panel.picker
    driver.press(_Key.Key_Up)
    driver.press(_Key.Key_Return)
    assert not driver.rows, "a careless Return saves nothing"
    driver.qtbot.keyClicks(driver.focus, "simps")
    assert picker.names[:3] == ["Bart Simpson", "Grampa", "Homer Simpson"]
    assert picker.names[-1] == "New character “Simps”"
    driver.press(_Key.Key_Down, _Key.Key_Up, _Key.Key_Up)
    driver.next_frame(_Key.Key_Return)
    assert [file for file, _, _ in driver.rows] == ["bart_simpson/pic_0000.jpg"]


def test_a_new_character_is_asked_for_first(driver: LabelDriver) -> None:
    picker = driver.panel.picker
    driver.press(_Key.Key_Left)
    driver.name("Otto Mann")
    assert picker.question == "Add Otto Mann as a new character?" and not driver.rows
    driver.press(_Key.Key_Escape)
    assert picker.question == "Who is in the left half?" and not driver.rows
    driver.press(_Key.Key_Return)
    assert picker.question == "Add Otto Mann as a new character?"
    driver.press(_Key.Key_Return)
    assert [file for file, _, _ in driver.rows] == ["otto_mann/pic_0000.jpg"]
    driver.press(_Key.Key_Right)
    driver.name("ott")  # known from now on
    assert [file for file, _, _ in driver.rows][1:] == ["otto_mann/pic_0001.jpg"]
    driver.press(_Key.Key_Left)
    driver.name("Oto Man")
    assert picker.question == "Add Oto Man as a new character? Similar: Otto Mann."
    driver.press(_Key.Key_Escape)
    driver.panel.picker._text.setText("../..")
    assert picker.names == [] and picker.question == "This cannot be a name."
    driver.press(_Key.Key_Return)
    assert len(driver.rows) == 2


def test_escape_goes_back_to_the_frame(driver: LabelDriver) -> None:
    for key in (_Key.Key_Left, _Key.Key_Right, _Key.Key_Up):
        driver.press(key)
        assert driver.focus is not driver.window._picture
        driver.press(_Key.Key_Escape)
        assert driver.focus is driver.window._picture and not driver.panel.picker.isEnabled()
    assert not driver.rows


def test_keys_of_the_frame_are_text_in_a_name(driver: LabelDriver) -> None:
    frame = driver.frame
    driver.press(_Key.Key_Up)
    driver.qtbot.keyClicks(driver.focus, "uq u")
    driver.press(_Key.Key_Backspace, _Key.Key_Left, _Key.Key_Right, _Key.Key_Up, _Key.Key_Down)
    assert driver.panel.picker._text.text() == "uq " and driver.window.isVisible()
    assert driver.frame is frame and driver.panel.picker.question == "Who is in the frame?"


def test_steps_are_undone(driver: LabelDriver) -> None:
    first = driver.frame
    driver.press(_Key.Key_Left)
    driver.name("homer")
    driver.next_frame(_Key.Key_Space)
    second = driver.frame
    driver.press(_Key.Key_Up)
    driver.next_frame_after_name("marge")
    third = driver.frame
    driver.press(_Key.Key_U)
    assert driver.frame is second and len(driver.rows) == 1
    assert driver.panel.message.startswith("Removed Marge Simpson: marge_simpson/pic_0000.jpg")
    driver.press(_Key.Key_Backspace)
    assert driver.frame is first and len(driver.rows) == 1, "only the step to the next frame"
    driver.qtbot.keyClick(driver.focus, _Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert driver.frame is first and not driver.rows and not driver.button("Undo").isEnabled()
    driver.next_frame(_Key.Key_Space)
    assert driver.frame is second
    driver.next_frame(_Key.Key_Space)
    assert driver.frame is third


def test_a_box_is_dragged_with_the_mouse(driver: LabelDriver) -> None:
    picture = driver.window._picture
    rect, scale = picture.picture_rect(), picture.picture_rect().width() / 160

    def at(x: int, y: int) -> QPoint:
        return rect.topLeft() + QPoint(round(x * scale), round(y * scale))

    for start, end, size in (((20, 10), (60, 50), (40, 40)), ((150, 110), (100, 30), (80, 50))):
        driver.qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=at(*start))
        driver.qtbot.mouseMove(picture, at(*end))
        driver.qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=at(*end))
        assert driver.panel.picker.question == "Who is in the box?"
        driver.name("moe")
        file, crop, _ = driver.rows[-1]
        assert crop == "box" and read_picture(driver.folder / file).shape == (*size, 3)
    driver.qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at(30, 30))
    assert not driver.panel.picker.isEnabled(), "a click is no box"
    driver.qtbot.mousePress(picture, Qt.MouseButton.LeftButton, pos=at(100, 60))
    driver.qtbot.mouseMove(picture, at(400, 400))
    driver.qtbot.mouseRelease(picture, Qt.MouseButton.LeftButton, pos=at(400, 400))
    driver.name("lisa")
    assert read_picture(driver.folder / driver.rows[-1][0]).shape == (60, 60, 3), "boxes end with the frame"


def test_everything_is_done_with_the_mouse(driver: LabelDriver) -> None:
    def click(widget: QWidget, at: QPoint | None = None) -> None:
        driver.qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=at or widget.rect().center())

    names = driver.panel.picker._list
    click(driver.button("Left half"))
    click(names.viewport(), names.visualItemRect(names.item(1)).center())
    assert [file for file, _, _ in driver.rows] == ["bart_simpson/pic_0000.jpg"]
    click(driver.button("Undo"))
    assert not driver.rows
    before = driver.frame
    click(driver.button("Next"))
    driver.qtbot.waitUntil(lambda: driver.session.frame is not before)
    click(driver.button("Quit"))
    assert not driver.window.isVisible()


def test_focus_is_visible_and_widgets_have_names(driver: LabelDriver) -> None:
    picture = driver.window._picture
    focused = picture.grab().toImage()
    driver.press(_Key.Key_Tab)
    assert driver.focus is driver.button("Left half")
    assert picture.grab().toImage() != focused
    button = driver.button("Left half").grab().toImage()
    driver.press(_Key.Key_Tab)
    assert (
        driver.focus is driver.button("Whole frame") and driver.button("Left half").grab().toImage() != button
    )
    driver.press(_Key.Key_Space)
    assert driver.panel.picker.question == "Who is in the frame?", "Space presses the button"
    for widget in (picture, driver.panel.picker._text, driver.panel.picker._list, driver.panel._counts):
        assert widget.accessibleName()


def test_a_full_disk_is_told_and_can_be_retried(driver: LabelDriver) -> None:
    driver.press(_Key.Key_Left)
    with full_disk(10):
        driver.name("burns")
    assert "free some space" in driver.panel.message and not driver.rows
    assert driver.panel.picker.question == "Who is in the left half?", "nothing that was typed is lost"
    driver.press(_Key.Key_Return)
    assert len(driver.rows) == 1


def test_the_next_run_goes_on_where_this_one_ended(
    driver: LabelDriver, qtbot: QtBot, episode: Path, tmp_path: Path
) -> None:
    driver.press(_Key.Key_Left)
    driver.name("burns")
    seen = [driver.frame.scene]
    driver.next_frame(_Key.Key_Space)
    seen.append(driver.frame.scene)
    driver.next_frame(_Key.Key_Space)  # skipped
    pending = driver.frame.scene
    driver.close()
    second = LabelDriver(qtbot, episode, tmp_path / "pictures")
    assert second.frame.scene == pending, "nothing was decided about it"
    assert second.session.labels[0] == "charles_montgomery_burns" and second.session.counts.total() == 1
    offered = []
    while second.session.frame is not None:
        offered.append(second.frame.scene)
        second.next_frame(_Key.Key_Space)
    assert len(offered) == 2 and not set(offered) & set(seen)
    second.close()


def test_two_windows_share_a_folder(driver: LabelDriver, qtbot: QtBot, episode: Path, tmp_path: Path) -> None:
    second = LabelDriver(qtbot, episode, tmp_path / "pictures")
    assert second.frame.scene != driver.frame.scene
    for window in (driver, second, driver, second):
        window.window.activateWindow()
        qtbot.waitUntil(window.window.isActiveWindow)
        window.window._picture.setFocus()
        window.press(_Key.Key_Left)
        window.name("burns")
    assert [file for file, _, _ in driver.rows] == [
        f"charles_montgomery_burns/pic_{number:04d}.jpg" for number in range(4)
    ]
    second.next_frame(_Key.Key_Space)
    assert second.session.counts.total() == 4, "those of the other window as well"
    second.close()
