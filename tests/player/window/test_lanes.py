from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QScrollBar

from simpsons_play.core.names import colour_of
from simpsons_play.timelines.spans import Span
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.widgets.controls import Controls
from simpsons_play.window.widgets.lane_view import SCROLL_BAR_PX
from simpsons_play.window.widgets.lanes import Lanes
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.seek_bar import SeekBar
from simpsons_play.window.widgets.threshold import ThresholdSlider
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
    lanes.setFixedWidth(GUTTER + 1000 + SCROLL_BAR_PX)
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
    right = pixels(lanes)[:, GUTTER + 600 : GUTTER + 1000].reshape(-1, 3)
    assert len(np.unique(pixels(lanes)[4:8, GUTTER + 420 : GUTTER + 490].reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(right, axis=0)) > 1, "hatched"
    lanes.show_timeline(dataclasses.replace(TIMELINE, known_s=9.5))
    right = pixels(lanes)[4:8, GUTTER + 600 : GUTTER + 1000].reshape(-1, 3)
    assert len(np.unique(right, axis=0)) == 1, "the file ends early"


def test_lanes_without_anyone_say_so(lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    draw = QPainter.drawText
    monkeypatch.setattr(
        QPainter, "drawText", lambda painter, *of: (written.append(of[-1]), draw(painter, *of))
    )
    lanes.show_timeline(dataclasses.replace(TIMELINE, spans=()))
    pixels(lanes)
    assert written == ["not analysed yet", "no one recognised"]


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


def test_time_and_character_at_the_pointer_are_reported(qtbot: QtBot, lanes: Lanes) -> None:
    hovered: list[tuple[object, str, int]] = []
    lanes.hovered.connect(lambda *of: hovered.append(of))
    with qtbot.waitExposed(lanes):
        lanes.show()
    for x, lane in ((250, 1), (350, 1), (700, 1), (-50, 0)):
        qtbot.mouseMove(lanes, at(lanes, x, lane))
    qtbot.waitUntil(lambda: len(hovered) >= 4)
    assert [(time_s and round(float(str(time_s)), 2), text) for time_s, text, _ in hovered] == [
        (2.5, "Bart Simpson, 00:01 to 00:03"),
        (3.5, ""),
        (7.0, "not analysed yet"),
        (None, ""),
    ]
    assert hovered[0][2] == GUTTER + 250 and lanes.toolTip() == "Follow Marge Simpson"
    near, away = QPointF(at(lanes, 402, 0)), QPointF(at(lanes, 450, 0))
    assert lanes.span_at(near + QPointF(0.5, 0)) == TIMELINE.spans[2] and lanes.span_at(away) is None


def many(count: int = 18) -> Timeline:
    """Each label appears half a second after the one before."""
    labels = tuple(f"label_{i:02}" for i in range(count))
    return Timeline(
        tuple(Span(label, "left", i / 2, i / 2 + 1) for i, label in enumerate(labels)), 10.0, labels
    )


def wheel(lanes: Lanes, notches: float, point: QPoint, *, shift: bool = False) -> None:
    event = QWheelEvent(
        QPointF(point),
        QPointF(point),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(lanes, event)


@pytest.mark.parametrize(("max_height", "rows"), [(1000, 8), (100, 5), (10, 1)])
def test_many_lanes_scroll_and_keep_the_height(
    qtbot: QtBot, lanes: Lanes, max_height: int, rows: int
) -> None:
    lanes.set_max_height(max_height)
    heights = set()
    for count in range(19):
        lanes.show_timeline(many(count))
        heights.add(lanes.height())
    (height,) = heights
    pitch = lanes._pitch
    assert height == rows * pitch and (height <= max_height or rows == 1)
    lanes.show()
    bar = lanes.findChild(QScrollBar)
    assert isinstance(bar, QScrollBar) and bar.isVisible()
    spans = many().spans
    assert lanes.span_at(QPointF(at(lanes, 20, 0))) == spans[0]
    wheel(lanes, -3, QPoint(20, 5))
    assert lanes.span_at(QPointF(at(lanes, 170, 0))) == spans[3], "the wheel scrolls over the names"
    wheel(lanes, -100, QPoint(20, 5))
    assert lanes.span_at(QPointF(at(lanes, 870, rows - 1))) == spans[17], "to the last one"
    lanes.show_selected("label_00")
    assert lanes.span_at(QPointF(at(lanes, 20, 0))) == spans[0], "a selected lane is visible"


def test_lanes_are_collapsed_to_one_line(qtbot: QtBot, lanes: Lanes) -> None:
    lanes.show_timeline(many())
    pitch, toggled = lanes._pitch, []
    lanes.toggle_requested.connect(lambda: toggled.append(True))
    lanes.set_collapsed(True)
    assert lanes.height() == pitch
    found = np.unique(pixels(lanes)[:, GUTTER:].reshape(-1, 3), axis=0).tolist()
    in_colour = [label for label in lanes.rows if list(colour_of(label, many().labels)) in found]
    assert len(in_colour) > 9, "each has a line of its own, however thin"
    qtbot.mouseClick(lanes, Qt.MouseButton.LeftButton, pos=QPoint(30, 5))
    assert toggled == [True], "a click on their number expands them"


def test_lanes_are_sorted_by_screen_time(lanes: Lanes) -> None:
    spans = (Span("bart_simpson", "left", 0.0, 1.0), Span("marge_simpson", "left", 1.0, 3.0))
    lanes.show_timeline(Timeline(spans, 5.0, LABELS))
    assert list(lanes.rows) == ["bart_simpson", "marge_simpson"]
    lanes.sort_by_screen_time(True)
    assert list(lanes.rows) == ["marge_simpson", "bart_simpson"]
    lanes.show_timeline(TIMELINE)
    assert list(lanes.rows) == ["marge_simpson", "bart_simpson"], "the longer one first"


def test_the_wheel_zooms_at_the_pointer(qtbot: QtBot, lanes: Lanes) -> None:
    shown: list[tuple[float, float] | None] = []
    lanes.zoomed.connect(shown.append)
    pointer = at(lanes, 300, 1)
    wheel(lanes, 1, pointer)
    (visible,) = shown
    assert visible is not None and visible[1] - visible[0] == pytest.approx(8.0)
    assert lanes.axis.time_s(pointer.x()) == pytest.approx(3.0), "the time at the pointer stays"
    marge = colour_of("marge_simpson", LABELS)
    x = round(lanes.axis.x(1.5)) - GUTTER
    assert colour(lanes, x, 0) == marge
    wheel(lanes, 50, pointer)
    assert lanes.axis.visible_s == pytest.approx(2.0), "not closer than two seconds"
    wheel(lanes, -1, pointer, shift=True)
    assert lanes.axis.first_s > 2.4, "shift moves"
    lanes.leaveEvent(QEvent(QEvent.Type.Leave))
    lanes.show_time(8.0, 10.0)
    assert lanes.axis.shows(8.0, 8.0), "the position stays visible"
    wheel(lanes, -50, pointer)
    assert shown[-1] is None
    wheel(lanes, 3, pointer)
    qtbot.mouseDClick(lanes, Qt.MouseButton.LeftButton, pos=pointer)
    assert shown[-1] is None and lanes.axis.time_s(GUTTER + 1000) == pytest.approx(10.0)


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
        assert (
            right == lanes.mapTo(controls, QPoint(lanes.width() - SCROLL_BAR_PX, 0)).x() or timeline is None
        )
        if timeline is not None:
            empty = QPoint(left + bar.width() * 4 // 5, 2)
            qtbot.mouseClick(
                lanes, Qt.MouseButton.LeftButton, pos=lanes.mapFrom(controls, empty) + QPoint(0, 99)
            )
            qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() * 4 // 5, 5))
            assert requested[-1] == pytest.approx(requested[-2], abs=0.01)


def test_lanes_take_a_fifth_of_the_window_at_most(driver: WindowDriver, qtbot: QtBot) -> None:
    driver.analysis.known = many()
    controls, layout = driver.window.findChild(Controls), driver.window.findChild(Layout)
    assert isinstance(controls, Controls) and isinstance(layout, Layout)
    lanes = controls.lanes
    qtbot.waitUntil(lambda: len(lanes.rows) == 18)
    for width, height in ((1366, 700), (640, 480), (640, 400), (320, 240), (3840, 2100)):
        driver.window.resize(width, height)
        qtbot.waitUntil(lambda: driver.window.picture.height() + controls.height() == layout.height())
        assert lanes.height() <= layout.height() / 5
        assert lanes.collapsed == (height < 450), "in small windows, the lanes are folded first"
    driver.press("f")
    driver.qtbot.waitUntil(driver.window.isFullScreen)
    driver.window.resize(3840, 2100)
    assert driver.window.picture.height() == layout.height()


def test_the_picture_keeps_its_size_while_names_come_up(driver: WindowDriver, qtbot: QtBot) -> None:
    driver.window.resize(900, 700)
    sizes = set()
    for count in range(0, 19, 3):
        driver.analysis.known = many(count)
        lanes = driver.window.findChild(Lanes)
        assert isinstance(lanes, Lanes)
        qtbot.waitUntil(lambda count=count, lanes=lanes: lanes.isVisible() and len(lanes.rows) == count)
        QApplication.processEvents()
        sizes.add((driver.window.picture.width(), driver.window.picture.height()))
    assert len(sizes) == 1


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
    threshold = driver.window.findChild(ThresholdSlider)
    assert isinstance(threshold, ThresholdSlider) and threshold.isVisible(), (
        "for cameras and pictures as well"
    )
    slider, label = threshold._slider, threshold.findChild(QLabel)
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
