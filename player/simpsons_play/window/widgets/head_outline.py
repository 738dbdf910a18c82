"""The outline of the head at the pointer, with a tip that says what a click does."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from simpsons_play.window.widgets.theme import ACCENT, TEXT

_LINE_PX, _HALO_PX, _RADIUS_PX, _GAP_PX = 2, 4, 6, 4
_PAD_X_PX, _PAD_Y_PX = 8, 2
_PLATE, _HALO = QColor(16, 16, 16, 235), QColor(0, 0, 0, 150)


class HeadOutline(QWidget):
    """A frame around a head, and below it, or above where there is no room, a tip. The mouse goes through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._head, self._plate, self._tip = QRect(), QRect(), ""
        self.hide()

    @property
    def tip(self) -> str:
        """The tip; empty while nothing is outlined."""
        return "" if self.isHidden() else self._tip

    def show_at(self, head: QRect, tip: str) -> None:
        """Outline a head.

        Args:
            head: Its place in the parent widget.
            tip: What a click does; the end matters most if there is no room.
        """
        metrics, area = QFontMetrics(self.font()), self._parent.rect()
        tip = metrics.elidedText(tip, Qt.TextElideMode.ElideLeft, area.width() - 2 * _PAD_X_PX)
        width = metrics.horizontalAdvance(tip) + 2 * _PAD_X_PX
        height = metrics.height() + 2 * _PAD_Y_PX
        top = head.bottom() + _GAP_PX
        if top + height > area.bottom():
            top = max(area.top(), head.top() - _GAP_PX - height)
        left = head.center().x() - width // 2
        plate = QRect(max(area.left(), min(left, area.right() - width)), top, width, height)
        outer = head.adjusted(-_HALO_PX, -_HALO_PX, _HALO_PX, _HALO_PX).united(plate)
        self._head, self._plate, self._tip = (
            head.translated(-outer.topLeft()),
            plate.translated(-outer.topLeft()),
            tip,
        )
        self.setGeometry(outer)
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame and the tip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((_HALO, _HALO_PX), (ACCENT, _LINE_PX)):
            pen = painter.pen()
            pen.setColor(colour)
            pen.setWidth(width)
            painter.setPen(pen)
            painter.drawRoundedRect(QRectF(self._head), _RADIUS_PX, _RADIUS_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_PLATE)
        painter.drawRoundedRect(QRectF(self._plate), _RADIUS_PX, _RADIUS_PX)
        painter.setPen(TEXT)
        painter.drawText(self._plate, Qt.AlignmentFlag.AlignCenter, self._tip)
        painter.end()
