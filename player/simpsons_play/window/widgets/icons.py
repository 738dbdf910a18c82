"""The icons of the window, as paths: sharp in any size."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPainterPathStroker, QPolygonF

_UNITS = 24.0
"""Width and height of the square that icons are drawn in."""

_STROKE = 2.0


def draw_icon(painter: QPainter, name: str, place: QRectF, colour: QColor) -> None:
    """Draw an icon.

    Args:
        painter: Draws it; its state stays the same.
        name: A key of `_ICONS`.
        place: A square; icons have a margin inside.
        colour: Colour of the icon.
    """
    painter.save()
    painter.translate(place.topLeft())
    painter.scale(place.width() / _UNITS, place.height() / _UNITS)
    painter.fillPath(_ICONS[name](), colour)
    painter.restore()


def _polygon(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath()
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    path.closeSubpath()
    return path


def _rectangles(*rectangles: tuple[float, float, float, float]) -> QPainterPath:
    path = QPainterPath()
    for rectangle in rectangles:
        path.addRect(QRectF(*rectangle))
    return path


def _lines(*lines: tuple[tuple[float, float], ...], arcs: tuple[QRectF, ...] = ()) -> QPainterPath:
    """Polylines, and the right parts of ellipses, as strokes."""
    path = QPainterPath()
    for (x, y), *rest in lines:
        path.moveTo(x, y)
        for point in rest:
            path.lineTo(*point)
    for arc in arcs:
        path.arcMoveTo(arc, -50)
        path.arcTo(arc, -50, 100)
    return _stroked(path)


def _stroked(path: QPainterPath) -> QPainterPath:
    stroker = QPainterPathStroker()
    stroker.setWidth(_STROKE)
    stroker.setCapStyle(Qt.PenCapStyle.RoundCap)
    stroker.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    return stroker.createStroke(path)


def _joined(*paths: QPainterPath) -> QPainterPath:
    joined = QPainterPath()
    joined.setFillRule(Qt.FillRule.WindingFill)
    for path in paths:
        joined.addPath(path)
    return joined


def _speaker() -> QPainterPath:
    return _polygon((3, 9), (7, 9), (12, 4.5), (12, 19.5), (7, 15), (3, 15))


def _note() -> QPainterPath:
    heads = QPainterPath()
    heads.addEllipse(QRectF(4, 15, 6, 5))
    heads.addEllipse(QRectF(14, 13, 6, 5))
    return _joined(
        heads, _rectangles((8, 5, 2, 13), (18, 3, 2, 13)), _polygon((8, 5), (20, 3), (20, 6), (8, 8))
    )


def _folder() -> QPainterPath:
    sheet, tab = QPainterPath(), QPainterPath()
    sheet.addRoundedRect(QRectF(2, 7, 20, 13), 1.5, 1.5)
    tab.addRoundedRect(QRectF(2, 4, 9, 8), 1.5, 1.5)
    return sheet.united(tab)


def _globe() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QRectF(3, 3, 18, 18))
    path.addEllipse(QRectF(8, 3, 8, 18))
    path.moveTo(3, 12)
    path.lineTo(21, 12)
    return _stroked(path)


def _warning() -> QPainterPath:
    """A disc with an exclamation mark cut out."""
    path = QPainterPath()
    path.addEllipse(QRectF(0, 0, 24, 24))
    path.addRoundedRect(QRectF(10.5, 5, 3, 8.5), 1.5, 1.5)
    path.addEllipse(QRectF(10.2, 15.8, 3.6, 3.6))
    return path


_ICONS: dict[str, Callable[[], QPainterPath]] = {
    "play": lambda: _polygon((7, 4), (20, 12), (7, 20)),
    "pause": lambda: _rectangles((6, 4, 4, 16), (14, 4, 4, 16)),
    "previous": lambda: _joined(_rectangles((5, 5, 2.5, 14)), _polygon((19, 5), (8.5, 12), (19, 19))),
    "next": lambda: _joined(_rectangles((16.5, 5, 2.5, 14)), _polygon((5, 5), (15.5, 12), (5, 19))),
    "sound": lambda: _joined(_speaker(), _lines(arcs=(QRectF(8, 8, 8, 8), QRectF(6, 5, 14, 14)))),
    "muted": lambda: _joined(_speaker(), _lines(((15, 9), (21, 15)), ((21, 9), (15, 15)))),
    "stream": _note,
    "timeline": lambda: _rectangles((3, 5, 12, 3), (8, 10.5, 13, 3), (3, 16, 8, 3), (14, 16, 4, 3)),
    "panel": lambda: _joined(
        _lines(((3, 5), (21, 5), (21, 19), (3, 19), (3, 5), (21, 5))), _rectangles((14, 5, 7, 14))
    ),
    "full screen": lambda: _lines(
        ((4, 9), (4, 4), (9, 4)),
        ((15, 4), (20, 4), (20, 9)),
        ((20, 15), (20, 20), (15, 20)),
        ((9, 20), (4, 20), (4, 15)),
    ),
    "window": lambda: _lines(
        ((9, 4), (9, 9), (4, 9)),
        ((20, 9), (15, 9), (15, 4)),
        ((15, 20), (15, 15), (20, 15)),
        ((4, 15), (9, 15), (9, 20)),
    ),
    "close": lambda: _lines(((6, 6), (18, 18)), ((18, 6), (6, 18))),
    "folder": _folder,
    "globe": _globe,
    "warning": _warning,
    "expanded": lambda: _polygon((5, 8), (19, 8), (12, 17)),
    "collapsed": lambda: _polygon((8, 5), (17, 12), (8, 19)),
}
