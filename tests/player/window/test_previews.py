"""Pictures of other moments, read in a thread of their own."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from tests.player.window.window_kit import make_clip, number_of

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Image, Source
from simpsons_play.sources import VideoFile
from simpsons_play.window.playback.previews import Previews


def array(image: QImage) -> np.ndarray:
    """(H, W, 3) uint8 BGR."""
    image = image.convertToFormat(QImage.Format.Format_BGR888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A clip of 320 x 240 pixels that are twice as wide as high."""
    return make_clip(tmp_path / "wide.mp4", sound=False, pixel_aspect=Fraction(2))


def test_a_preview_shows_the_frame_of_that_time_in_its_shape(qtbot: QtBot, wide: Path) -> None:
    previews, ready = (
        Previews(lambda start_s=0.0: VideoFile(wide, start_s=start_s)),
        list[tuple[float, QImage]](),
    )
    previews.ready.connect(lambda time_s, image: ready.append((time_s, image)))
    previews.request(1.0, QSize(200, 200))
    qtbot.waitUntil(lambda: len(ready) == 1)
    time_s, image = ready[0]
    assert time_s == 1.0 and image.size() == QSize(200, 75), "8:3"
    assert number_of(array(image)) == 24  # it begins at 1.001 s: times of players are rounded
    previews.request(1.0, QSize(200, 200))
    assert len(ready) == 2, "at once, the second time"
    previews.stop()


def test_only_the_newest_request_counts(qtbot: QtBot, wide: Path) -> None:
    opened: list[float] = []

    def open_frames(start_s: float = 0.0) -> Source:
        opened.append(start_s)
        return VideoFile(wide, start_s=start_s)

    previews, ready = Previews(open_frames), list[float]()
    previews.ready.connect(lambda time_s, image: ready.append(time_s))
    for tenth in range(0, 18):
        previews.request(tenth / 10, QSize(64, 64))
    qtbot.waitUntil(lambda: bool(ready) and ready[-1] == 1.75)
    assert len(opened) < 10
    previews.stop()


def test_what_is_made_knows_the_shape_of_the_pixels(qtbot: QtBot, wide: Path) -> None:
    previews, aspects = Previews(lambda start_s=0.0: VideoFile(wide, start_s=start_s)), list[float]()

    def make(frame: Frame, pixel_aspect: float) -> Image:
        aspects.append(pixel_aspect)
        return frame.image

    with qtbot.waitSignal(previews.made) as made:
        previews.make("name", 0.5, make)
    assert made.args is not None and made.args[0] == "name" and aspects == [2.0]
    previews.stop()


def test_what_cannot_be_read_is_not_shown(qtbot: QtBot, wide: Path) -> None:
    broken = True

    def open_frames(start_s: float = 0.0) -> Source:
        if broken:
            raise SourceError("gone")
        return VideoFile(wide, start_s=start_s)

    previews, ready = Previews(open_frames), list[float]()
    previews.ready.connect(lambda time_s, image: ready.append(time_s))
    previews.request(0.5, QSize(64, 64))
    qtbot.waitUntil(lambda: previews._wanted is None)
    broken = False
    previews.request(1.0, QSize(64, 64))
    qtbot.waitUntil(lambda: ready == [1.0])
    previews.stop()
