"""Small symbols, drawn in code so that they are sharp in every size."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF


def draw_play(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Draw a triangle that points to the right."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    left = rect.left() + rect.width() * 0.1
    right = QPointF(rect.right(), rect.center().y())
    painter.drawPolygon(QPolygonF([QPointF(left, rect.top()), right, QPointF(left, rect.bottom())]))


def draw_folder(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Draw a folder with its tab."""
    radius = rect.height() * 0.08
    path = QPainterPath()
    path.addRoundedRect(rect.adjusted(0, rect.height() * 0.2, 0, -rect.height() * 0.05), radius, radius)
    tab = QPainterPath()
    tab.addRoundedRect(
        QRectF(rect.left(), rect.top() + rect.height() * 0.05, rect.width() * 0.45, rect.height() * 0.4),
        radius,
        radius,
    )
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPath(path.united(tab))


def draw_globe(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Draw a globe: the outline, the equator and two meridians."""
    width = max(1.0, rect.width() / 12)
    rect = rect.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    painter.setPen(QPen(colour, width))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(rect)
    painter.drawEllipse(rect.center(), rect.width() * 0.22, rect.height() / 2)
    painter.drawLine(QPointF(rect.left(), rect.center().y()), QPointF(rect.right(), rect.center().y()))


def draw_warning(painter: QPainter, rect: QRectF, colour: QColor, background: QColor) -> None:
    """Draw an exclamation mark in a disc."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(rect)
    painter.setBrush(background)
    stroke, centre = rect.width() * 0.12, rect.center()
    painter.drawRoundedRect(
        QRectF(centre.x() - stroke / 2, rect.top() + rect.height() * 0.2, stroke, rect.height() * 0.36),
        stroke / 2,
        stroke / 2,
    )
    painter.drawEllipse(QPointF(centre.x(), rect.top() + rect.height() * 0.73), stroke * 0.62, stroke * 0.62)


def draw_cross(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """Draw the cross of a close button."""
    pen = QPen(colour, max(1.2, rect.width() / 8))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    painter.drawLine(rect.topLeft(), rect.bottomRight())
    painter.drawLine(rect.topRight(), rect.bottomLeft())
