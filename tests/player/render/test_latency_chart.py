"""The chart of the time between results, as SVG and PNG."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import cv2
import numpy as np
import pytest

from simpsons_play.render.drawing import Drawing, Label, Rectangle, Rule
from simpsons_play.render.latency_chart import LatencySeries, latency_chart

SVG = "{http://www.w3.org/2000/svg}"
BLUE, BLUE_BGR = "#0072b2", (0xB2, 0x72, 0x00)


def series(intervals_ms: list[float], **changes: object) -> LatencySeries:
    values: dict[str, object] = {
        "title": "model",
        "subtitle": "p50",
        "times": np.arange(len(intervals_ms)) / 25,
        "intervals_ms": np.array(intervals_ms),
        "due_ms": 40.0,
    }
    return LatencySeries(**{**values, **changes})  # type: ignore[arg-type]


def marks(drawing: Drawing, *, over_time: bool) -> list[Rectangle]:
    split = 76 + 660
    rectangles = [shape for shape in drawing.shapes if isinstance(shape, Rectangle)]
    return [shape for shape in rectangles if (shape.x < split) == over_time]


@pytest.mark.parametrize("count", [1, 2, 480, 20_000])
def test_the_slowest_and_the_fastest_frame_are_in_the_chart(count: int) -> None:
    intervals = np.full(count, 10.0)
    intervals[count // 2], intervals[-1] = 0.02, 7000.0
    drawing = latency_chart("film", [series(list(intervals))], unit="s")
    columns = marks(drawing, over_time=True)
    assert len(columns) <= min(count, 441)
    ticks = {shape.text: shape.y - 4 for shape in drawing.shapes if isinstance(shape, Label)}
    top, bottom = ticks["10000 ms"], max(y for text, y in ticks.items() if text.endswith(" ms"))
    assert all(top <= column.y and column.y + column.height <= bottom + 1 for column in columns)
    slowest = min(columns, key=lambda column: column.y)
    assert top < slowest.y < ticks["1000 ms"]
    assert slowest.x == max(column.x for column in columns), "the last frame"


def test_shares_are_those_of_the_frames() -> None:
    drawing = latency_chart("film", [series([10.0] * 30 + [100.0] * 10)], unit="s")
    fast, slow = sorted(marks(drawing, over_time=False), key=lambda mark: -mark.y)
    assert fast.width / slow.width == pytest.approx(3)


def test_svg_is_well_formed_and_harmless() -> None:
    drawing = latency_chart("<script>\x1b[1m", [series([3.0, 4.0]), series([5.0], due_ms=None)], unit="s & t")
    root = ET.fromstring(drawing.svg())
    assert root.tag == f"{SVG}svg"
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert "<script>\ufffd[1m" in texts and "s & t" in texts
    due = [text for text in texts if text and text.startswith("playback")]
    assert due == ["playback: 40 ms"], "pictures have no rate"
    assert {element.tag for element in root} == {f"{SVG}{tag}" for tag in ("title", "rect", "line", "text")}


def test_png_shows_what_the_drawing_holds() -> None:
    drawing = Drawing(100, 60, "a drawing")
    drawing.shapes += (Rectangle(10, 10, 20, 5, BLUE), Rule(50, 0, 50, 60, "#d55e00"), Label(60, 40, "names"))
    picture = cv2.imdecode(np.frombuffer(drawing.png(), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == (120, 200, 3)
    assert (picture[20:30, 20:60] == BLUE_BGR).all() and (picture[:18, :95] == 255).all()
    assert picture[60, 100].tolist() == [0x00, 0x5E, 0xD5]
    assert (picture[60:90, 120:200] < 100).any(), "the text"
