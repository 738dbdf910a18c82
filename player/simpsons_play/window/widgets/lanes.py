"""Who is on screen when: one lane per character, under the seek bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from simpsons_play.core.escaping import rich_text
from simpsons_play.core.names import display_name
from simpsons_play.core.timefmt import format_time
from simpsons_play.timelines.spans import Span
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.font_aware import FontAware
from simpsons_play.window.widgets.lane_geometry import LaneGeometry, lane_pitch
from simpsons_play.window.widgets.lane_painting import gutter_for, paint_bars, paint_name
from simpsons_play.window.widgets.time_axis import TimeAxis

_PADDING_PX = 3
_RESERVED_ROWS = 4
"""Lanes with room from the start, so that the picture does not shrink with each of the first characters."""

_MAX_GUTTER = 0.32
"""Maximum share of the width that names take."""

_END_TOLERANCE_S = 1.0
"""Files may end this much earlier than their duration says."""

_POINTER = QColor("#8a8a8a")


class Lanes(FontAware):
    """Names, and coloured spans of who is on screen when, filling up as the source is analysed.

    Lanes are in order of first appearance. They are as high as their names, and lower if there are many;
    below a legible height the names are hidden. Clicking a span seeks to its beginning, clicking elsewhere
    seeks to that time, and dragging scrubs.

    Attributes:
        seek_requested: Signal(float): The user wants to go to this time, in seconds.
        label_clicked: Signal(str): The user has clicked the name with this label.
    """

    seek_requested = Signal(float)
    label_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline: Timeline | None = None
        self._rows: dict[str, list[Span]] = {}
        self._position_s = 0.0
        self._duration_s: float | None = None
        self._video_end_s: float | None = None
        self._selected: str | None = None
        self._gutter, self._max_height = 0, 10_000
        self._mouse: QPointF | None = None
        self._pressed_x = 0.0
        self._bars: QPixmap | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("who is on screen when")
        self.hide()

    @property
    def known_s(self) -> float:
        """Time up to which the source is analysed, in seconds."""
        return self._timeline.known_s if self._timeline is not None else 0.0

    @property
    def rows(self) -> Mapping[str, Sequence[Span]]:
        """The spans of each lane, from top to bottom, by label."""
        return self._rows

    def show_timeline(self, timeline: Timeline | None) -> None:
        """Show a timeline; None hides the lanes."""
        if timeline == self._timeline:
            return
        self._timeline = timeline
        self._rows = timeline.by_label() if timeline is not None else {}
        self.setAccessibleDescription(", ".join(map(display_name, self._rows)))
        self.setVisible(timeline is not None)
        self._fit()

    def show_time(
        self, position_s: float, duration_s: float | None, *, video_end_s: float | None = None
    ) -> None:
        """Show the position, the duration, and the end of the video if the sound is longer; in seconds."""
        before = self._position_state()
        video_end_s = duration_s if video_end_s is None else video_end_s
        if (duration_s, video_end_s) != (self._duration_s, self._video_end_s):
            self._bars, self._duration_s, self._video_end_s = None, duration_s, video_end_s
        self._position_s = position_s
        if self._bars is None or self._position_state() != before:
            self.update()

    def show_selected(self, label: str | None) -> None:
        """Emphasise the lane of one character; None shows all alike."""
        if label != self._selected:
            self._selected = label
            self._repaint_bars()

    def set_max_height(self, height: int) -> None:
        """Limit the height, in pixels."""
        if height != self._max_height:
            self._max_height = height
            self._fit()

    def set_gutter(self, width: int) -> None:
        """Set the width of the gutter for names, left of the lanes, in pixels."""
        if width != self._gutter:
            self._gutter = width
            self._repaint_bars()

    def gutter_hint(self) -> int:
        """Width of the gutter that the names need, in pixels; 0 if they are hidden."""
        if not self._geometry.names_legible:
            return 0
        return min(int(self.width() * _MAX_GUTTER), gutter_for(self._rows, font=self.font()))

    def sizeHint(self) -> QSize:
        """As high as the lanes, with room for the first few before they appear."""
        reserved = min(self._max_height, (self.fontMetrics().height() + _PADDING_PX) * _RESERVED_ROWS)
        return QSize(240, round(max(reserved, self._pitch * len(self._rows))))

    def span_at(self, point: QPointF) -> Span | None:
        """The span at a point, or close to it."""
        return self._geometry.span_at(point)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Seek to the beginning of the span under the pointer, or to the time; or select the name."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        geometry = self._geometry
        self._pressed_x = event.position().x()
        label, span = geometry.label_at(event.position()), geometry.span_at(event.position())
        if self._pressed_x < self._gutter:
            if label is not None:
                self.label_clicked.emit(label)
        elif (time_s := geometry.axis.time_s(self._pressed_x)) is not None:
            self.seek_requested.emit(span.start_s if span is not None else time_s)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show a tooltip; scrub while the button is down."""
        self._mouse = event.position()
        inside = self._mouse.x() >= self._gutter
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        QToolTip.showText(event.globalPosition().toPoint(), rich_text(self._tooltip(self._mouse)), self)
        time_s = self._geometry.axis.time_s(self._mouse.x())
        dragged = abs(self._mouse.x() - self._pressed_x) >= QApplication.startDragDistance() / 2
        if time_s is not None and dragged and event.buttons() & Qt.MouseButton.LeftButton:
            self._pressed_x = -1e6  # from now on, every move counts
            if inside:
                self.seek_requested.emit(time_s)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Remove the mark at the pointer."""
        self._mouse = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Repaint everything at the new size."""
        self._repaint_bars()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lanes. The bars are cached, because the position changes with every frame."""
        painter, ratio, geometry = QPainter(self), self.devicePixelRatioF(), self._geometry
        if self._bars is None or self._bars.devicePixelRatioF() != ratio:
            self._bars = self._painted_bars(ratio)
        painter.drawPixmap(0, 0, self._bars)
        x, on_screen = self._position_state()
        for number, label in enumerate(self._rows if geometry.names_legible else ()):
            emphasised = label == self._selected or (label in on_screen and self._selected is None)
            colour = theme.label_colour(label, self._labels)
            row = geometry.name_rect(number)
            paint_name(painter, row, label, font=self.font(), colour=colour, emphasised=emphasised)
        if self._duration_s:
            if self._mouse is not None and self._mouse.x() >= self._gutter:
                painter.fillRect(QRectF(round(self._mouse.x()), 0, 1, geometry.bottom), _POINTER)
            painter.fillRect(QRectF(x - 1, 0, 2, geometry.bottom), theme.TEXT)
        painter.end()

    def _painted_bars(self, ratio: float) -> QPixmap:
        bars = QPixmap(self.size() * ratio)
        bars.setDevicePixelRatio(ratio)
        bars.fill(theme.BACKGROUND)
        painter = QPainter(bars)
        painter.setFont(self.font())
        known_x, labels = self._known_x, self._labels
        paint_bars(painter, self._geometry, labels=labels, known_x=known_x, selected=self._selected)
        painter.end()
        return bars

    def _position_state(self) -> tuple[int, frozenset[str]]:
        """All that depends on the position: the line, in pixels, and which names are emphasised."""
        geometry = self._geometry
        return round(geometry.axis.x(self._position_s)), geometry.labels_at(self._position_s)

    @property
    def _geometry(self) -> LaneGeometry:
        axis = TimeAxis(self._gutter, self.width() - self._gutter, self._duration_s)
        return LaneGeometry(axis, self._rows, self._pitch)

    @property
    def _labels(self) -> Sequence[str]:
        return self._timeline.labels if self._timeline is not None else ()

    @property
    def _known_x(self) -> float:
        """Up to where the source is analysed, in pixels."""
        complete = self._video_end_s is not None and self.known_s > self._video_end_s - _END_TOLERANCE_S
        return float(self.width()) if complete else self._geometry.axis.x(self.known_s)

    @property
    def _pitch(self) -> float:
        """Distance from lane to lane, in pixels."""
        preferred = self.fontMetrics().height() + _PADDING_PX
        return lane_pitch(len(self._rows), height=self._max_height, preferred=preferred)

    def _fit(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self._repaint_bars()

    def _repaint_bars(self) -> None:
        self._bars = None
        self.update()

    def _tooltip(self, point: QPointF) -> str:
        geometry = self._geometry
        label, span, time_s = (
            geometry.label_at(point),
            geometry.span_at(point),
            geometry.axis.time_s(point.x()),
        )
        if point.x() < self._gutter:
            return f"{display_name(label)}: click, then press n and p" if label is not None else ""
        if time_s is None or self._timeline is None:
            return ""
        text = "" if time_s <= self.known_s else "not analysed yet"
        if span is not None:
            text = f"{display_name(span.label)}, {format_time(span.start_s)} to {format_time(span.end_s)}"
        return f"{format_time(time_s)}  {text}".strip()
