"""The seek bar: a thin line that shows the position."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.time_axis import TimeAxis

_TRACK, _VISIBLE, _HOVER = QColor("#484848"), QColor("#7c7c7c"), QColor("#c8c8c8")
_HEIGHT, _THICKNESS, _KNOB_RADIUS = 1.3, 1 / 3, 0.5
"""Of the widget, of the line, and of its knob, in em."""

_REPAINT_PX = 0.5
"""The bar is repainted when the knob has moved this far, which takes many frames."""


class SeekBar(QSlider):
    """A line that fills as the source plays; click or drag to seek.

    Attributes:
        seek_requested: Signal(float): The user wants to go to this time, in seconds.
        hovered: Signal(float | None, str, int): As `Lanes.hovered`.
    """

    seek_requested = Signal(float)
    hovered = Signal(object, str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._position_s = 0.0
        self._duration_s: float | None = None
        self._visible: tuple[float, float] | None = None
        self._mouse_x: float | None = None
        self._following = False  # the value follows the playback, and not the user
        self.valueChanged.connect(self._on_value_changed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Position")
        self._fit()

    def show_time(self, position_s: float, duration_s: float | None) -> None:
        """Show the position, in seconds; without a duration (a camera) the line stays empty."""
        before = self._axis.x(self._position_s)
        if duration_s != self._duration_s:
            self._duration_s = duration_s
            self.setCursor(Qt.CursorShape.PointingHandCursor if duration_s else Qt.CursorShape.ArrowCursor)
            self._following = True
            self.setRange(0, int(duration_s or 0.0))
            self._following = False
            self.update()
        self._position_s = position_s
        if int(position_s) != self.value():
            self._following = True
            self.setValue(int(position_s))  # for screen readers, in seconds
            self._following = False
            self.setAccessibleDescription(format_time(position_s))
        if round(self._axis.x(position_s) / _REPAINT_PX) != round(before / _REPAINT_PX):
            self.update()

    def show_visible(self, visible: tuple[float, float] | None) -> None:
        """Mark the first and the last time that the lanes below show, in seconds; None if they show all."""
        if visible != self._visible:
            self._visible = visible
            self.update()

    @property
    def _axis(self) -> TimeAxis:
        return TimeAxis(0.0, self.width(), self._duration_s)

    def sizeHint(self) -> QSize:
        """Any width, and the height of the font."""
        return QSize(240, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Seek to the time under the pointer."""
        self.mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Nothing more to do."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the time under the pointer; seek to it while the button is down."""
        self._mouse_x = event.position().x()
        time_s = self._axis.time_s(self._mouse_x)
        self.hovered.emit(time_s, "", round(min(max(self._mouse_x, 0), self.width())))
        if time_s is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self.seek_requested.emit(time_s)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what is below."""
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave all keys to the player: left and right seek there, too."""
        event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the mark at the pointer."""
        self._mouse_x = None
        self.hovered.emit(None, "", 0)
        self.update()

    def changeEvent(self, event: QEvent) -> None:
        """Fit to a new font."""
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        em, axis = self.fontInfo().pixelSize(), self._axis
        hovered, knob = self._mouse_x is not None and self._duration_s, em * _KNOB_RADIUS
        thickness = em * _THICKNESS * (1.5 if hovered else 1)
        line = QRectF(0, (self.height() - thickness) / 2, self.width(), thickness)
        painter.setBrush(_TRACK)
        painter.drawRoundedRect(line, thickness / 2, thickness / 2)
        if self._duration_s:
            x = axis.x(self._position_s)
            painter.setBrush(theme.ACCENT)
            painter.drawRoundedRect(QRectF(0, line.y(), x, thickness), thickness / 2, thickness / 2)
            if self._visible is not None:
                first, last = map(axis.x, self._visible)
                painter.fillRect(QRectF(first, line.bottom() + 1, max(2.0, last - first), 2), _VISIBLE)
            if self._mouse_x is not None:
                painter.fillRect(QRectF(self._mouse_x - 0.5, line.y() - 3, 1, thickness + 6), _HOVER)
            knob_x = min(max(x, knob), self.width() - knob)
            painter.setBrush(theme.ACCENT)
            painter.drawEllipse(QPointF(knob_x, self.height() / 2), knob, knob)
        if self.hasFocus():
            painter.setPen(theme.ACCENT)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _on_value_changed(self, value: int) -> None:
        """Seek if it was a screen reader that has set the value."""
        if not self._following:
            self.seek_requested.emit(float(value))

    def _fit(self) -> None:
        self.setFixedHeight(round(self.fontInfo().pixelSize() * _HEIGHT))
