"""Frames with their names, and screenshots."""

from __future__ import annotations

import io
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.player.window.window_kit import (
    FakeAnalysis,
    draw_square,
    number_of,
    numbered,
)

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import Qt

from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region
from simpsons_play.window.widgets.picture import Picture
from tests.player.window.driver import (
    WindowDriver,
    driver_fixture,  # noqa: F401 - as `driver`
    pixels,
)


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
    assert "Names off" in driver.window.status_text()[1]
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
    assert driver.window.status_text()[1] == f"Saved {tmp_path / 'clip.avi-00-00-2.png'}"


def test_a_screenshot_that_cannot_be_saved_is_reported(
    driver: WindowDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("builtins.open", lambda *args, **named: Full())
    driver.press("s")
    assert driver.window.status_text()[1] == "Cannot save the picture: no space left on device"


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


def test_a_picture_is_drawn_before_it_is_due_and_painted_when_it_is(qtbot: QtBot) -> None:
    picture, drawn, took = Picture(), [], []
    qtbot.addWidget(picture)
    picture.resize(320, 240)
    picture.painted.connect(took.append)

    def annotate(image: Image) -> Image:
        drawn.append(time.monotonic())
        return image

    frame = Frame(np.full((240, 320, 3), 200, np.uint8), 0, Fraction(0))
    due_s = time.monotonic() + 0.3
    picture.show_frame(frame, annotate=annotate, due_s=due_s)
    assert pixels(picture)[120, 160].tolist() == [200, 200, 200]
    assert drawn[0] < due_s <= time.monotonic()
    assert took[0] < 0.3, "waiting is no work"


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
