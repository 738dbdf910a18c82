"""Who is on screen when: a lane for each character, under the seek bar."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from simpsons_play.clock import clock
from simpsons_play.names import colour_of, display_name
from simpsons_play.spans import Span, Timeline

_HEIGHT_PX = 64
_LANE_PX, _GAP_PX = 7.0, 1.5
_LEAST_PX = 2.0
"""However short it is, a span can be seen."""

_NEAR_PX = 2.0
"""So near to a span the mouse means it."""

_UNKNOWN, _KNOWN, _NOW = QColor("#1e1e1e"), QColor("#2a2a2a"), QColor("#e0e0e0")


class Lanes(QWidget):
    """Coloured spans of who is named when, filling as more is known; a click goes there.

    Lanes come in the order in which characters are seen first, and get thinner where there are many.

    Attributes:
        sought: Signal(float): the time that was asked for, in seconds.
    """

    sought = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline: Timeline | None = None
        self._position_s = 0.0
        self._duration_s: float | None = None
        self.setFixedHeight(_HEIGHT_PX)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()

    @property
    def known_s(self) -> float:
        """Up to which moment it is known who is on screen, in seconds."""
        return self._timeline.known_s if self._timeline is not None else 0.0

    def show_timeline(self, timeline: Timeline | None) -> None:
        """Show what is known; nothing where nobody goes through the source."""
        if timeline == self._timeline:
            return
        self._timeline = timeline
        self.setVisible(timeline is not None)
        self.update()

    def show_time(self, position_s: float, duration_s: float | None) -> None:
        """Show where we are, in seconds."""
        self._position_s, self._duration_s = position_s, duration_s
        self.update()

    def span_at(self, point: QPointF) -> Span | None:
        """Whose span is under a point, or next to it."""
        if self._timeline is None or not self._duration_s:
            return None
        for row, spans in zip(self._rows(), self._timeline.by_label().values(), strict=True):
            if row.top() <= point.y() <= row.bottom():
                for span in spans:
                    bar = self._rect(row, span)
                    if bar.left() - _NEAR_PX <= point.x() <= bar.right() + _NEAR_PX:
                        return span
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the beginning of the span under the mouse, or else to the time under it."""
        if event.button() == Qt.MouseButton.LeftButton and self._duration_s:
            span = self.span_at(event.position())
            here_s = event.position().x() / max(1, self.width()) * self._duration_s
            self.sought.emit(span.start_s if span is not None else min(max(here_s, 0.0), self._duration_s))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say who it is, from when to when."""
        span = self.span_at(event.position())
        if span is None:
            QToolTip.hideText()
            return
        words = f"{display_name(span.label)}  {clock(span.start_s)} - {clock(span.end_s)}"
        QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lanes."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _UNKNOWN)
        if self._timeline is not None and self._duration_s:
            painter.fillRect(QRectF(0, 0, self._x(self._timeline.known_s), self.height()), _KNOWN)
            for row, (label, spans) in zip(self._rows(), self._timeline.by_label().items(), strict=True):
                blue, green, red = colour_of(label, self._timeline.labels)
                for span in spans:
                    painter.fillRect(self._rect(row, span), QColor(red, green, blue))
            painter.fillRect(QRectF(self._x(self._position_s) - 0.5, 0, 1, self.height()), _NOW)
        painter.end()

    def _x(self, time_s: float) -> float:
        return self.width() * min(max(time_s / self._duration_s, 0.0), 1.0) if self._duration_s else 0.0

    def _rect(self, row: QRectF, span: Span) -> QRectF:
        left = self._x(span.start_s)
        return QRectF(left, row.top(), max(_LEAST_PX, self._x(span.end_s) - left), row.height())

    def _rows(self) -> list[QRectF]:
        count = len(self._timeline.by_label()) if self._timeline is not None else 0
        pitch = min(_LANE_PX + _GAP_PX, self.height() / max(1, count))
        thick = pitch * _LANE_PX / (_LANE_PX + _GAP_PX)
        return [QRectF(0, i * pitch + (pitch - thick) / 2, self.width(), thick) for i in range(count)]
