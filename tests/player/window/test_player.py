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
    PROCESSOR,
    Alone,
    FakeAnalysis,
    Listed,
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
from simpsons_play.window.playback.source_feed import SourceFeed
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.player import PlayerWindow
from simpsons_play.window.shell.presenter import Presenter
from simpsons_play.window.shell.source_picker import SourcePicker
from simpsons_play.window.widgets.controls import ShortLabel
from simpsons_play.window.widgets.help_page import HelpPage, help_html
from simpsons_play.window.widgets.hud import Hud
from simpsons_play.window.widgets.keys import BINDINGS
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.osd import Osd
from simpsons_play.window.widgets.picture import Picture
from simpsons_play.window.widgets.seek_bar import SeekBar


def pixels(widget: QWidget) -> np.ndarray:
    """What a widget looks like: (H, W, 3) uint8 BGR."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_BGR888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def made(
    name: str,
    analysis: FakeAnalysis,
    *,
    times: StageTimes | None = None,
    close_at_end: bool = False,
) -> PlayerWindow:
    """A window that has begun with a source, and waits for its feed."""
    window = PlayerWindow(corrections=Path("corrections"), play_queue=Alone())
    window.begin(
        name,
        analysis,
        draw=draw_square,
        network=PROCESSOR,
        times=times or StageTimes(),
        close_at_end=close_at_end,
    )
    return window


class Opened:
    """A window that plays numbered frames, and what it works with."""

    def __init__(
        self,
        qtbot: QtBot,
        *,
        count: int = 200,
        close_at_end: bool = False,
        analysis: FakeAnalysis | None = None,
    ) -> None:
        self.analysis, self._count = analysis or FakeAnalysis(), count
        self.window = made(
            "some/folder/clip.avi",
            self.analysis,
            close_at_end=close_at_end,
        )
        self.qtbot = qtbot
        qtbot.addWidget(self.window)
        self.window.show()
        self.window.use(SourceFeed(self._open), note="no sound: a test")

    def _open(self, start_s: float = 0.0) -> Listed:
        return Listed(numbered_frames(self._count))

    def press(self, key: Qt.Key | str) -> None:
        if isinstance(key, str):
            self.qtbot.keyClicks(self.window, key)
        else:
            self.qtbot.keyClick(self.window, key)

    @property
    def playing(self) -> bool:
        return self.window.feed is not None and self.window.feed.playing

    @property
    def position_s(self) -> float:
        return self.window.feed.position_s if self.window.feed is not None else -1.0

    def wait_shown(self, number: int) -> None:
        self.qtbot.waitUntil(lambda: self.analysis.frames[-1].index == number)


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Opened]:
    opened = Opened(qtbot)
    qtbot.waitUntil(lambda: len(opened.analysis.frames) > 2)
    yield opened
    opened.window.close()


def test_shows_the_frames_as_the_annotator_drew_them(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Space)
    assert not opened.playing
    opened.qtbot.wait(120)
    shown = pixels(opened.window.picture)
    frame = opened.analysis.frames[-1]
    rect = opened.window.picture.picture_rect()
    scaled = cv2.resize(frame.image, (rect.width(), rect.height()), interpolation=cv2.INTER_LINEAR)
    expected = draw_square(scaled, opened.analysis.result)
    part = shown[rect.y() : rect.y() + rect.height(), rect.x() : rect.x() + rect.width()]
    assert np.abs(part.astype(int) - expected).max() <= 2
    assert number_of(part) == frame.index
    opened.press("o")
    corner = pixels(opened.window.picture)[rect.y() + 10, rect.x() + 10]
    assert corner.tolist() == numbered(frame.index)[0, 0].tolist()
    assert "names off" in opened.window.words()[1]
    opened.press("o")
    corner = pixels(opened.window.picture)[rect.y() + 10, rect.x() + 10]
    assert corner.tolist() == [255, 0, 255]


def test_an_answer_that_comes_late_is_still_drawn(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Space)
    opened.qtbot.wait(120)
    answer, opened.analysis.result = opened.analysis.result, None
    opened.press("o")
    opened.press("o")
    rect = opened.window.picture.picture_rect()
    place = (rect.y() + 10, rect.x() + 10)
    assert pixels(opened.window.picture)[place].tolist() != [255, 0, 255]
    opened.analysis.result = answer
    opened.qtbot.waitUntil(lambda: pixels(opened.window.picture)[place].tolist() == [255, 0, 255])


def test_says_what_plays_and_with_what(opened: Opened) -> None:
    assert opened.window.windowTitle() == "clip.avi - simpsons-play"
    assert opened.window.words()[0] == "clip.avi · no sound"
    (about,) = [label for label in opened.window.findChildren(ShortLabel) if "clip.avi" in label.text()]
    lines = ["clip.avi", "no sound: a test", "network on one processor", "no other"]
    assert about.toolTip() == f"<span>{'<br>'.join(lines)}</span>"


def test_what_a_key_has_done_is_said_on_the_picture_for_a_moment(opened: Opened) -> None:
    osd = opened.window.findChild(Osd)
    assert isinstance(osd, Osd) and not osd.isVisible()
    opened.press("]")
    assert osd.isVisible() and osd.text() == "speed 1.1x"
    assert osd.fontInfo().pixelSize() > 1.5 * opened.window.fontInfo().pixelSize()
    opened.press(Qt.Key.Key_Right)
    assert osd.text() == "speed 1.1x", "where it went is said below: there it covers nobody's name"
    opened.window.say("saved " + "a-folder-with-a-long-name/" * 12)
    assert osd.isVisible() and osd.geometry().right() < opened.window.picture.width()
    assert osd.height() > 2 * osd.fontMetrics().height(), "in several lines"
    opened.qtbot.waitUntil(lambda: not osd.isVisible())


def test_letters_grow_with_a_screen_that_is_seen_from_afar(opened: Opened) -> None:
    layout, hud = opened.window.findChild(Layout), opened.window.findChild(Hud)
    assert isinstance(layout, Layout) and isinstance(hud, Hud)
    opened.window.resize(640, 480)
    own = layout.cast.fontInfo().pixelSize()
    assert own == opened.window.fontInfo().pixelSize(), "as the system has it"
    opened.window.resize(3840, 2160)
    for part in (layout.cast, *layout.controls.findChildren(QWidget)):
        assert part.fontInfo().pixelSize() == 30 >= 2 * own, part
    assert 25 < hud.fontInfo().pixelSize() < 30


def test_space_pauses_and_goes_on(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Space)
    opened.qtbot.wait(100)
    before = len(opened.analysis.frames)
    assert opened.window.words()[1] == "paused"
    opened.qtbot.wait(150)
    assert len(opened.analysis.frames) == before
    opened.press(Qt.Key.Key_Space)
    opened.qtbot.waitUntil(lambda: len(opened.analysis.frames) > before + 2)


def test_keys_seek_and_step(opened: Opened) -> None:
    opened.press(Qt.Key.Key_Space)
    opened.qtbot.wait(100)
    at = opened.position_s
    opened.press(Qt.Key.Key_Right)
    assert opened.position_s == pytest.approx(at + 5)
    assert opened.analysis.resets == 1
    number = int((at + 5) * 24000 / 1001 + 0.01)  # the one that is on screen then
    opened.wait_shown(number)
    opened.press(".")
    opened.wait_shown(number + 1)
    opened.press(",")
    opened.wait_shown(number)
    opened.press(Qt.Key.Key_Left)
    opened.wait_shown(number - 120)
    opened.press(Qt.Key.Key_Up)
    opened.qtbot.waitUntil(lambda: opened.analysis.frames[-1].index > 190)
    opened.press(Qt.Key.Key_Home)
    opened.wait_shown(0)
    assert not opened.playing


def test_a_click_on_the_bar_seeks(opened: Opened) -> None:
    bar = opened.window.findChild(SeekBar)
    opened.qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, bar.height() // 2))
    assert opened.position_s == pytest.approx(200 * 1001 / 24000 / 2, abs=0.1)


def test_screenshot_is_what_is_shown(opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    opened.press(Qt.Key.Key_Space)
    opened.qtbot.wait(100)
    opened.press("s")
    opened.press("s")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.avi-00-00-2.png", "clip.avi-00-00.png"]
    saved = cv2.imread(str(tmp_path / "clip.avi-00-00.png"))
    frame = opened.analysis.frames[-1].image
    assert saved is not None and (saved == draw_square(frame, opened.analysis.result)).all()
    assert saved[5, 5].tolist() == [255, 0, 255]
    assert opened.window.words()[1] == f"saved {tmp_path / 'clip.avi-00-00-2.png'}"


def test_a_screenshot_that_cannot_be_saved_is_told(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("builtins.open", lambda *args, **named: Full())
    opened.press("s")
    assert opened.window.words()[1] == "cannot save the picture: No space left on device"


def test_help_full_screen_and_escape(opened: Opened) -> None:
    layout = opened.window.findChild(Layout)
    opened.press("?")
    assert layout.help_shown
    opened.press(Qt.Key.Key_Escape)
    assert not layout.help_shown
    opened.press("f")
    opened.qtbot.waitUntil(opened.window.isFullScreen)
    assert not layout.controls.isVisible()
    assert layout.picture.height() == layout.height()
    opened.press("m")  # what is said shows the strip for a while
    assert layout.controls.isVisible()
    opened.press(Qt.Key.Key_Escape)
    assert not opened.window.isFullScreen() and layout.controls.isVisible()
    opened.press(Qt.Key.Key_Escape)
    assert opened.window.isVisible(), "as in mpv, q quits and Esc does not"


def test_q_closes_and_lets_go(opened: Opened) -> None:
    with opened.qtbot.waitSignal(opened.window.left):
        opened.press("q")
    assert not opened.window.isVisible() and not opened.window.failed
    before = len(opened.analysis.frames)
    opened.qtbot.wait(100)
    assert len(opened.analysis.frames) == before


def test_control_and_letter_is_no_command(opened: Opened) -> None:
    opened.qtbot.keyClick(opened.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert opened.window.isVisible()


def test_i_shows_how_fast_it_all_is(opened: Opened) -> None:
    hud = opened.window.findChild(Hud)
    assert hud is not None and not hud.isVisible()
    opened.press("i")
    assert hud.isVisible()
    opened.qtbot.waitUntil(lambda: " fps" in hud.text() and "show picture" in hud.text())
    assert "network on one processor" in hud.text()
    assert "320 x 240" in hud.text()
    assert "delay" not in hud.text()  # a file has all the time in the world
    opened.press("i")
    assert not hud.isVisible()


def test_the_hud_says_that_it_is_paused_rather_than_slow(opened: Opened) -> None:
    hud = opened.window.findChild(Hud)
    assert isinstance(hud, Hud)
    opened.press(Qt.Key.Key_Space)
    opened.press("i")
    assert hud.text().startswith("paused<br>") and "fps" not in hud.text()
    for height, table in ((700, True), (240, False)):
        opened.window.resize(700, height)
        assert ("p95" in hud.text()) == table, "a small picture is not covered by a table"


def test_the_hud_is_beside_the_picture_where_the_panel_is(opened: Opened) -> None:
    layout, hud = opened.window.findChild(Layout), opened.window.findChild(Hud)
    assert isinstance(layout, Layout) and isinstance(hud, Hud)
    opened.window.resize(900, 700)
    whole = layout.cast.height()
    opened.press("i")
    opened.qtbot.waitUntil(lambda: "show picture" in hud.text())
    assert not hud.geometry().intersects(layout.picture.geometry())
    assert not hud.geometry().intersects(layout.cast.geometry()) and layout.cast.isVisible()
    assert hud.geometry().right() < layout.width()
    opened.press("t")
    assert layout.picture.geometry().contains(hud.geometry()), "in its corner where there is no panel"
    opened.press("t")
    opened.press("i")
    assert layout.cast.height() == whole


def test_the_hud_tells_how_old_live_frames_are_and_how_many_were_passed_over(qtbot: QtBot) -> None:
    analysis, times = FakeAnalysis(), StageTimes()
    analysis.dropped = 1234
    window = made("camera 0", analysis, times=times)
    qtbot.addWidget(window)
    window.show()
    come = [
        dataclasses.replace(frame, arrived_s=time.monotonic() - 3600)
        for frame in numbered_frames(9, rate=Fraction(1))
    ]
    window.use(SourceFeed(lambda start_s=0.0: Listed(come, live=True)))
    qtbot.waitUntil(lambda: bool(analysis.frames))
    times.record("age", 0.125)
    window.toggle_hud()
    hud = window.findChild(Hud)
    assert hud is not None
    assert re.search(r"frame age p50 3600\d\d\d, p95 3600\d\d\d ms", hud.text())
    assert "1,234 frames passed over by the network" in hud.text()
    assert "age of names p50 125, p95 125 ms" in hud.text()
    window.close()


def test_every_key_has_its_action() -> None:
    for binding in BINDINGS:
        owners = [o for o in (PlayerWindow, Presenter, Transport, SourcePicker) if hasattr(o, binding.action)]
        assert len(owners) == 1 and callable(getattr(owners[0], binding.action))
        assert binding.keys or binding.characters


def test_stays_on_the_last_frame(qtbot: QtBot) -> None:
    opened = Opened(qtbot, count=3)
    qtbot.waitUntil(lambda: opened.window.words()[1] == "ended")
    assert opened.window.isVisible()
    assert opened.window.picture.image is not None and number_of(opened.window.picture.image) == 2
    before = len(opened.analysis.frames)
    opened.press(Qt.Key.Key_Space)  # starts anew
    # A busy machine may skip frames, but never the last one.
    qtbot.waitUntil(lambda: opened.analysis.frames[-1].index == 2 and len(opened.analysis.frames) > before)
    assert opened.analysis.resets == 1
    opened.window.close()


def test_closes_at_the_end_when_asked(qtbot: QtBot) -> None:
    opened = Opened(qtbot, count=3, close_at_end=True)
    with qtbot.waitSignal(opened.window.left):
        pass


@pytest.mark.parametrize("paused", [False, True])
def test_an_error_of_the_annotator_closes_the_window(opened: Opened, paused: bool) -> None:
    if paused:
        opened.press(Qt.Key.Key_Space)
    with opened.qtbot.waitSignal(opened.window.left):
        opened.analysis.error = SourceError("gone")
    assert opened.window.take_error() is opened.analysis.error


@pytest.mark.parametrize(("ratio", "aspect"), [(1.0, 1.0), (1.0, 4 / 3), (2.0, 1.0), (1.5, 1.0)])
def test_the_picture_keeps_its_shape(
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
    opened = Opened(qtbot, count=3)
    qtbot.waitUntil(lambda: bool(opened.analysis.frames))
    size = opened.window.picture.size()
    assert size.width() / size.height() == pytest.approx(4 / 3, abs=0.02)
    opened.window.resize(500, 400)  # what the user chose stays
    opened.window._fitter.grow(200)
    assert opened.window.size() == QSize(500, 400)
    opened.window.close()


def test_clock() -> None:
    assert [format_time(time_s) for time_s in (0, 59.9, 83, 3600, -1)] == [
        "00:00",
        "00:59",
        "01:23",
        "1:00:00",
        "00:00",
    ]


def test_a_single_picture_stays_open_whatever_is_sought(qtbot: QtBot, tmp_path: Path) -> None:
    (path,) = make_pictures(tmp_path, ["one.png"], size=(1, 1))
    analysis = FakeAnalysis()
    window = made("one.png", analysis)
    qtbot.addWidget(window)
    window.show()
    window.use(SourceFeed(lambda start_s=0.0: PictureFolder(path, start_s=start_s)))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Period):
        before = len(analysis.frames)
        qtbot.waitUntil(lambda before=before: len(analysis.frames) > before or window.words()[1] == "ended")
        qtbot.keyClick(window, key)
    qtbot.wait(300)
    assert window.isVisible() and not window.failed
    assert {frame.index for frame in analysis.frames} == {0}
    window.close()


def test_a_limit_must_make_sense() -> None:
    with pytest.raises(ValueError, match="start_s"):
        SourceFeed(lambda start_s=0.0: Listed([]), start_s=-1.0)


def test_a_camera_shows_time_but_no_length(qtbot: QtBot) -> None:
    analysis = FakeAnalysis()
    window = made("camera 0", analysis)
    qtbot.addWidget(window)
    window.use(SourceFeed(lambda start_s=0.0: Listed(numbered_frames(9, rate=Fraction(1)), live=True)))
    qtbot.waitUntil(lambda: bool(analysis.frames))
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert analysis.resets == 0
    window.close()


def test_speed_and_loop_have_keys_and_are_said(opened: Opened, qtbot: QtBot) -> None:
    for keys, words in (("]", "speed 1.1x"), ("[", "speed 1x"), ("}}", "speed 4x"), ("{", "speed 2x")):
        for key in keys:
            opened.press(key)
        assert opened.window.words()[1] == words
    opened.press(Qt.Key.Key_Backspace)
    assert opened.window.words()[1] == "speed 1x"
    for _ in range(9):
        opened.press("}")
    assert opened.window.words()[1] == "speed 8x"
    opened.press("l")
    assert opened.window.words()[1] == "plays again and again"
    ended: list[int] = []
    opened.window.findChild(Transport).ended.connect(lambda: ended.append(1))
    qtbot.waitUntil(lambda: opened.analysis.frames[-1].index > 150)
    qtbot.waitUntil(lambda: opened.analysis.frames[-1].index < 50)
    assert opened.playing and not ended and opened.analysis.resets >= 1
    opened.press("l")
    qtbot.waitUntil(lambda: bool(ended))
    assert not opened.playing


@pytest.mark.parametrize("columns", [1, 2])
def test_the_page_of_keys_shows_each_as_it_is_written(qtbot: QtBot, columns: int) -> None:
    document = QTextDocument()
    document.setHtml(help_html(columns=columns))
    assert "closes this page" in document.toPlainText()
    cells = [line.strip() for line in document.toPlainText().splitlines()]
    for binding in BINDINGS:
        assert binding.shown in cells and binding.words in cells, binding


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (1024, 600), (800, 600), (640, 480), (320, 240)])
def test_the_page_of_keys_fits_or_scrolls(opened: Opened, size: tuple[int, int]) -> None:
    opened.window.resize(*size)
    opened.press("h")
    page = opened.window.findChild(HelpPage)
    assert isinstance(page, HelpPage) and page.isVisible()
    layout = opened.window.findChild(Layout)
    assert isinstance(layout, Layout) and layout.rect().contains(page.geometry())
    opened.qtbot.waitUntil(lambda: (page.verticalScrollBar().maximum() > 0) == (size[0] < 600))
    assert page.widget().width() <= page.viewport().width(), "nothing is cut off at the side"
    picture = pixels(page)
    assert (picture[5:9, 5:9] == picture[5, 5]).all(), "nothing shines through"


class Recorder(FakeAnalysis):
    """Knows one head in each frame, and remembers what it was asked to draw on."""

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


def test_names_are_drawn_in_pixels_of_the_screen_not_of_the_frame(qtbot: QtBot) -> None:
    recorder = Recorder()
    opened = Opened(qtbot, count=3, analysis=recorder)
    qtbot.waitUntil(lambda: bool(recorder.drawn))
    opened.press(Qt.Key.Key_Space)
    opened.window.resize(1000, 900)
    pixels(opened.window.picture)
    rect = opened.window.picture.picture_rect()
    shape, box = recorder.drawn[-1]
    assert shape == (rect.height(), rect.width(), 3) and rect.height() > 2 * 240
    share = rect.width() / 320
    assert (box.x_min, box.y_max) == (round(80 * share), round(120 * rect.height() / 240))
    opened.window.close()
