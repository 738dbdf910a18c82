"""The banner with errors: it stays until it is closed, or until another source plays."""

from __future__ import annotations

from collections.abc import Iterator
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
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from simpsons_play.core.errors import SourceError
from simpsons_play.core.timing import StageTimes
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.widgets.error_banner import ErrorBanner
from simpsons_play.window.widgets.welcome import Welcome


class ScriptedQueue(FakePlayQueue):
    """Rejects what is called broken, and says what it has skipped."""

    skipped: tuple[str, ...] = ()

    def play_instead(self, names: tuple[str, ...], *, typed: bool = False) -> list[str]:  # type: ignore[override]
        if "broken" in names[0]:
            raise SourceError(f"{names[0]} is not a video")
        return list(self.skipped)


class BannerDriver:
    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.play_queue = qtbot, ScriptedQueue()
        self.window = PlayerWindow(corrections=Path("x"), play_queue=self.play_queue)
        qtbot.addWidget(self.window)
        self.window.show_welcome()
        self.window.show()
        qtbot.waitExposed(self.window)

    @property
    def banner(self) -> ErrorBanner:
        (banner,) = self.window.findChildren(ErrorBanner)
        return banner

    def choose(self, name: str) -> None:
        self.window.source_picker.play_instead(name)

    def play(self, *, fails: bool = False) -> None:
        """Play what was chosen, as the command does; it may fail instead of showing its first frame."""
        analysis = FakeAnalysis()
        self.window.session.open_source(
            "chosen.mp4", analysis, draw=draw_square, network=NETWORK, times=StageTimes()
        )
        if fails:
            self.window.session.fail(SourceError("chosen.mp4 does not answer"))
            error = self.window.session.take_error()
            self.window.error_posted.emit(str(error))
            return
        self.window.session.set_playback(SourcePlayback(lambda start_s=0.0: ListSource(numbered_frames(200))))
        self.qtbot.waitUntil(lambda: len(analysis.frames) > 1)


@pytest.fixture
def driver(qtbot: QtBot) -> Iterator[BannerDriver]:
    driver = BannerDriver(qtbot)
    yield driver
    driver.window.close()


def test_a_rejected_file_keeps_the_welcome_page_and_says_why(driver: BannerDriver) -> None:
    driver.choose("broken.txt")
    (page,) = driver.window.findChildren(Welcome)
    assert driver.banner.lines == ("broken.txt is not a video",) and page.isVisible()
    assert driver.banner.geometry().bottom() < page.geometry().top(), "it covers nothing of the page"
    (text,) = driver.banner.findChildren(QLabel)
    assert text.text() == "broken.txt is not a video"
    assert text.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
    driver.choose("broken.avi")
    driver.choose("broken.txt")
    assert driver.banner.lines == ("broken.avi is not a video", "broken.txt is not a video")
    driver.qtbot.mouseClick(driver.banner.close_button, Qt.MouseButton.LeftButton)
    assert driver.banner.isHidden() and driver.banner.lines == ()


def test_the_close_button_can_be_reached_with_tab(driver: BannerDriver) -> None:
    driver.choose("broken.txt")
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_Backtab)
    assert driver.window.focusWidget() is driver.banner.close_button
    driver.qtbot.keyClick(driver.banner.close_button, Qt.Key.Key_Space)
    assert driver.banner.isHidden()


def test_it_stays_over_the_picture_until_another_source_plays(driver: BannerDriver) -> None:
    driver.choose("good.mp4")
    driver.play()
    driver.choose("broken.txt")
    driver.qtbot.keyClicks(driver.window, "m")  # other messages do not replace it
    assert driver.banner.lines == ("broken.txt is not a video",) and driver.banner.isVisible()
    driver.choose("another.mp4")
    assert driver.banner.isVisible(), "it may still fail"
    driver.play()
    assert driver.banner.isHidden()


def test_a_choice_that_fails_later_adds_its_reason(driver: BannerDriver) -> None:
    driver.choose("broken.txt")
    driver.choose("http://camera.example/1")
    driver.play(fails=True)
    driver.play()  # the previous source again
    assert driver.banner.lines == ("broken.txt is not a video", "chosen.mp4 does not answer")


def test_skipped_sources_are_listed_while_the_others_play(driver: BannerDriver) -> None:
    driver.choose("broken.txt")
    driver.play_queue.skipped = ("a.txt is not a video", "b.txt is not a video")
    driver.choose("good.mp4")
    driver.play()
    assert driver.banner.lines == ("a.txt is not a video", "b.txt is not a video")


def test_escape_closes_the_help_page_and_then_the_banner(driver: BannerDriver) -> None:
    driver.choose("good.mp4")
    driver.play()
    driver.choose("broken.txt")
    driver.qtbot.keyClicks(driver.window, "?")
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_Escape)
    assert driver.banner.isVisible()
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_Escape)
    assert driver.banner.isHidden()


def test_no_next_source_is_a_passing_message(driver: BannerDriver) -> None:
    driver.choose("good.mp4")
    driver.play()
    driver.qtbot.keyClicks(driver.window, ">")
    assert driver.banner.isHidden() and "This is the last file." in driver.window.status_text()[1]


def test_long_errors_wrap_and_many_scroll(driver: BannerDriver) -> None:
    driver.window.resize(400, 300)
    driver.choose("broken " * 30)
    one = driver.banner.height()
    assert one > driver.banner.fontMetrics().height() * 3
    for number in range(30):
        driver.choose(f"broken-{number}.txt")
    assert driver.banner.height() <= driver.window.height() // 2 and len(driver.banner.lines) == 31
    assert driver.banner.width() == driver.banner.parentWidget().width()


def test_passwords_and_control_characters_are_not_shown(driver: BannerDriver) -> None:
    driver.window.error_posted.emit("http://user:secret@camera.example/ does not answer\x1b[31m")
    (line,) = driver.banner.lines
    assert "secret" not in line and "\x1b" not in line and "user:***@" in line
