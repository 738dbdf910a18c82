"""Shows who is on screen when: one lane per character."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QScrollBar, QSizePolicy, QWidget

from simpsons_play.core.names import counted, display_name
from simpsons_play.timelines.spans import Span
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.widgets import theme
from simpsons_play.window.widgets.font_aware import FontAware
from simpsons_play.window.widgets.lane_geometry import LaneGeometry
from simpsons_play.window.widgets.lane_painting import gutter_for, paint_bars, paint_name, paint_text
from simpsons_play.window.widgets.time_axis import TimeAxis

SCROLL_BAR_PX = 10
"""Width of the scroll bar; the seek bar ends where it begins."""

_PADDING_PX = 3
_MAX_ROWS = 8
"""Lanes that are visible at most; the others can be scrolled to."""

_MAX_GUTTER = 0.32
"""Maximum share of the width that names take."""

_END_TOLERANCE_S = 1.0
"""Files may end this much earlier than their duration says."""

_LEAD = 0.05
"""Where the position is on the axis after it has left the visible part, as a share of the width."""

_POINTER = QColor("#8a8a8a")


class LaneView(FontAware):
    """Names, and coloured spans of who is on screen when, filling up as the source is analysed.

    Lanes are in order of first appearance, or of screen time. The height does not depend on their number: if
    there are too many, they scroll. Collapsed, they are all in one line.

    Attributes:
        zoomed: Signal(tuple | None): The first and the last visible time, in seconds; None for all.
    """

    zoomed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline: Timeline | None = None
        self._rows: dict[str, list[Span]] = {}
        self._position_s = 0.0
        self._duration_s: float | None = None
        self._video_end_s: float | None = None
        self._visible: tuple[float, float] | None = None
        self._selected: str | None = None
        self._by_screen_time = self._collapsed = False
        self._gutter, self._max_height = 0, 10_000
        self._mouse: QPointF | None = None
        self._bars: QPixmap | None = None
        self._scroll = QScrollBar(Qt.Orientation.Vertical, self)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.valueChanged.connect(self._repaint_bars)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Timeline: who is on screen when")
        self.hide()

    @property
    def known_s(self) -> float:
        """Time up to which the source is analysed, in seconds."""
        return self._timeline.known_s if self._timeline is not None else 0.0

    @property
    def rows(self) -> Mapping[str, Sequence[Span]]:
        """The spans of each lane, from top to bottom, by label."""
        return self._rows

    @property
    def collapsed(self) -> bool:
        """Whether all lanes are in one line."""
        return self._collapsed

    @property
    def by_screen_time(self) -> bool:
        """Whether the lanes are sorted by screen time rather than by first appearance."""
        return self._by_screen_time

    @property
    def axis(self) -> TimeAxis:
        """The time axis, as far as it is visible."""
        width = self.width() - self._gutter - SCROLL_BAR_PX
        return TimeAxis(self._gutter, max(1, width), self._duration_s, self._visible)

    def show_timeline(self, timeline: Timeline | None) -> None:
        """Show a timeline; None hides the lanes."""
        if timeline == self._timeline:
            return
        self._timeline = timeline
        self.setVisible(timeline is not None)
        if timeline is None:
            self._show_axis(TimeAxis(0, 1, None))
        self._sort()

    def sort_by_screen_time(self, by_screen_time: bool) -> None:
        """Sort the lanes by screen time, longest first, or by first appearance."""
        self._by_screen_time = by_screen_time
        self._sort()

    def set_collapsed(self, collapsed: bool) -> None:
        """Put all lanes in one line, or below each other."""
        if collapsed != self._collapsed:
            self._collapsed = collapsed
            self._fit()

    def show_time(
        self, position_s: float, duration_s: float | None, *, video_end_s: float | None = None
    ) -> None:
        """Show the position, the duration, and the end of the video if the sound is longer; in seconds."""
        before = self._position_state()
        video_end_s = duration_s if video_end_s is None else video_end_s
        if (duration_s, video_end_s) != (self._duration_s, self._video_end_s):
            self._bars, self._duration_s, self._video_end_s = None, duration_s, video_end_s
            self._show_axis(TimeAxis(0, 1, duration_s))
        moved, self._position_s = position_s != self._position_s, position_s
        axis = self.axis
        if (
            moved
            and axis.visible is not None
            and self._mouse is None
            and not axis.shows(position_s, position_s)
        ):
            self._show_axis(axis.starting_at(position_s - _LEAD * axis.visible_s))
        if self._bars is None or self._position_state() != before:
            self.update()

    def show_selected(self, label: str | None) -> None:
        """Emphasise the lane of one character; None shows all alike."""
        if label != self._selected:
            self._selected = label
            self._describe()
            if label in self._rows and not self._collapsed:
                top = list(self._rows).index(label) * self._pitch
                lowest, highest = top + self._pitch - self.height(), top
                self._scroll.setValue(round(min(max(self._scroll.value(), lowest), highest)))
            self._repaint_bars()

    def set_max_height(self, height: int) -> None:
        """Limit the height, in pixels; there is always room for one lane."""
        if height != self._max_height:
            self._max_height = height
            self._fit()

    def set_gutter(self, width: int) -> None:
        """Set the width of the gutter for names, left of the lanes, in pixels."""
        if width != self._gutter:
            self._gutter = width
            self._repaint_bars()

    def gutter_hint(self) -> int:
        """Width of the gutter that the names need, in pixels."""
        return min(int(self.width() * _MAX_GUTTER), gutter_for(self._rows, font=self.font()))

    def sizeHint(self) -> QSize:
        """As high as the limit allows, in whole lanes."""
        rows = 1 if self._collapsed else min(max(1, self._max_height // self._pitch), _MAX_ROWS)
        return QSize(240, rows * self._pitch)

    def names_at(self, time_s: float) -> str:
        """The names on screen at a time, in seconds; empty if there are none."""
        return ", ".join(display_name(label) for label in sorted(self._geometry.labels_at(time_s)))

    def span_at(self, point: QPointF) -> Span | None:
        """The span at a point, or close to it."""
        return self._geometry.span_at(point)

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
        painter.setFont(self.font())
        if self._collapsed:
            count = len(self._rows)
            text = counted(count, "character") if count else ""
            place = QRectF(self._em / 3, 0, self._gutter - self._em, self.height())
            paint_text(painter, place, text, emphasised=False)
        for number, label in enumerate(() if self._collapsed else self._rows):
            row = geometry.name_rect(number)
            if row.bottom() > 0 and row.top() < self.height():
                emphasised = label == self._selected or (label in on_screen and self._selected is None)
                colour = theme.label_colour(label, self._labels)
                paint_name(painter, row, label, font=self.font(), colour=colour, emphasised=emphasised)
        if self._duration_s:
            if self._mouse is not None and self._mouse.x() >= self._gutter:
                painter.fillRect(QRectF(round(self._mouse.x()), 0, 1, self.height()), _POINTER)
            if geometry.axis.shows(self._position_s, self._position_s):
                painter.fillRect(QRectF(x - 1, 0, 2, self.height()), theme.TEXT)
        if self.hasFocus():
            painter.setPen(theme.ACCENT)
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _painted_bars(self, ratio: float) -> QPixmap:
        bars = QPixmap(self.size() * ratio)
        bars.setDevicePixelRatio(ratio)
        bars.fill(theme.BACKGROUND)
        painter = QPainter(bars)
        painter.setFont(self.font())
        paint_bars(
            painter,
            self._geometry,
            height=self.height(),
            labels=self._labels,
            known_x=self._known_x,
            selected=self._selected,
        )
        painter.end()
        return bars

    def _position_state(self) -> tuple[int, frozenset[str]]:
        """All that depends on the position: the line, in pixels, and which names are emphasised."""
        geometry = self._geometry
        return round(geometry.axis.x(self._position_s)), geometry.labels_at(self._position_s)

    @property
    def _geometry(self) -> LaneGeometry:
        if self._collapsed:
            return LaneGeometry(self.axis, self._rows, self._pitch / max(1, len(self._rows)))
        return LaneGeometry(self.axis, self._rows, self._pitch, self._scroll.value())

    @property
    def _labels(self) -> Sequence[str]:
        return self._timeline.labels if self._timeline is not None else ()

    @property
    def _known_x(self) -> float:
        """Up to where the source is analysed, in pixels."""
        axis = self.axis
        complete = self._video_end_s is not None and self.known_s > self._video_end_s - _END_TOLERANCE_S
        return axis.left + axis.width if complete else axis.x(self.known_s)

    @property
    def _em(self) -> int:
        return self.fontInfo().pixelSize()

    @property
    def _pitch(self) -> int:
        """Distance from lane to lane, in pixels."""
        return self.fontMetrics().height() + _PADDING_PX

    def _show_axis(self, axis: TimeAxis) -> None:
        if axis.visible != self._visible:
            self._visible = axis.visible
            self.zoomed.emit(self._visible)
            self._repaint_bars()

    def _sort(self) -> None:
        rows = self._timeline.by_label() if self._timeline is not None else {}
        if self._by_screen_time:
            seconds = {
                label: sum(span.end_s - span.start_s for span in spans) for label, spans in rows.items()
            }
            rows = dict(sorted(rows.items(), key=lambda row: -seconds[row[0]]))
        self._rows = rows
        self._describe()
        self._fit()

    def _describe(self) -> None:
        """Tell screen readers which character is selected, and which there are."""
        following = f"following {display_name(self._selected)}; " if self._selected is not None else ""
        self.setAccessibleDescription(following + ", ".join(map(display_name, self._rows)))

    def _fit(self) -> None:
        if self.height() != (height := self.sizeHint().height()):
            self.setFixedHeight(height)
        self._repaint_bars()

    def _repaint_bars(self) -> None:
        self._bars = None
        content = 0 if self._collapsed else self._pitch * len(self._rows)
        self._scroll.setGeometry(self.width() - SCROLL_BAR_PX, 0, SCROLL_BAR_PX, self.height())
        self._scroll.setRange(0, max(0, content - self.height()))
        self._scroll.setPageStep(self.height())
        self._scroll.setSingleStep(self._pitch)
        self._scroll.setVisible(content > self.height())
        self.update()
