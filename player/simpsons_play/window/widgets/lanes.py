"""Who is on screen when, under the seek bar: what the mouse and the keys do there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from simpsons_play.core.names import display_name
from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets.lane_painting import NOT_ANALYSED_TEXT
from simpsons_play.window.widgets.lane_view import LaneView
from simpsons_play.window.widgets.time_axis import TimeAxis

_ZOOM, _NOTCH, _PAN = 1.25, 120, 0.1
"""Factor for each notch of the mouse wheel, angle of a notch, and share of the visible time to move by."""


class Lanes(LaneView):
    """Lanes that can be clicked, dragged, zoomed and scrolled.

    Clicking a span seeks to its beginning, clicking elsewhere seeks to that time, and dragging scrubs. The
    wheel zooms in to the time at the pointer, and a double click shows everything again; over the names, the
    wheel scrolls.

    Attributes:
        seek_requested: Signal(float): The user wants to go to this time, in seconds.
        label_clicked: Signal(str): The user has clicked the name with this label.
        toggle_requested: Signal(): The user has clicked the collapsed lanes' title, to expand them.
        hovered: Signal(float | None, str, int): The pointer is over this time, in seconds, with a description
            and its horizontal position in pixels; None if it has left.
    """

    seek_requested = Signal(float)
    label_clicked = Signal(str)
    toggle_requested = Signal()
    hovered = Signal(object, str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed_x = 0.0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Seek to the beginning of the span under the pointer, or to the time; or select the name."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        geometry = self._geometry
        self._pressed_x = event.position().x()
        label, span = geometry.label_at(event.position()), geometry.span_at(event.position())
        if self._pressed_x < self._gutter:
            if self._collapsed:
                self.toggle_requested.emit()
            elif label is not None:
                self.label_clicked.emit(label)
        elif (time_s := geometry.axis.time_s(self._pressed_x)) is not None:
            exact = span is None or self._collapsed or span.start_s < geometry.axis.first_s
            self.seek_requested.emit(time_s if exact or span is None else span.start_s)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Describe what is at the pointer; scrub while the button is down."""
        self._mouse = event.position()
        inside = self._mouse.x() >= self._gutter
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        time_s = self.axis.time_s(self._mouse.x())
        dragged = abs(self._mouse.x() - self._pressed_x) >= QApplication.startDragDistance() / 2
        if time_s is not None and dragged and event.buttons() & Qt.MouseButton.LeftButton:
            self._pressed_x = -1e6  # from now on, every move counts
            if inside:
                self.seek_requested.emit(time_s)
        self._hover()
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom in or out at the pointer; over the names, scroll; with shift or a horizontal wheel, move."""
        axis, point, angle = self.axis, event.position(), event.angleDelta()
        time_s = axis.time_s(point.x())
        if time_s is None or (point.x() < self._gutter and not angle.x()):
            self._scroll.setValue(round(self._scroll.value() - angle.y() / _NOTCH * self._pitch))
        elif angle.x() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            notches = (angle.x() or angle.y()) / _NOTCH
            self._show_axis(axis.starting_at(axis.first_s - notches * _PAN * axis.visible_s))
        else:
            self._show_axis(axis.zoomed(time_s, factor=_ZOOM ** (angle.y() / _NOTCH)))
        self._hover()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the whole source again."""
        self._show_axis(TimeAxis(0, 1, self._duration_s))

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the mark at the pointer."""
        self._mouse = None
        self.hovered.emit(None, "", 0)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select the next or the previous lane; all other keys belong to the player."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        labels = list(self._rows)
        if step is None or not labels:
            event.ignore()
            return
        at = labels.index(self._selected) + step if self._selected in labels else min(step, 0)
        self.label_clicked.emit(labels[at % len(labels)])

    def _hover(self) -> None:
        """Report what is at the pointer."""
        time_s = None if self._mouse is None else self.axis.time_s(self._mouse.x())
        if self._mouse is None or time_s is None or self._mouse.x() < self._gutter:
            label = None if self._mouse is None else self._geometry.label_at(self._mouse)
            self.setToolTip("" if label is None or self._collapsed else f"Follow {display_name(label)}")
            self.hovered.emit(None, "", 0)
            return
        self.setToolTip("")
        text = "" if time_s <= self.known_s else NOT_ANALYSED_TEXT
        span = self._geometry.span_at(self._mouse)
        if span is not None and not self._collapsed:
            text = f"{display_name(span.label)}, {format_time(span.start_s)} to {format_time(span.end_s)}"
        elif not text:
            text = self.names_at(time_s)
        self.hovered.emit(time_s, text, round(self._mouse.x()))
