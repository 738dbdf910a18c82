"""Paints lanes: names, bars of who is on screen when, and the part that is not analysed yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontInfo, QFontMetrics, QPainter

from simpsons_play.core.names import display_name, no_one
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.lane_geometry import LaneGeometry

_FADED_ALPHA = 0.4
"""Opacity of the lanes of other characters while one is selected."""

_SELECTION_GAP_PX = 4
"""Between the background of a selected name and its lane."""

_MIN_SPACED_PX = 6.0
"""Lanes lower than this touch each other."""

_SWATCH, _GAP = 0.7, 0.6
"""Size of a colour swatch and of the gaps around it, in em."""

_NOT_ANALYSED, _HATCH = QColor("#1b1b1b"), QColor("#3c3c3c")
NOT_ANALYSED_TEXT = "not analysed yet"


def paint_bars(
    painter: QPainter,
    geometry: LaneGeometry,
    *,
    height: float,
    labels: Sequence[str],
    known_x: float,
    selected: str | None,
) -> None:
    """Paint all lanes without their names.

    Args:
        painter: With its origin at the top left of the widget.
        geometry: The lanes.
        height: Visible height, in pixels.
        labels: All labels that the network knows, for their colours.
        known_x: Up to where the source is analysed, in pixels.
        selected: Label of the lane that stands out while the others fade; None for none.
    """
    axis, pitch = geometry.axis, geometry.pitch
    right = axis.left + axis.width
    unknown = QRectF(known_x, 0, right - known_x, height)
    painter.fillRect(QRectF(axis.left, 0, axis.width, height), _NOT_ANALYSED)
    painter.fillRect(QRectF(axis.left, 0, known_x - axis.left, height), theme.RAISED)
    painter.fillRect(unknown, QBrush(_HATCH, Qt.BrushStyle.BDiagPattern))
    gap = 1.0 if pitch > _MIN_SPACED_PX else 0.0
    painter.setPen(Qt.PenStyle.NoPen)
    for number, (label, spans) in enumerate(geometry.rows.items()):
        top = geometry.top(number)
        if top + pitch < 0 or top > height:
            continue
        background = theme.SELECTED if label == selected else theme.RAISED
        if gap:
            painter.fillRect(QRectF(axis.left, top + pitch - gap, known_x - axis.left, gap), _NOT_ANALYSED)
        if label == selected:
            painter.fillRect(QRectF(axis.left, top, known_x - axis.left, pitch - gap), background)
            if gap:
                painter.fillRect(QRectF(0, top, axis.left - _SELECTION_GAP_PX, pitch - gap), background)
        colour = theme.label_colour(label, labels)
        if selected is not None and label != selected:
            colour.setAlphaF(_FADED_ALPHA)
        painter.setBrush(colour)
        # In one call per lane: an episode has thousands of spans.
        painter.drawRects(geometry.bars(spans, top=top + gap, height=pitch - 3 * gap))
    _paint_note(painter, unknown, NOT_ANALYSED_TEXT)
    if not geometry.rows:
        _paint_note(painter, QRectF(axis.left, 0, known_x - axis.left, height), no_one())


def _paint_note(painter: QPainter, place: QRectF, text: str) -> None:
    """Paint a text in the middle of a place, if there is room."""
    size = painter.fontMetrics().size(0, text)
    if size.width() < place.width() and size.height() < place.height() + 4:
        painter.setPen(theme.MUTED)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, text)


def gutter_for(labels: Iterable[str], *, font: QFont) -> int:
    """Width of the gutter that these names need, in pixels."""
    metrics, em = QFontMetrics(font), QFontInfo(font).pixelSize()
    widest = max((metrics.horizontalAdvance(display_name(label)) for label in labels), default=0)
    return round(widest * 1.05 + em * (_SWATCH + 3 * _GAP))


def paint_name(
    painter: QPainter, row: QRectF, label: str, *, font: QFont, colour: QColor, emphasised: bool
) -> None:
    """Paint a colour swatch and a name.

    Args:
        painter: With its origin at the top left of the widget.
        row: The gutter next to the lane.
        label: Label of the lane.
        font: Font of the widget.
        colour: Colour of the lane.
        emphasised: Whether the name stands out.
    """
    em = QFontInfo(font).pixelSize()
    gap, side = em * _GAP, em * _SWATCH
    painter.fillRect(QRectF(gap / 2, row.center().y() - side / 2 - 0.5, side, side), colour)
    paint_text(
        painter, row.adjusted(side + 1.5 * gap, -1, -gap, 0), display_name(label), emphasised=emphasised
    )


def paint_text(painter: QPainter, place: QRectF, text: str, *, emphasised: bool) -> None:
    """Paint text in the gutter; shortened in the middle if it is too wide."""
    painter.setPen(theme.TEXT if emphasised else theme.MUTED)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(place.width()))
    painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, shown)
