"""The window: keys, messages, position and end."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.media import make_pictures
from tests.player.window.window_kit import (
    FakeAnalysis,
    ListSource,
    number_of,
    numbered_frames,
)

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtWidgets import QWidget

from simpsons_play.core.errors import SourceError
from simpsons_play.core.timefmt import format_time
from simpsons_play.sources import PictureFolder
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.widgets.controls import ElidedLabel
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.osd import OnScreenDisplay
from simpsons_play.window.widgets.seek_bar import SeekBar
from simpsons_play.window.widgets.stats_overlay import StatsOverlay
from tests.player.window.driver import (
    WindowDriver,
    driver_fixture,  # noqa: F401 - as `driver`
    make_window,
)


def test_title_and_status_line_describe_the_source(driver: WindowDriver) -> None:
    assert driver.window.windowTitle() == "clip.avi - simpsons-play"
    assert driver.window.status_text()[0] == "clip.avi · no sound"
    (about,) = [label for label in driver.window.findChildren(ElidedLabel) if "clip.avi" in label.text()]
    lines = ["clip.avi", "no sound: a test", "Models run on one processor", "no other"]
    assert about.toolTip() == f"<span>{'<br>'.join(lines)}</span>"


def test_messages_appear_on_the_picture_for_a_moment(driver: WindowDriver) -> None:
    osd = driver.window.findChild(OnScreenDisplay)
    assert isinstance(osd, OnScreenDisplay) and not osd.isVisible()
    driver.press("]")
    assert osd.isVisible() and osd.text() == "Speed 1.1x"
    assert osd.fontInfo().pixelSize() > 1.5 * driver.window.fontInfo().pixelSize()
    driver.press(Qt.Key.Key_Right)
    assert osd.text() == "Speed 1.1x", "seeking shows no message: it could cover a name"
    driver.window.show_message("saved " + "a-folder-with-a-long-name/" * 12)
    assert osd.isVisible() and osd.geometry().right() < driver.window.picture.width()
    assert osd.height() > 2 * osd.fontMetrics().height(), "it wraps"
    driver.qtbot.waitUntil(lambda: not osd.isVisible())


def test_fonts_grow_with_the_window(driver: WindowDriver) -> None:
    layout, stats = driver.window.findChild(Layout), driver.window.findChild(StatsOverlay)
    assert isinstance(layout, Layout) and isinstance(stats, StatsOverlay)
    driver.window.resize(640, 480)
    normal = layout.cast.fontInfo().pixelSize()
    assert normal == driver.window.fontInfo().pixelSize(), "the font of the system"
    driver.window.resize(3840, 2160)
    for part in (layout.cast, *layout.controls.findChildren(QWidget)):
        assert part.fontInfo().pixelSize() == 30 >= 2 * normal, part
    assert 25 < stats.fontInfo().pixelSize() < 30


def test_space_pauses_and_resumes(driver: WindowDriver) -> None:
    driver.pause_at_start()
    before = len(driver.analysis.frames)
    assert driver.window.status_text()[1] == "paused"
    with driver.qtbot.assertNotEmitted(driver.window._transport.frame, wait=150):
        pass
    assert len(driver.analysis.frames) == before
    driver.press(Qt.Key.Key_Space)
    driver.qtbot.waitUntil(lambda: len(driver.analysis.frames) > before + 2)


def test_keys_seek_and_step(driver: WindowDriver) -> None:
    driver.pause_at_start()
    resets = driver.analysis.resets
    driver.press(Qt.Key.Key_Right)
    assert driver.position_s == pytest.approx(5)
    assert driver.analysis.resets == resets + 1
    number = int(5 * 24000 / 1001)  # the frame on screen at that time
    driver.wait_shown(number)
    driver.press(".")
    driver.wait_shown(number + 1)
    driver.press(",")
    driver.wait_shown(number)
    driver.press(Qt.Key.Key_Left)
    driver.wait_shown(0)
    driver.press(Qt.Key.Key_Up)
    driver.qtbot.waitUntil(lambda: driver.analysis.frames[-1].index > 190)
    driver.press(Qt.Key.Key_Home)
    driver.wait_shown(0)
    assert not driver.playing


def test_clicking_the_seek_bar_seeks(driver: WindowDriver) -> None:
    bar = driver.window.findChild(SeekBar)
    driver.qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, bar.height() // 2))
    assert driver.position_s == pytest.approx(200 * 1001 / 24000 / 2, abs=0.1)


def test_help_full_screen_and_escape(driver: WindowDriver) -> None:
    layout = driver.window.findChild(Layout)
    driver.press("?")
    assert layout.help_shown
    driver.press(Qt.Key.Key_Escape)
    assert not layout.help_shown
    driver.press("f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    assert not layout.controls.isVisible()
    assert layout.picture.height() == layout.height()
    driver.press("m")  # a message reveals the controls
    assert layout.controls.isVisible()
    driver.press(Qt.Key.Key_Escape)
    assert not driver.window.isFullScreen() and layout.controls.isVisible()
    driver.press(Qt.Key.Key_Escape)
    assert driver.window.isVisible(), "as in mpv, q quits and Esc does not"


def test_q_closes_the_window_and_releases_the_source(driver: WindowDriver) -> None:
    with driver.qtbot.waitSignal(driver.window.finished):
        driver.press("q")
    assert not driver.window.isVisible() and not driver.window.session.failed
    assert driver.window.playback is None
    with driver.qtbot.assertNotEmitted(driver.window._transport.frame, wait=100):
        pass


def test_keys_with_control_are_ignored(driver: WindowDriver) -> None:
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert driver.window.isVisible()


def test_stays_on_the_last_frame(qtbot: QtBot) -> None:
    driver = WindowDriver(qtbot, count=3)
    qtbot.waitUntil(lambda: driver.window.status_text()[1] == "ended")
    assert driver.window.isVisible()
    assert driver.window.picture.image is not None and number_of(driver.window.picture.image) == 2
    before = len(driver.analysis.frames)
    driver.press(Qt.Key.Key_Space)  # starts over
    # A busy machine may skip frames, but never the last one.
    qtbot.waitUntil(lambda: driver.analysis.frames[-1].index == 2 and len(driver.analysis.frames) > before)
    assert driver.analysis.resets == 1
    driver.window.close()


def test_closes_at_the_end_on_request(qtbot: QtBot) -> None:
    driver = WindowDriver(qtbot, count=3, close_at_end=True)
    with qtbot.waitSignal(driver.window.finished):
        pass


@pytest.mark.parametrize("paused", [False, True])
def test_an_error_of_the_analysis_ends_the_source(driver: WindowDriver, paused: bool) -> None:
    if paused:
        driver.press(Qt.Key.Key_Space)
    with driver.qtbot.waitSignal(driver.window.finished):
        driver.analysis.error = SourceError("gone")
    assert driver.window.session.take_error() is driver.analysis.error


def test_the_window_fits_its_picture(qtbot: QtBot) -> None:
    driver = WindowDriver(qtbot, count=3)
    qtbot.waitUntil(lambda: bool(driver.analysis.frames))
    size = driver.window.picture.size()
    assert size.width() / size.height() == pytest.approx(4 / 3, abs=0.02)
    driver.window.resize(500, 400)  # the size that the user has chosen is kept
    driver.window._fitter.grow(200)
    assert driver.window.size() == QSize(500, 400)
    driver.window.close()


def test_times_are_formatted() -> None:
    assert [format_time(time_s) for time_s in (0, 59.9, 83, 3600, -1)] == [
        "00:00",
        "00:59",
        "01:23",
        "1:00:00",
        "00:00",
    ]


def test_a_single_picture_stays_open_when_seeking(qtbot: QtBot, tmp_path: Path) -> None:
    (path,) = make_pictures(tmp_path, ["one.png"], size=(1, 1))
    analysis = FakeAnalysis()
    window = make_window("one.png", analysis)
    qtbot.addWidget(window)
    window.show()
    window.session.set_playback(SourcePlayback(lambda start_s=0.0: PictureFolder(path, start_s=start_s)))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Period):
        before = len(analysis.frames)
        qtbot.waitUntil(
            lambda before=before: len(analysis.frames) > before or window.status_text()[1] == "ended"
        )
        qtbot.keyClick(window, key)
    qtbot.waitUntil(lambda: len(analysis.frames) > before or window.status_text()[1] == "ended")
    assert window.isVisible() and not window.session.failed
    assert {frame.index for frame in analysis.frames} == {0}
    window.close()


def test_a_negative_start_is_rejected() -> None:
    with pytest.raises(ValueError, match="start_s"):
        SourcePlayback(lambda start_s=0.0: ListSource([]), start_s=-1.0)


def test_a_camera_cannot_be_seeked(qtbot: QtBot) -> None:
    analysis = FakeAnalysis()
    window = make_window("camera 0", analysis)
    qtbot.addWidget(window)
    window.session.set_playback(
        SourcePlayback(lambda start_s=0.0: ListSource(numbered_frames(9, rate=Fraction(1)), live=True))
    )
    qtbot.waitUntil(lambda: bool(analysis.frames))
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert analysis.resets == 0
    window.close()


def test_keys_change_speed_and_loop(driver: WindowDriver, qtbot: QtBot) -> None:
    for keys, words in (("]", "Speed 1.1x"), ("[", "Speed 1x"), ("}}", "Speed 4x"), ("{", "Speed 2x")):
        for key in keys:
            driver.press(key)
        assert driver.window.status_text()[1] == words
    driver.press(Qt.Key.Key_Backspace)
    assert driver.window.status_text()[1] == "Speed 1x"
    for _ in range(9):
        driver.press("}")
    assert driver.window.status_text()[1] == "Speed 8x"
    driver.press("l")
    assert driver.window.status_text()[1] == "Loop on"
    ended: list[int] = []
    driver.window.findChild(Transport).ended.connect(lambda: ended.append(1))
    qtbot.waitUntil(lambda: driver.analysis.frames[-1].index > 150)
    qtbot.waitUntil(lambda: driver.analysis.frames[-1].index < 50)
    assert driver.playing and not ended and driver.analysis.resets >= 1
    driver.press("l")
    qtbot.waitUntil(lambda: bool(ended))
    assert not driver.playing
