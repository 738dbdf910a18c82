"""How lanes look: names, bars of who is on screen when, and what is not known yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontInfo, QFontMetrics, QPainter

from simpsons_play.core.names import display_name
from simpsons_play.timelines.spans import Span
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.time_axis import Axis

_LEAST_PX = 2.0
"""However short it is, a span can be seen."""

_FADED = 0.3
"""How much is left of the colour of those who are not chosen."""

_CHOSEN_GAP_PX = 4
"""Between the ground of a chosen name and its lane."""

_AIRY_PX = 6.0
"""Lanes that are lower than this touch each other."""

_SWATCH, _GAP = 0.7, 0.6
"""The size of a swatch and what is between things, in heights of a letter."""

_UNKNOWN, _HATCH = QColor("#1b1b1b"), QColor("#3c3c3c")
_UNKNOWN_WORDS = "not known yet"


def paint_bars(
    painter: QPainter,
    axis: Axis,
    *,
    rows: Mapping[str, Sequence[Span]],
    labels: Sequence[str],
    pitch: float,
    known_x: float,
    chosen: str | None,
) -> None:
    """Paint all lanes, one under the other from the top.

    Args:
        painter: at whose origin the widget begins.
        axis: from left to right.
        rows: who is in which lane, and when.
        labels: all that the network knows, for their colours.
        pitch: from lane to lane, in pixels.
        known_x: up to where everything is known, in pixels.
        chosen: whose lane stands out while the others fade; None where nobody's does.
    """
    height, right = pitch * max(1, len(rows)), axis.left + axis.width
    unknown = QRectF(known_x, 0, right - known_x, height)
    painter.fillRect(QRectF(axis.left, 0, axis.width, height), _UNKNOWN)
    painter.fillRect(QRectF(axis.left, 0, known_x - axis.left, height), _UNKNOWN if rows else theme.RAISED)
    painter.fillRect(unknown, QBrush(_HATCH, Qt.BrushStyle.BDiagPattern))
    air = 1.0 if pitch > _AIRY_PX else 0.0
    painter.setPen(Qt.PenStyle.NoPen)
    for number, (label, spans) in enumerate(rows.items()):
        top = number * pitch
        ground = theme.HELD if label == chosen else theme.RAISED
        painter.fillRect(QRectF(axis.left, top, known_x - axis.left, pitch - air), ground)
        if label == chosen:
            painter.fillRect(QRectF(0, top, axis.left - _CHOSEN_GAP_PX, pitch - air), ground)
        colour = theme.label_colour(label, labels)
        if chosen is not None and label != chosen:
            colour.setAlphaF(_FADED)
        painter.setBrush(colour)
        # All of a lane at once: an episode has some thousand spans.
        painter.drawRects([bar_of(axis, span, top=top + air, height=pitch - 3 * air) for span in spans])
    words = painter.fontMetrics().size(0, _UNKNOWN_WORDS)
    if words.width() < unknown.width() and words.height() < unknown.height() + 4:
        painter.setPen(theme.QUIET)
        painter.drawText(unknown, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, _UNKNOWN_WORDS)


def bar_of(axis: Axis, span: Span, *, top: float, height: float) -> QRectF:
    """Where a span is."""
    left = axis.x(span.start_s)
    return QRectF(left, top, max(_LEAST_PX, axis.x(span.end_s) - left), height)


def gutter_for(labels: Iterable[str], *, font: QFont) -> int:
    """How much room these names need before their lanes, in pixels."""
    letters, em = QFontMetrics(font), QFontInfo(font).pixelSize()
    widest = max((letters.horizontalAdvance(display_name(label)) for label in labels), default=0)
    return round(widest * 1.05 + em * (_SWATCH + 3 * _GAP))


def paint_name(
    painter: QPainter, row: QRectF, label: str, *, font: QFont, colour: QColor, loud: bool
) -> None:
    """Paint a swatch and a name, in letters that are no higher than the row.

    Args:
        painter: at whose origin the widget begins.
        row: before the lane.
        label: whose lane it is.
        font: of the widget.
        colour: of the lane.
        loud: whether the name stands out from others.
    """
    em = QFontInfo(font).pixelSize()
    gap, side = em * _GAP, min(em * _SWATCH, row.height() - 4)
    painter.fillRect(QRectF(gap / 2, row.center().y() - side / 2 - 0.5, side, side), colour)
    fitting = QFont(font)
    fitting.setPixelSize(min(em, round(row.height()) - 1))
    painter.setFont(fitting)
    painter.setPen(theme.TEXT if loud else theme.QUIET)
    place = row.adjusted(em * _SWATCH + 1.5 * gap, -1, -gap, 0)
    words = display_name(label)
    name = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(place.width()))
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, name)
