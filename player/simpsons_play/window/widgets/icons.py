"""The icons of the controls, as paths: sharp in any size."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPainterPathStroker, QPolygonF

UNITS = 24.0
"""Width and height of the square that icons are drawn in."""

_STROKE = 2.0


def icon_path(name: str) -> QPainterPath:
    """The outline of an icon, to be filled, in a square of `UNITS`.

    Args:
        name: A key of `_ICONS`.
    """
    return _ICONS[name]()


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
    "expanded": lambda: _polygon((5, 8), (19, 8), (12, 17)),
    "collapsed": lambda: _polygon((8, 5), (17, 12), (8, 19)),
}
