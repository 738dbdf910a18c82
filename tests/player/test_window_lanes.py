from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QLabel, QSlider, QToolTip

from simpsons_play.names import colour_of
from simpsons_play.spans import Span, Timeline
from simpsons_play.window.lanes import Lanes
from tests.player.test_window_player import Opened, opened, pixels

__all__ = ["opened"]

LABELS = ("bart_simpson", "homer_simpson", "marge_simpson")
TIMELINE = Timeline(
    (
        Span("marge_simpson", "left", 0.0, 2.0),
        Span("bart_simpson", "right", 1.0, 3.0),
        Span("marge_simpson", "left", 4.0, 4.001),
    ),
    5.0,
    LABELS,
)


@pytest.fixture
def lanes(qtbot: QtBot) -> Lanes:
    lanes = Lanes()
    qtbot.addWidget(lanes)
    lanes.resize(1000, 64)
    lanes.show_time(0.0, 10.0)
    lanes.show_timeline(TIMELINE)
    return lanes


def colour(lanes: Lanes, x: int, y: int) -> tuple[int, ...]:
    return tuple(int(v) for v in pixels(lanes)[y, x])


def test_each_has_a_lane_in_the_order_of_their_first_appearance(lanes: Lanes) -> None:
    marge, bart = colour_of("marge_simpson", LABELS), colour_of("bart_simpson", LABELS)
    assert colour(lanes, 100, 4) == marge and colour(lanes, 300, 4) != marge
    assert colour(lanes, 401, 4) == marge, "what is shorter than a pixel is seen all the same"
    assert colour(lanes, 200, 12) == bart and colour(lanes, 50, 12) != bart
    assert colour(lanes, 450, 40) != colour(lanes, 700, 40), "what is not known yet looks another way"


def test_a_click_goes_to_the_beginning_of_a_span_or_to_the_time(qtbot: QtBot, lanes: Lanes) -> None:
    asked: list[float] = []
    lanes.sought.connect(asked.append)
    for x, y in ((250, 12), (700, 12)):
        qtbot.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    assert asked == [1.0, pytest.approx(7.0)]


def test_the_mouse_is_told_who_it_is(qtbot: QtBot, lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda point, words, widget: told.append(words))
    with qtbot.waitExposed(lanes):
        lanes.show()
    for x, y in ((250, 12), (700, 12)):
        qtbot.mouseMove(lanes, QPoint(x, y))
    qtbot.waitUntil(lambda: told == ["Bart Simpson  00:01 - 00:03"])
    assert lanes.span_at(QPointF(402.5, 4.0)) == TIMELINE.spans[2] and lanes.span_at(QPointF(450, 4)) is None


def test_eighteen_lanes_have_room(lanes: Lanes) -> None:
    labels = tuple(f"label_{i:02}" for i in range(18))
    spans = tuple(Span(label, "left", i / 2, i / 2 + 1) for i, label in enumerate(labels))
    lanes.show_timeline(Timeline(spans, 10.0, labels))
    column = [
        lanes.span_at(QPointF(100 * span.start_s + 20, 64 * (i + 0.5) / 18)) for i, span in enumerate(spans)
    ]
    assert column == list(spans)
    assert len(np.unique(pixels(lanes).reshape(-1, 3), axis=0)) >= 18


def test_without_a_length_or_a_timeline_there_is_nothing_to_click(qtbot: QtBot, lanes: Lanes) -> None:
    asked: list[float] = []
    lanes.sought.connect(asked.append)
    lanes.show_time(0.0, None)
    qtbot.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=QPoint(250, 12))
    assert asked == [] and lanes.span_at(QPointF(250, 12)) is None
    lanes.show_timeline(None)
    assert lanes.isHidden()


def test_the_window_makes_room_for_lanes_once_there_are_any(opened: Opened, qtbot: QtBot) -> None:
    lanes = opened.window.findChild(Lanes)
    assert isinstance(lanes, Lanes) and lanes.isHidden()
    picture, before = opened.window.picture, opened.window.height()
    opened.painter.known = TIMELINE
    qtbot.waitUntil(lambda: lanes.isVisible() and opened.window.height() > before)
    assert (
        opened.window.height() - before >= 64
        or opened.window.height() > 0.7 * picture.screen().size().height()
    )
    bottom = lanes.mapTo(opened.window, QPoint(0, lanes.height())).y()
    assert opened.window.picture.height() < bottom <= opened.window.height()
    qtbot.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=QPoint(1, 4))
    qtbot.waitUntil(lambda: opened.painter.resets >= 1)


def test_the_threshold_is_shown_and_set_by_slider_and_keys(opened: Opened, qtbot: QtBot) -> None:
    opened.painter.known = TIMELINE
    slider = opened.window.findChild(QSlider)
    assert isinstance(slider, QSlider)
    qtbot.waitUntil(slider.isVisible)
    label = slider.parentWidget().findChild(QLabel)
    assert isinstance(label, QLabel) and label.text() == "names from 70%" and slider.value() == 70
    slider.setValue(40)
    assert opened.painter.threshold == 0.4 and label.text() == "names from 40%"
    for key in ("+", "=", "-", "+"):
        opened.press(key)
    assert opened.painter.threshold == pytest.approx(0.5) and slider.value() == 50
    slider.setValue(100)
    opened.press("+")
    assert opened.painter.threshold == 1.0
    opened.press(Qt.Key.Key_Right)  # a click on the slider takes no key from the player
    assert opened.painter.resets >= 1
