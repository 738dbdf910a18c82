"""A thin line that says where we are."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.font_aware import Lettered
from simpsons_play.window.widgets.time_axis import Axis

_TRACK, _HOVER = QColor("#484848"), QColor("#c8c8c8")
_HEIGHT, _THICK, _KNOB = 1.3, 1 / 3, 0.5
"""Of the whole, of the line, and from the middle to the rim of its knob, in heights of a letter."""

_VISIBLE_PX = 0.5
"""Frames come faster than the knob moves by so much."""


class SeekBar(Lettered):
    """A line that fills as time goes by; a click or a drag asks for another time.

    Attributes:
        sought: Signal(float): the time that was asked for, in seconds.
    """

    sought = Signal(float)

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
        """Show how far we are, in seconds; a duration of None (a camera) leaves the line empty."""
        before = self._axis.x(self._position_s)
        if duration_s != self._duration_s:
            self._duration_s = duration_s
            self.setCursor(Qt.CursorShape.PointingHandCursor if duration_s else Qt.CursorShape.ArrowCursor)
            self.update()
        self._position_s = position_s
        if round(self._axis.x(position_s) / _VISIBLE_PX) != round(before / _VISIBLE_PX):
            self.update()

    @property
    def _axis(self) -> Axis:
        return Axis(0.0, self.width(), self._duration_s)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the time under the mouse."""
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say the time under the mouse, and ask for it while the button is down."""
        self._mouse_x = event.position().x()
        time_s = self._axis.time_s(self._mouse_x)
        if time_s is not None:
            QToolTip.showText(event.globalPosition().toPoint(), format_time(time_s), self)
            if event.buttons() & Qt.MouseButton.LeftButton:
                self.sought.emit(time_s)
        self.update()

    def leaveEvent(self, event: object) -> None:
        """The mouse has gone."""
        self._mouse_x = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        em = self.fontInfo().pixelSize()
        pointed, knob = self._mouse_x is not None and self._duration_s, em * _KNOB
        thick = em * _THICK * (1.5 if pointed else 1)
        line = QRectF(0, (self.height() - thick) / 2, self.width(), thick)
        painter.setBrush(_TRACK)
        painter.drawRoundedRect(line, thick / 2, thick / 2)
        if self._duration_s:
            here = self._axis.x(self._position_s)
            painter.setBrush(theme.ACCENT)
            painter.drawRoundedRect(QRectF(0, line.y(), here, thick), thick / 2, thick / 2)
            if self._mouse_x is not None:
                painter.fillRect(QRectF(self._mouse_x - 0.5, line.y() - 3, 1, thick + 6), _HOVER)
            knob_x = min(max(here, knob), self.width() - knob)
            painter.drawEllipse(QPointF(knob_x, self.height() / 2), knob, knob)
        painter.end()

    def _fit(self) -> None:
        self.setFixedHeight(round(self.fontInfo().pixelSize() * _HEIGHT))
