"""The welcome page: what it opens, and the cards of recent sources."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.player.window.window_kit import NETWORK, FakeAnalysis, FakePlayQueue, draw_square, make_clip

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QPushButton, QWidget

from simpsons_play.core.assets import sample_clip
from simpsons_play.core.timing import StageTimes
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.shell.recent import RecentSources
from simpsons_play.window.widgets.address_dialog import AddressDialog
from simpsons_play.window.widgets.recent_card import RecentCard
from simpsons_play.window.widgets.welcome import DropArea, Welcome
from tests.player.window.new_user import new_user_fixture  # noqa: F401 - as `new_user`

ADDRESS = "rtsp://user:secret@camera.example/1"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, new_user: None) -> Path:
    """A folder for the settings, the cache and the files of one test."""
    return tmp_path


class WelcomeDriver:
    """A window that shows the welcome page."""

    def __init__(self, qtbot: QtBot, *recent: str) -> None:
        for source in reversed(recent):
            RecentSources().add(source)
        self.qtbot, self.play_queue = qtbot, FakePlayQueue()
        self.window = PlayerWindow(corrections=Path("corrections"), play_queue=self.play_queue)
        qtbot.addWidget(self.window)
        self.window.show_welcome()
        self.window.show()
        qtbot.waitExposed(self.window)

    @property
    def page(self) -> Welcome:
        (page,) = self.window.findChildren(Welcome)
        return page

    @property
    def cards(self) -> list[RecentCard]:
        return self.page.grid.cards

    def click(self, text: str) -> None:
        (button,) = [b for b in self.page.findChildren(QPushButton) if b.text() == text]
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def press(self, key: Qt.Key) -> None:
        """Press a key as the keyboard would: the widget with the focus gets it."""
        self.qtbot.keyClick(self.window.focusWidget() or self.window, key)


@pytest.fixture
def open_page(qtbot: QtBot) -> Callable[..., WelcomeDriver]:
    return lambda *recent: WelcomeDriver(qtbot, *recent)


@pytest.fixture
def files(folder: Path) -> list[str]:
    paths = [folder / name for name in ("a.mp4", "b.mp4", "a long name of an episode, season 1.mkv")]
    for path in paths:
        path.touch()
    return [str(path) for path in paths]


def test_the_sample_folders_and_addresses_can_be_played(
    open_page: Callable[..., WelcomeDriver], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = open_page()
    driver.click("Play the sample")
    monkeypatch.setattr(AddressDialog, "exec", lambda _: True)
    monkeypatch.setattr(AddressDialog, "address", "http://camera.example/1")
    driver.click("Open address…")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    driver.click("Open folder…")
    assert driver.play_queue.requested == [
        (str(sample_clip()),),
        ("http://camera.example/1",),
        (str(folder),),
    ]
    assert not driver.page.grid.isVisible(), "nothing was played recently"


def test_a_click_on_a_card_plays_its_source(
    open_page: Callable[..., WelcomeDriver], files: list[str]
) -> None:
    driver = open_page(*files, ADDRESS)
    os.remove(files[1])
    driver.window.show_welcome()
    driver.qtbot.waitUntil(lambda: len(driver.window.findChildren(Welcome)) == 1)
    assert [card.source for card in driver.cards] == [files[0], files[2], ADDRESS], "without missing files"
    assert driver.cards[1].accessibleName() == "a long name of an episode, season 1.mkv"
    assert files[2] in driver.cards[1].toolTip()
    told = driver.cards[2].text() + driver.cards[2].toolTip() + driver.cards[2].accessibleName()
    assert "secret" not in told and "user:***@camera.example" in told
    for card in driver.cards:
        driver.qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert driver.play_queue.requested == [(files[0],), (files[2],), (ADDRESS,)]


def test_tab_and_enter_reach_everything(open_page: Callable[..., WelcomeDriver], files: list[str]) -> None:
    driver = open_page(*files)
    driver.window.resize(640, 400)
    expected = ["Open files…", "Open folder…", "Open address…", "Play the sample", "a.mp4", "b.mp4"]
    expected += ["a long name of an episode, season 1.mkv", "Clear list", "Open files…"]
    reached = []
    for _ in expected:
        driver.press(Qt.Key.Key_Tab)
        focused = driver.window.focusWidget()
        assert isinstance(focused, QPushButton)
        reached.append(focused.text())
        assert not focused.visibleRegion().isEmpty(), "the page scrolls to it"
    assert reached == expected
    driver.press(Qt.Key.Key_Backtab)
    driver.press(Qt.Key.Key_Backtab)
    driver.press(Qt.Key.Key_Return)
    assert driver.play_queue.requested == [(files[2],)]


def test_something_dragged_over_the_page_highlights_the_area(
    open_page: Callable[..., WelcomeDriver], files: list[str]
) -> None:
    driver = open_page()
    (area,) = driver.page.findChildren(DropArea)
    data, about = QMimeData(), (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(driver.page, QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, *about))
    assert not area.highlighted, "it is neither a file nor an address"
    data.setUrls([QUrl.fromLocalFile(files[0])])
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, *about)
    QApplication.sendEvent(driver.page, enter)
    assert area.highlighted and enter.isAccepted()
    QApplication.sendEvent(driver.page, QDragLeaveEvent())
    assert not area.highlighted
    QApplication.sendEvent(driver.page, enter)
    QApplication.sendEvent(
        driver.page, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, *about, QEvent.Type.Drop)
    )
    assert driver.play_queue.requested == [(files[0],)] and not area.highlighted


def test_sources_are_removed_from_the_list(
    open_page: Callable[..., WelcomeDriver], files: list[str], folder: Path
) -> None:
    driver = open_page(*files)
    RecentSources().pictures.store(files[0], np.zeros((18, 32, 3), np.uint8))
    card = driver.cards[0]
    QApplication.sendEvent(
        card, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(5, 5), card.mapToGlobal(QPoint(5, 5)))
    )
    (menu,) = card.findChildren(QMenu)
    (action,) = menu.actions()
    assert action.text() == "Remove from list"
    action.trigger()
    menu.close()
    assert [card.source for card in driver.cards] == files[1:] == RecentSources().sources()
    assert not list((folder / "cache" / "recent").iterdir()), "its picture is removed, too"
    driver.cards[0].setFocus()
    driver.press(Qt.Key.Key_Delete)
    assert RecentSources().sources() == files[2:]
    assert driver.window.focusWidget() is driver.cards[0], "the focus stays in its place"
    driver.click("Clear list")
    assert RecentSources().sources() == [] and not driver.page.grid.isVisible()


def test_cards_show_a_frame_from_a_tenth_of_the_file(
    open_page: Callable[..., WelcomeDriver], folder: Path
) -> None:
    clip = make_clip(folder / "clip.mp4", frames=48)
    (folder / "notes.mp4").write_text("not a video")
    driver = open_page(str(folder / "notes.mp4"), str(clip), ADDRESS)
    driver.qtbot.waitUntil(lambda: driver.cards[1].has_picture)
    assert not driver.cards[0].has_picture and not driver.cards[2].has_picture
    (stored,) = (folder / "cache" / "recent").iterdir()
    assert cv2.imread(str(stored)).shape == (240, 320, 3)


@pytest.mark.parametrize("size", [(320, 240), (640, 400), (1280, 800), (1920, 1080), (3840, 2160)])
def test_the_page_fits_windows_of_any_size(
    open_page: Callable[..., WelcomeDriver], files: list[str], size: tuple[int, int]
) -> None:
    driver = open_page(*files, *(f"http://camera.example/{number}" for number in range(7)))
    driver.window.resize(*size)
    driver.qtbot.waitUntil(lambda: driver.page.width() == size[0])
    assert len(driver.cards) == 10

    def fits(widget: QWidget) -> bool:
        left = widget.mapTo(driver.page, QPoint(0, 0)).x()
        return left >= 0 and left + widget.width() <= size[0]

    driver.qtbot.waitUntil(lambda: all(map(fits, driver.page.focusable())))
    buttons = [widget for widget in driver.page.focusable() if not isinstance(widget, RecentCard)]
    assert all(button.width() >= button.minimumSizeHint().width() for button in buttons)
    rows = [card.geometry() for card in driver.cards]
    assert not any(one.intersects(other) for one in rows for other in rows if one is not other)


def test_what_the_page_covers_is_hidden_until_something_plays(
    open_page: Callable[..., WelcomeDriver],
) -> None:
    driver = open_page()
    layout = driver.window._layout
    assert not any(part.isVisible() for part in (layout.controls, layout.picture, layout.cast))
    driver.window.session.open_source(
        "a.mp4", FakeAnalysis(), draw=draw_square, network=NETWORK, times=StageTimes()
    )
    assert layout.controls.isVisible() and layout.picture.isVisible()
