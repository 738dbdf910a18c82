"""Drawings of lines, rectangles and text on white, as SVG or PNG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np

from simpsons_play.core.escaping import one_line
from simpsons_play.core.frames import Image
from simpsons_play.render.templates import environment

_PNG_SCALE = 2
"""Pixels of a PNG for one unit, sharp on dense screens."""

_ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A filled rectangle.

    Attributes:
        x: left edge.
        y: upper edge.
        width: width; drawn at least half a unit wide.
        height: height; drawn at least half a unit high.
        colour: `#rrggbb`.
    """

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line, one unit wide."""

    x_1: float
    y_1: float
    x_2: float
    y_2: float
    colour: str


@dataclass(frozen=True, slots=True)
class Label:
    """One line of text.

    Attributes:
        x: where `anchor` says.
        y: base line.
        text: text; control characters are replaced.
        size: height of the letters from ascender to descender.
        anchor: which end of the text is at `x`.
        bold: in bold letters.
    """

    x: float
    y: float
    text: str
    size: float = 13.0
    anchor: Literal["start", "middle", "end"] = "start"
    bold: bool = False


@dataclass(slots=True)
class Drawing:
    """A drawing; later shapes cover earlier ones. Positions are in units from the upper left corner.

    Attributes:
        width: width in units, pixels of an SVG that is not scaled.
        height: height in units.
        title: what it shows, for those who cannot see it.
        shapes: what is drawn.
    """

    width: int
    height: int
    title: str
    shapes: list[Rectangle | Rule | Label] = field(default_factory=list)

    def svg(self) -> str:
        """The drawing as an SVG document."""
        templates = environment(kind=lambda shape: type(shape).__name__, one_line=one_line)
        return templates.get_template("drawing.svg.j2").render(drawing=self, ink=_hex(_INK_BGR))

    def png(self) -> bytes:
        """The drawing as a PNG file, two pixels for each unit."""
        canvas = np.full((self.height * _PNG_SCALE, self.width * _PNG_SCALE, 3), 255, np.uint8)
        for shape in self.shapes:
            if isinstance(shape, Rectangle):
                corner = _pixels(shape.x, shape.y)
                far = _pixels(shape.x + max(shape.width, 0.5), shape.y + max(shape.height, 0.5))
                cv2.rectangle(canvas, corner, (far[0] - 1, far[1] - 1), _bgr(shape.colour), cv2.FILLED)
            elif isinstance(shape, Rule):
                ends = _pixels(shape.x_1, shape.y_1), _pixels(shape.x_2, shape.y_2)
                cv2.line(canvas, *ends, _bgr(shape.colour), _PNG_SCALE, cv2.LINE_AA)
            else:
                _write(canvas, shape)
        encoded, data = cv2.imencode(".png", canvas)
        if not encoded:
            raise RuntimeError("OpenCV encodes no PNG")
        return data.tobytes()


_INK_BGR = (40, 34, 30)
_REGULAR, _BOLD = 400, 700


def _write(canvas: Image, label: Label) -> None:
    font, text = cv2.FontFace("sans"), one_line(label.text)
    size, weight = round(label.size * _PNG_SCALE), _BOLD if label.bold else _REGULAR
    _, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), font, size, weight)
    x, y = _pixels(label.x, label.y)
    cv2.putText(canvas, text, (x - round(width * _ANCHORS[label.anchor]), y), _INK_BGR, font, size, weight)


def _pixels(x: float, y: float) -> tuple[int, int]:
    return round(x * _PNG_SCALE), round(y * _PNG_SCALE)


def _bgr(colour: str) -> Sequence[int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return blue, green, red


def _hex(bgr: Sequence[int]) -> str:
    return "#" + bytes(reversed(bgr)).hex()
