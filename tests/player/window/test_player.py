from __future__ import annotations

import dataclasses
import io
import re
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.media import make_pictures
from tests.player.window.window_kit import (
    NETWORK,
    FakeAnalysis,
    FakePlayQueue,
    ListSource,
    draw_square,
    number_of,
    numbered,
    numbered_frames,
)

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QWidget

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region
from simpsons_play.core.timefmt import format_time
from simpsons_play.core.timing import StageTimes
from simpsons_play.sources import PictureFolder
from simpsons_play.window.playback.ports import Draw
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.widgets.controls import ElidedLabel
from simpsons_play.window.widgets.help_page import HelpPage, help_html
from simpsons_play.window.widgets.keys import BINDINGS
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.osd import OnScreenDisplay
from simpsons_play.window.widgets.picture import Picture
from simpsons_play.window.widgets.seek_bar import SeekBar
from simpsons_play.window.widgets.stats_overlay import StatsOverlay


def pixels(widget: QWidget) -> np.ndarray:
    """Render a widget: (H, W, 3) uint8 BGR."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_BGR888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def make_window(
    name: str,
    analysis: FakeAnalysis,
    *,
    draw: Draw = draw_square,
    times: StageTimes | None = None,
    close_at_end: bool = False,
) -> PlayerWindow:
    """A window that has opened a source, without its playback."""
    window = PlayerWindow(corrections=Path("corrections"), play_queue=FakePlayQueue())
    window.open_source(
        name,
        analysis,
        draw=draw,
        network=NETWORK,
        times=times or StageTimes(),
        close_at_end=close_at_end,
    )
    return window


class WindowDriver:
    """A window that plays numbered frames, and its analysis."""

    def __init__(
        self,
        qtbot: QtBot,
        *,
        count: int = 200,
        close_at_end: bool = False,
        analysis: FakeAnalysis | None = None,
        draw: Draw = draw_square,
    ) -> None:
        self.analysis, self._count = analysis or FakeAnalysis(), count
        self.window = make_window("some/folder/clip.avi", self.analysis, draw=draw, close_at_end=close_at_end)
        self.qtbot = qtbot
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.set_playback(SourcePlayback(self._open), note="no sound: a test")

    def _open(self, start_s: float = 0.0) -> ListSource:
        return ListSource(numbered_frames(self._count))

    def press(self, key: Qt.Key | str) -> None:
        if isinstance(key, str):
            self.qtbot.keyClicks(self.window, key)
        else:
            self.qtbot.keyClick(self.window, key)

    @property
    def playing(self) -> bool:
        return self.window.playback is not None and self.window.playback.playing

    @property
    def position_s(self) -> float:
        return self.window.playback.position_s if self.window.playback is not None else -1.0

    def pause_at_start(self) -> None:
        """Pause on frame 0. Frames that are still on their way are discarded by the seek."""
        self.press(Qt.Key.Key_Space)
        self.press(Qt.Key.Key_Home)
        self.wait_shown(0)

    def wait_shown(self, number: int) -> None:
        self.qtbot.waitUntil(lambda: self.analysis.frames[-1].index == number)


@pytest.fixture
def driver(qtbot: QtBot) -> Iterator[WindowDriver]:
    driver = WindowDriver(qtbot)
    qtbot.waitUntil(lambda: len(driver.analysis.frames) > 2)
    yield driver
    driver.window.close()


def test_shows_frames_with_their_annotations(driver: WindowDriver) -> None:
    driver.pause_at_start()
    assert not driver.playing
    shown = pixels(driver.window.picture)
    frame = driver.analysis.frames[-1]
    rect = driver.window.picture.picture_rect()
    scaled = cv2.resize(frame.image, (rect.width(), rect.height()), interpolation=cv2.INTER_LINEAR)
    expected = draw_square(scaled, driver.analysis.result)
    part = shown[rect.y() : rect.y() + rect.height(), rect.x() : rect.x() + rect.width()]
    assert np.abs(part.astype(int) - expected).max() <= 2
    assert number_of(part) == frame.index
    driver.press("o")
    corner = pixels(driver.window.picture)[rect.y() + 10, rect.x() + 10]
    assert corner.tolist() == numbered(frame.index)[0, 0].tolist()
    assert "names off" in driver.window.status_text()[1]
    driver.press("o")
    corner = pixels(driver.window.picture)[rect.y() + 10, rect.x() + 10]
    assert corner.tolist() == [255, 0, 255]


def test_a_late_result_is_still_drawn(driver: WindowDriver) -> None:
    driver.pause_at_start()
    result, driver.analysis.result = driver.analysis.result, None
    driver.press("o")
    driver.press("o")
    rect = driver.window.picture.picture_rect()
    place = (rect.y() + 10, rect.x() + 10)
    assert pixels(driver.window.picture)[place].tolist() != [255, 0, 255]
    driver.analysis.result = result
    driver.qtbot.waitUntil(lambda: pixels(driver.window.picture)[place].tolist() == [255, 0, 255])


def test_title_and_status_line_describe_the_source(driver: WindowDriver) -> None:
    assert driver.window.windowTitle() == "clip.avi - simpsons-play"
    assert driver.window.status_text()[0] == "clip.avi · no sound"
    (about,) = [label for label in driver.window.findChildren(ElidedLabel) if "clip.avi" in label.text()]
    lines = ["clip.avi", "no sound: a test", "network on one processor", "no other"]
    assert about.toolTip() == f"<span>{'<br>'.join(lines)}</span>"


def test_messages_appear_on_the_picture_for_a_moment(driver: WindowDriver) -> None:
    osd = driver.window.findChild(OnScreenDisplay)
    assert isinstance(osd, OnScreenDisplay) and not osd.isVisible()
    driver.press("]")
    assert osd.isVisible() and osd.text() == "speed 1.1x"
    assert osd.fontInfo().pixelSize() > 1.5 * driver.window.fontInfo().pixelSize()
    driver.press(Qt.Key.Key_Right)
    assert osd.text() == "speed 1.1x", "seeking shows no message: it could cover a name"
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


def test_screenshot_includes_names(
    driver: WindowDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    driver.pause_at_start()
    driver.press("s")
    driver.press("s")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.avi-00-00-2.png", "clip.avi-00-00.png"]
    saved = cv2.imread(str(tmp_path / "clip.avi-00-00.png"))
    frame = driver.analysis.frames[-1].image
    assert saved is not None and (saved == draw_square(frame, driver.analysis.result)).all()
    assert saved[5, 5].tolist() == [255, 0, 255]
    assert driver.window.status_text()[1] == f"saved {tmp_path / 'clip.avi-00-00-2.png'}"


def test_a_screenshot_that_cannot_be_saved_is_reported(
    driver: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("builtins.open", lambda *args, **named: Full())
    driver.press("s")
    assert driver.window.status_text()[1] == "cannot save the picture: no space left on device"


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
    assert not driver.window.isVisible() and not driver.window.failed
    assert driver.window.playback is None
    with driver.qtbot.assertNotEmitted(driver.window._transport.frame, wait=100):
        pass


def test_keys_with_control_are_ignored(driver: WindowDriver) -> None:
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert driver.window.isVisible()


def test_i_shows_statistics(driver: WindowDriver) -> None:
    stats = driver.window.findChild(StatsOverlay)
    assert stats is not None and not stats.isVisible()
    driver.press("i")
    assert stats.isVisible()
    driver.qtbot.waitUntil(lambda: " fps" in stats.text() and "show picture" in stats.text())
    assert "network on one processor" in stats.text()
    assert "320 x 240" in stats.text()
    assert "delay" not in stats.text()  # only live sources have one
    driver.press("i")
    assert not stats.isVisible()


def test_statistics_show_that_it_is_paused_instead_of_a_frame_rate(driver: WindowDriver) -> None:
    stats = driver.window.findChild(StatsOverlay)
    assert isinstance(stats, StatsOverlay)
    driver.press(Qt.Key.Key_Space)
    driver.press("i")
    assert stats.text().startswith("paused<br>") and "fps" not in stats.text()
    for height, table in ((700, True), (240, False)):
        driver.window.resize(700, height)
        assert ("p95" in stats.text()) == table, "a table would cover a small picture"


def test_statistics_are_below_the_cast_panel(driver: WindowDriver) -> None:
    layout, stats = driver.window.findChild(Layout), driver.window.findChild(StatsOverlay)
    assert isinstance(layout, Layout) and isinstance(stats, StatsOverlay)
    driver.window.resize(900, 700)
    whole = layout.cast.height()
    driver.press("i")
    driver.qtbot.waitUntil(lambda: "show picture" in stats.text())
    assert not stats.geometry().intersects(layout.picture.geometry())
    assert not stats.geometry().intersects(layout.cast.geometry()) and layout.cast.isVisible()
    assert stats.geometry().right() < layout.width()
    driver.press("t")
    assert layout.picture.geometry().contains(stats.geometry()), "in a corner of the picture"
    driver.press("t")
    driver.press("i")
    assert layout.cast.height() == whole


def test_statistics_of_a_live_source_show_frame_age_and_skipped_frames(qtbot: QtBot) -> None:
    analysis, times = FakeAnalysis(), StageTimes()
    analysis.dropped = 1234
    window = make_window("camera 0", analysis, times=times)
    qtbot.addWidget(window)
    window.show()
    frames = [
        dataclasses.replace(frame, arrived_s=time.monotonic() - 3600)
        for frame in numbered_frames(9, rate=Fraction(1))
    ]
    window.set_playback(SourcePlayback(lambda start_s=0.0: ListSource(frames, live=True)))
    qtbot.waitUntil(lambda: bool(analysis.frames))
    times.add("age", 0.125)
    qtbot.keyClicks(window, "i")
    stats = window.findChild(StatsOverlay)
    assert stats is not None
    assert re.search(r"frame age p50 3600\d\d\d, p95 3600\d\d\d ms", stats.text())
    assert "1,234 frames skipped by the network" in stats.text()
    assert "name age p50 125, p95 125 ms" in stats.text()
    window.close()


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
    assert driver.window.take_error() is driver.analysis.error


@pytest.mark.parametrize(("ratio", "aspect"), [(1.0, 1.0), (1.0, 4 / 3), (2.0, 1.0), (1.5, 1.0)])
def test_the_picture_keeps_its_aspect_ratio(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, ratio: float, aspect: float
) -> None:
    picture = Picture()
    qtbot.addWidget(picture)
    monkeypatch.setattr(picture, "devicePixelRatioF", lambda: ratio)
    picture.resize(400, 200)
    picture.show_frame(Frame(np.full((240, 320, 3), 200, np.uint8), 0, Fraction(0)), pixel_aspect=aspect)
    rect = picture.picture_rect()
    assert rect.height() == 200 * ratio
    assert rect.width() / rect.height() == pytest.approx(4 / 3 * aspect, abs=0.01)
    assert rect.x() == pytest.approx((400 * ratio - rect.width()) / 2, abs=1)
    shown = pixels(picture)
    assert shown[100, 2].tolist() == [0, 0, 0] and shown[100, 397].tolist() == [0, 0, 0]
    assert shown[100, 200].tolist() == [200, 200, 200]
    across = int(np.count_nonzero(shown[100, :, 0]))
    assert across == pytest.approx(rect.width() / ratio, abs=1)


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
    window.set_playback(SourcePlayback(lambda start_s=0.0: PictureFolder(path, start_s=start_s)))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Period):
        before = len(analysis.frames)
        qtbot.waitUntil(
            lambda before=before: len(analysis.frames) > before or window.status_text()[1] == "ended"
        )
        qtbot.keyClick(window, key)
    qtbot.waitUntil(lambda: len(analysis.frames) > before or window.status_text()[1] == "ended")
    assert window.isVisible() and not window.failed
    assert {frame.index for frame in analysis.frames} == {0}
    window.close()


def test_a_negative_start_is_rejected() -> None:
    with pytest.raises(ValueError, match="start_s"):
        SourcePlayback(lambda start_s=0.0: ListSource([]), start_s=-1.0)


def test_a_camera_cannot_be_seeked(qtbot: QtBot) -> None:
    analysis = FakeAnalysis()
    window = make_window("camera 0", analysis)
    qtbot.addWidget(window)
    window.set_playback(
        SourcePlayback(lambda start_s=0.0: ListSource(numbered_frames(9, rate=Fraction(1)), live=True))
    )
    qtbot.waitUntil(lambda: bool(analysis.frames))
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert analysis.resets == 0
    window.close()


def test_keys_change_speed_and_loop(driver: WindowDriver, qtbot: QtBot) -> None:
    for keys, words in (("]", "speed 1.1x"), ("[", "speed 1x"), ("}}", "speed 4x"), ("{", "speed 2x")):
        for key in keys:
            driver.press(key)
        assert driver.window.status_text()[1] == words
    driver.press(Qt.Key.Key_Backspace)
    assert driver.window.status_text()[1] == "speed 1x"
    for _ in range(9):
        driver.press("}")
    assert driver.window.status_text()[1] == "speed 8x"
    driver.press("l")
    assert driver.window.status_text()[1] == "loop on"
    ended: list[int] = []
    driver.window.findChild(Transport).ended.connect(lambda: ended.append(1))
    qtbot.waitUntil(lambda: driver.analysis.frames[-1].index > 150)
    qtbot.waitUntil(lambda: driver.analysis.frames[-1].index < 50)
    assert driver.playing and not ended and driver.analysis.resets >= 1
    driver.press("l")
    qtbot.waitUntil(lambda: bool(ended))
    assert not driver.playing


@pytest.mark.parametrize("columns", [1, 2])
def test_the_help_page_shows_every_binding(qtbot: QtBot, columns: int) -> None:
    document = QTextDocument()
    document.setHtml(help_html(columns=columns))
    assert "closes this page" in document.toPlainText()
    cells = [line.strip() for line in document.toPlainText().splitlines()]
    for binding in BINDINGS:
        assert binding.shown in cells and binding.description in cells, binding


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1024, 600), (800, 600), (640, 480), (320, 240)])
def test_the_help_page_fits_or_scrolls(driver: WindowDriver, size: tuple[int, int]) -> None:
    driver.window.resize(*size)
    driver.press("h")
    page = driver.window.findChild(HelpPage)
    assert isinstance(page, HelpPage) and page.isVisible()
    layout = driver.window.findChild(Layout)
    assert isinstance(layout, Layout) and layout.rect().contains(page.geometry())
    driver.qtbot.waitUntil(lambda: (page.verticalScrollBar().maximum() > 0) == (size[0] < 600))
    assert page.widget().width() <= page.viewport().width(), "nothing is cut off"
    picture = pixels(page)
    assert (picture[5:9, 5:9] == picture[5, 5]).all(), "it is opaque"


class Recorder(FakeAnalysis):
    """Finds one head in each frame, and records what is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[tuple[tuple[int, ...], Box]] = []

    def submit(self, frame: Frame) -> None:
        caption = Caption(Region("head-1", Box(80, 60, 160, 120)), "bart_simpson", 0.9)
        self.frames.append(frame)
        self.result = FrameResult(frame.index, frame.time_s, False, (), (caption,))

    def draw(self, image: Image, result: FrameResult | None) -> Image:
        if result is not None:
            self.drawn.append((image.shape, result.captions[0].region.box))
        return image


def test_names_are_drawn_on_the_scaled_picture(qtbot: QtBot) -> None:
    recorder = Recorder()
    driver = WindowDriver(qtbot, count=3, analysis=recorder, draw=recorder.draw)
    qtbot.waitUntil(lambda: bool(recorder.drawn))
    driver.press(Qt.Key.Key_Space)
    driver.window.resize(1000, 900)
    pixels(driver.window.picture)
    rect = driver.window.picture.picture_rect()
    shape, box = recorder.drawn[-1]
    assert shape == (rect.height(), rect.width(), 3) and rect.height() > 2 * 240
    share = rect.width() / 320
    assert (box.x_min, box.y_max) == (round(80 * share), round(120 * rect.height() / 240))
    driver.window.close()
