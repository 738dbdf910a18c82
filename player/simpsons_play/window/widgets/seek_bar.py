"""The seek bar: a thin line that shows the position."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.font_aware import FontAware
from simpsons_play.window.widgets.time_axis import TimeAxis

_TRACK, _HOVER = QColor("#484848"), QColor("#c8c8c8")
_HEIGHT, _THICKNESS, _KNOB_RADIUS = 1.3, 1 / 3, 0.5
"""Of the widget, of the line, and of its knob, in em."""

_REPAINT_PX = 0.5
"""The bar is repainted when the knob has moved this far, which takes many frames."""


class SeekBar(FontAware):
    """A line that fills as the source plays; click or drag to seek.

    Attributes:
        seek_requested: Signal(float): The user wants to go to this time, in seconds.
    """

    seek_requested = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._position_s = 0.0
        self._duration_s: float | None = None
        self._mouse_x: float | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("position")
        self._fit()

    def show_time(self, position_s: float, duration_s: float | None) -> None:
        """Show the position, in seconds; without a duration (a camera) the line stays empty."""
        before = self._axis.x(self._position_s)
        if duration_s != self._duration_s:
            self._duration_s = duration_s
            self.setCursor(Qt.CursorShape.PointingHandCursor if duration_s else Qt.CursorShape.ArrowCursor)
            self.update()
        self._position_s = position_s
        if round(self._axis.x(position_s) / _REPAINT_PX) != round(before / _REPAINT_PX):
            self.update()

    @property
    def _axis(self) -> TimeAxis:
        return TimeAxis(0.0, self.width(), self._duration_s)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Seek to the time under the pointer."""
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the time under the pointer; seek to it while the button is down."""
        self._mouse_x = event.position().x()
        time_s = self._axis.time_s(self._mouse_x)
        if time_s is not None:
            QToolTip.showText(event.globalPosition().toPoint(), format_time(time_s), self)
            if event.buttons() & Qt.MouseButton.LeftButton:
                self.seek_requested.emit(time_s)
        self.update()

    def leaveEvent(self, event: object) -> None:
        """Remove the mark at the pointer."""
        self._mouse_x = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        em = self.fontInfo().pixelSize()
        hovered, knob = self._mouse_x is not None and self._duration_s, em * _KNOB_RADIUS
        thickness = em * _THICKNESS * (1.5 if hovered else 1)
        line = QRectF(0, (self.height() - thickness) / 2, self.width(), thickness)
        painter.setBrush(_TRACK)
        painter.drawRoundedRect(line, thickness / 2, thickness / 2)
        if self._duration_s:
            x = self._axis.x(self._position_s)
            painter.setBrush(theme.ACCENT)
            painter.drawRoundedRect(QRectF(0, line.y(), x, thickness), thickness / 2, thickness / 2)
            if self._mouse_x is not None:
                painter.fillRect(QRectF(self._mouse_x - 0.5, line.y() - 3, 1, thickness + 6), _HOVER)
            knob_x = min(max(x, knob), self.width() - knob)
            painter.drawEllipse(QPointF(knob_x, self.height() / 2), knob, knob)
        painter.end()

    def _fit(self) -> None:
        self.setFixedHeight(round(self.fontInfo().pixelSize() * _HEIGHT))
