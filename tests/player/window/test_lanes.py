from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QLabel, QSlider, QToolTip

from simpsons_play.core.names import colour_of
from simpsons_play.timelines.spans import Span
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.widgets.controls import Controls
from simpsons_play.window.widgets.lanes import Lanes
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.seek_bar import SeekBar
from tests.player.window.driver import (
    WindowDriver,
    driver_fixture,  # noqa: F401 - as `driver`
    pixels,
)

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


GUTTER = 200


@pytest.fixture
def lanes(qtbot: QtBot) -> Lanes:
    lanes = Lanes()
    qtbot.addWidget(lanes)
    lanes.setFixedWidth(GUTTER + 1000)
    lanes.show_time(0.0, 10.0)
    lanes.show_timeline(TIMELINE)
    lanes.set_gutter(GUTTER)
    return lanes


def at(lanes: Lanes, x: int, lane: int) -> QPoint:
    """A point in the middle of a lane; `x` in hundredths of a second."""
    return QPoint(GUTTER + x, round(lanes._pitch * (lane + 0.5)))


def colour(lanes: Lanes, x: int, lane: int) -> tuple[int, ...]:
    point = at(lanes, x, lane)
    return tuple(int(v) for v in pixels(lanes)[point.y(), point.x()])


def test_lanes_are_in_order_of_first_appearance(lanes: Lanes) -> None:
    assert list(lanes.rows) == ["marge_simpson", "bart_simpson"]
    marge, bart = colour_of("marge_simpson", LABELS), colour_of("bart_simpson", LABELS)
    assert colour(lanes, 100, 0) == marge and colour(lanes, 300, 0) != marge
    assert colour(lanes, 401, 0) == marge, "a span shorter than a pixel is visible"
    assert colour(lanes, 200, 1) == bart and colour(lanes, 50, 1) != bart


def test_the_part_not_analysed_yet_is_hatched(lanes: Lanes) -> None:
    lanes.show_time(1.0, 10.0)
    right = pixels(lanes)[:, GUTTER + 600 :].reshape(-1, 3)
    assert len(np.unique(pixels(lanes)[4:8, GUTTER + 420 : GUTTER + 490].reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(right, axis=0)) > 1, "hatched"
    lanes.show_timeline(dataclasses.replace(TIMELINE, known_s=9.5))
    assert len(np.unique(pixels(lanes)[4:8, GUTTER + 600 :].reshape(-1, 3), axis=0)) == 1, (
        "the file ends early"
    )


def test_names_are_left_of_their_lanes(lanes: Lanes) -> None:
    assert lanes.gutter_hint() > lanes.fontMetrics().horizontalAdvance("Marge Simpson")
    first, second = (
        rows[:, :GUTTER].copy() for rows in np.array_split(pixels(lanes)[: round(2 * lanes._pitch)], 2)
    )
    assert first.max() > 150 and second.max() > 150
    assert (first == np.array(colour_of("marge_simpson", LABELS))).all(axis=2).any(), "a swatch"


def test_the_selected_lane_is_emphasised(qtbot: QtBot, lanes: Lanes) -> None:
    lanes.show_selected("bart_simpson")
    bart, marge = colour_of("bart_simpson", LABELS), colour_of("marge_simpson", LABELS)
    assert colour(lanes, 200, 1) == bart and colour(lanes, 100, 0) != marge
    picked: list[str] = []
    lanes.label_clicked.connect(picked.append)
    qtbot.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=at(lanes, -100, 0))
    assert picked == ["marge_simpson"]


def test_a_click_seeks_to_the_beginning_of_a_span_or_to_the_time(qtbot: QtBot, lanes: Lanes) -> None:
    requested: list[float] = []
    lanes.seek_requested.connect(requested.append)
    for x in (250, 700):
        qtbot.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=at(lanes, x, 1))
    assert requested == [1.0, pytest.approx(7.0)]


def test_dragging_scrubs(qtbot: QtBot, lanes: Lanes) -> None:
    requested: list[float] = []
    lanes.seek_requested.connect(requested.append)
    lanes.show()
    qtbot.mousePress(lanes, Qt.MouseButton.LeftButton, pos=at(lanes, 250, 1))
    for x in (251, 300, 400, 401, 402):
        drag(lanes, at(lanes, x, 1))
    assert requested == [1.0, *(pytest.approx(x / 100) for x in (300, 400, 401, 402))], (
        "a tiny movement is still a click"
    )


def drag(lanes: Lanes, point: QPoint) -> None:
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    move = QEvent.Type.MouseMove
    QApplication.sendEvent(
        lanes, QMouseEvent(move, QPointF(point), QPointF(point), Qt.MouseButton.NoButton, button, none)
    )


def test_the_tooltip_shows_time_and_character(
    qtbot: QtBot, lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    tooltips: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda point, words, widget: tooltips.append(words))
    with qtbot.waitExposed(lanes):
        lanes.show()
    for x, lane in ((250, 1), (350, 1), (700, 1), (-50, 0)):
        qtbot.mouseMove(lanes, at(lanes, x, lane))
    qtbot.waitUntil(
        lambda: (
            tooltips
            == [
                f"<span>{words}</span>"
                for words in (
                    "00:02  Bart Simpson, 00:01 to 00:03",
                    "00:03",
                    "00:07  not analysed yet",
                    "Marge Simpson: click, then press n and p",
                )
            ]
        )
    )
    near, away = QPointF(at(lanes, 402, 0)), QPointF(at(lanes, 450, 0))
    assert lanes.span_at(near + QPointF(0.5, 0)) == TIMELINE.spans[2] and lanes.span_at(away) is None


@pytest.mark.parametrize(
    ("max_height", "min_px", "named"),
    [
        pytest.param(1000, 15, True, id="as high as the font"),
        pytest.param(200, 11, True, id="closer in less space"),
        pytest.param(100, 5, False, id="without illegible names"),
        pytest.param(10, 3, False, id="never too thin to be visible"),
    ],
)
def test_eighteen_lanes_fit(lanes: Lanes, max_height: int, min_px: int, named: bool) -> None:
    labels = tuple(f"label_{i:02}" for i in range(18))
    spans = tuple(Span(label, "left", i / 2, i / 2 + 1) for i, label in enumerate(labels))
    lanes.set_max_height(max_height)
    lanes.show_timeline(Timeline(spans, 10.0, labels))
    assert lanes.height() >= 18 * min_px and (lanes.height() <= max_height or min_px == 3)
    assert (lanes.gutter_hint() > 0) == named
    assert [lanes.span_at(QPointF(at(lanes, 50 * i + 20, i))) for i in range(18)] == list(spans)
    found = np.unique(pixels(lanes)[:, GUTTER:].reshape(-1, 3), axis=0).tolist()
    assert all(list(colour_of(label, labels)) in found for label in labels)


def test_space_is_reserved_for_the_first_lanes(lanes: Lanes) -> None:
    labels = tuple(f"label_{i}" for i in range(6))
    heights = []
    for count in range(len(labels) + 1):
        spans = tuple(Span(label, "left", i, i + 1) for i, label in enumerate(labels[:count]))
        lanes.show_timeline(Timeline(spans, 10.0, labels))
        heights.append(lanes.height())
    assert heights[0] == heights[4] < heights[5] < heights[6]
    lanes.set_max_height(50)
    assert lanes.height() <= 50


def test_bar_and_lanes_are_repainted_only_if_something_moves(qtbot: QtBot) -> None:
    painted: list[str] = []

    class Bar(SeekBar):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            painted.append("bar")

    class Rows(Lanes):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            painted.append("lanes")

    bar, lanes = Bar(), Rows()
    lanes.show_timeline(TIMELINE)
    for widget in (bar, lanes):
        qtbot.addWidget(widget)
        widget.resize(400, widget.height())
        widget.show_time(0.0, 1000.0)
        widget.show()
    qtbot.waitUntil(lambda: set(painted) == {"bar", "lanes"})

    def after(time_s: float) -> list[str]:
        QApplication.processEvents()
        painted.clear()
        for widget in (bar, lanes):
            widget.show_time(time_s, 1000.0)
        QApplication.processEvents()
        return painted

    assert after(0.1) == []
    assert after(500.0) == ["bar", "lanes"]
    assert after(500.1) == []
    after(TIMELINE.spans[0].start_s)
    assert "lanes" in after(TIMELINE.spans[0].start_s - 0.01), "another name is emphasised"


def test_without_a_duration_clicks_are_ignored(qtbot: QtBot, lanes: Lanes) -> None:
    requested: list[float] = []
    lanes.seek_requested.connect(requested.append)
    lanes.show_time(0.0, None)
    qtbot.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=at(lanes, 250, 1))
    assert requested == [] and lanes.span_at(QPointF(at(lanes, 250, 1))) is None
    lanes.show_timeline(None)
    assert lanes.isHidden()


def test_the_seek_bar_is_aligned_with_the_lanes(qtbot: QtBot) -> None:
    controls = Controls()
    qtbot.addWidget(controls)
    controls.resize(900, 200)
    controls.show()
    bar, lanes = controls.findChild(SeekBar), controls.findChild(Lanes)
    assert isinstance(bar, SeekBar) and isinstance(lanes, Lanes)
    requested: list[float] = []
    controls.seek_requested.connect(requested.append)
    for timeline in (None, TIMELINE, dataclasses.replace(TIMELINE, spans=())):
        controls.show_time(3.0, 10.0)
        controls.show_timeline(timeline)
        QApplication.processEvents()  # layouts are applied by events
        left = bar.mapTo(controls, QPoint(0, 0)).x()
        right = left + bar.width()
        assert right == lanes.mapTo(controls, QPoint(lanes.width(), 0)).x() or timeline is None
        if timeline is not None:
            empty = QPoint(left + bar.width() * 4 // 5, 2)
            qtbot.mouseClick(
                lanes, Qt.MouseButton.LeftButton, pos=lanes.mapFrom(controls, empty) + QPoint(0, 99)
            )
            qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() * 4 // 5, 5))
            assert requested[-1] == pytest.approx(requested[-2], abs=0.01)


def test_lanes_take_a_limited_share_of_a_small_window(driver: WindowDriver, qtbot: QtBot) -> None:
    labels = tuple(f"label_{i:02}" for i in range(18))
    driver.analysis.known = Timeline(tuple(Span(label, "left", 0.0, 1.0) for label in labels), 8.0, labels)
    controls, layout = driver.window.findChild(Controls), driver.window.findChild(Layout)
    assert isinstance(controls, Controls) and isinstance(layout, Layout)
    lanes = driver.window.findChild(Lanes)
    assert isinstance(lanes, Lanes)
    qtbot.waitUntil(lambda: len(lanes.rows) == 18)
    for width, height in ((1366, 700), (640, 480), (320, 240), (3840, 2100)):
        driver.window.resize(width, height)
        qtbot.waitUntil(lambda: driver.window.picture.height() + controls.height() == layout.height())
        assert controls.height() <= 0.4 * layout.height() or height == 240
    below = controls.height()
    driver.press("f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    driver.window.resize(3840, 2100)
    assert controls.height() < below and driver.window.picture.height() == layout.height()


def test_the_window_grows_for_the_lanes(driver: WindowDriver, qtbot: QtBot) -> None:
    lanes = driver.window.findChild(Lanes)
    assert isinstance(lanes, Lanes) and lanes.isHidden()
    picture, before = driver.window.picture, driver.window.height()
    driver.analysis.known = TIMELINE
    qtbot.waitUntil(lambda: lanes.isVisible() and driver.window.height() > before)
    assert (
        driver.window.height() - before >= lanes.height()
        or driver.window.height() > 0.7 * picture.screen().size().height()
    )
    bottom = lanes.mapTo(driver.window, QPoint(0, lanes.height())).y()
    assert driver.window.picture.height() < bottom <= driver.window.height()
    qtbot.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=QPoint(lanes.width() - 40, 4))
    qtbot.waitUntil(lambda: driver.analysis.resets >= 1)


def test_slider_and_keys_set_the_threshold(driver: WindowDriver, qtbot: QtBot) -> None:
    slider = driver.window.findChild(QSlider)
    assert isinstance(slider, QSlider) and slider.isVisible(), "for cameras and pictures as well"
    label = slider.parentWidget().findChild(QLabel)
    assert isinstance(label, QLabel) and label.text() == "Threshold 70%" and slider.value() == 70
    slider.setValue(40)
    assert driver.analysis.threshold == 0.4 and label.text() == "Threshold 40%"
    for key in ("+", "=", "-", "+"):
        driver.press(key)
    assert driver.analysis.threshold == pytest.approx(0.5) and slider.value() == 50
    slider.setValue(100)
    driver.press("+")
    assert driver.analysis.threshold == 1.0
    driver.press(Qt.Key.Key_Right)  # the slider does not take keys from the player
    assert driver.analysis.resets >= 1
