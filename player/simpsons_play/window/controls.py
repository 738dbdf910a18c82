"""The strip under the picture: where we are, and what is going on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from simpsons_play.clock import clock
from simpsons_play.spans import Timeline
from simpsons_play.window.lanes import Lanes
from simpsons_play.window.threshold import ThresholdSlider

_TRACK, _PLAYED, _HOVER = QColor("#3a3a3a"), QColor("#ffd90f"), QColor("#8a8a8a")
STYLE = """
QWidget#controls { background: #161616; }
QLabel { color: #9a9a9a; font-size: 12px; }
QLabel#time { color: #e0e0e0; }
"""


class SeekBar(QWidget):
    """A thin line that fills as time goes by; a click or a drag asks for another time.

    Attributes:
        sought: Signal(float): the time that was asked for, in seconds.
        pointed: Signal(float): the time under the mouse, in seconds; negative when the mouse has gone.
    """

    sought = Signal(float)
    pointed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._position_s = 0.0
        self._duration_s: float | None = None
        self._mouse_x: float | None = None
        self.setFixedHeight(14)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_time(self, position_s: float, duration_s: float | None) -> None:
        """Show how far we are, in seconds; a duration of None (a camera) leaves the line empty."""
        self._position_s, self._duration_s = position_s, duration_s
        self.setCursor(Qt.CursorShape.PointingHandCursor if duration_s else Qt.CursorShape.ArrowCursor)
        self.update()

    def _time_at(self, x: float) -> float | None:
        if not self._duration_s:
            return None
        return min(max(x / max(1, self.width()), 0.0), 1.0) * self._duration_s

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask for the time under the mouse."""
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say the time under the mouse, and ask for it while the button is down."""
        self._mouse_x = event.position().x()
        time_s = self._time_at(self._mouse_x)
        if time_s is not None:
            self.pointed.emit(time_s)
            if event.buttons() & Qt.MouseButton.LeftButton:
                self.sought.emit(time_s)
        self.update()

    def leaveEvent(self, event: object) -> None:
        """The mouse has gone."""
        self._mouse_x = None
        self.pointed.emit(-1.0)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        thick = 6.0 if self._mouse_x is not None and self._duration_s else 4.0
        line = QRectF(0, (self.height() - thick) / 2, self.width(), thick)
        painter.setBrush(_TRACK)
        painter.drawRoundedRect(line, thick / 2, thick / 2)
        if self._duration_s:
            share = min(max(self._position_s / self._duration_s, 0.0), 1.0)
            painter.setBrush(_PLAYED)
            played = QRectF(line.x(), line.y(), line.width() * share, thick)
            painter.drawRoundedRect(played, thick / 2, thick / 2)
            if self._mouse_x is not None:
                painter.setBrush(_HOVER)
                painter.drawRect(QRectF(self._mouse_x - 0.5, line.y() - 2, 1, thick + 4))
        painter.end()


class ShortLabel(QLabel):
    """A label that cuts its text with dots where there is no room, rather than asking for more."""

    def minimumSizeHint(self) -> QSize:
        """As narrow as need be."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint as much of the text as there is room for."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), self.alignment(), text)
        painter.end()


class Controls(QWidget):
    """Seek bar, lanes of who is on screen when, times, and one line of words.

    Attributes:
        sought: Signal(float): the time that was asked for, in seconds.
        threshold_asked: Signal(float): the probability that was asked for, 0-1.
        grown: Signal(int): it needs so many pixels more in height than before, or less where negative.
    """

    sought = Signal(float)
    threshold_asked = Signal(float)
    grown = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("controls")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(STYLE)
        self._bar, self._lanes, self._time = SeekBar(self), Lanes(self), QLabel(self)
        self._time.setObjectName("time")
        self._threshold = ThresholdSlider(self)
        self._threshold.changed.connect(self.threshold_asked)
        self._threshold.hide()
        self._about, self._state = ShortLabel(self), QLabel(self)
        self._shown: tuple[float, float | None] = (0.0, None)
        self._pointed_s = -1.0
        self._bar.sought.connect(self.sought)
        self._lanes.sought.connect(self.sought)
        self._bar.pointed.connect(self._on_pointed)
        upper, lower, times, beside = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(), QVBoxLayout()
        beside.setSpacing(0)
        beside.addWidget(self._time, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        beside.addWidget(self._threshold)
        beside.addStretch(1)
        times.setSpacing(0)
        times.addWidget(self._bar)
        times.addWidget(self._lanes)
        upper.setSpacing(10)
        upper.addLayout(times, 1)
        upper.addLayout(beside)
        lower.addWidget(self._about, 1)
        lower.addWidget(self._state)
        self._both = both = QVBoxLayout(self)
        both.setContentsMargins(10, 4, 10, 6)
        both.setSpacing(2)
        both.addLayout(upper)
        both.addLayout(lower)

    def show_time(self, position_s: float, duration_s: float | None) -> None:
        """Show how far we are, in seconds."""
        self._shown = (position_s, duration_s)
        self._bar.show_time(position_s, duration_s)
        self._lanes.show_time(position_s, duration_s)
        left = clock(position_s if self._pointed_s < 0 else self._pointed_s)
        self._time.setText(f"{left} / {clock(duration_s)}" if duration_s else left)

    def show_timeline(self, timeline: Timeline | None) -> None:
        """Show who is on screen when, as far as it is known; None takes the lanes away."""
        before = self.sizeHint().height()
        self._lanes.show_timeline(timeline)
        self._threshold.setVisible(timeline is not None)
        self._both.activate()
        if (more := self.sizeHint().height() - before) != 0:
            self.grown.emit(more)

    def show_threshold(self, threshold: float) -> None:
        """Show from which probability on somebody is named; 0-1."""
        self._threshold.show_threshold(threshold)

    def show_words(self, about: str, state: str) -> None:
        """Show what plays and with what (left, cut where there is no room) and what goes on (right)."""
        self._about.setText(about)
        self._about.setToolTip(about)
        self._state.setText(state)

    def words(self) -> tuple[str, str]:
        """What is shown left and right."""
        return self._about.text(), self._state.text()

    def _on_pointed(self, time_s: float) -> None:
        self._pointed_s = time_s
        self.show_time(*self._shown)
