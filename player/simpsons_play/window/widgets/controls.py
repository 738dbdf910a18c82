"""The controls under the picture: position, lanes, buttons, status and threshold."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from simpsons_play.core.escaping import one_line, rich_text
from simpsons_play.core.timefmt import format_time
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.playback.ports import NetworkInfo
from simpsons_play.window.widgets.icon_button import IconButton
from simpsons_play.window.widgets.keys import binding_of
from simpsons_play.window.widgets.lane_view import SCROLL_BAR_PX
from simpsons_play.window.widgets.lanes import Lanes
from simpsons_play.window.widgets.seek_bar import SeekBar
from simpsons_play.window.widgets.theme import BACKGROUND, EDGE_PX, MUTED, TEXT
from simpsons_play.window.widgets.threshold import ThresholdSlider
from simpsons_play.window.widgets.transport_bar import TransportBar

_STYLE = f"""
QWidget#controls {{ background: {BACKGROUND.name()}; }}
QLabel {{ color: {MUTED.name()}; }}
QLabel#time {{ color: {TEXT.name()}; }}
"""


_MAX_LANES = 0.2
"""Maximum share of the window's height for the lanes."""

_MIN_WINDOW_HEIGHT, _MIN_LABEL_WIDTH, _MIN_SLIDER_WIDTH, _MIN_THRESHOLD_WIDTH = 34, 40, 46, 30
"""Height of the window, in em, below which the lanes are collapsed; and its widths, in em, below which some
things are left out: the name of the source, which is in the title of the window; the volume slider and the
word before the threshold; and the threshold."""


class ElidedLabel(QLabel):
    """A label that shortens its text in the middle instead of growing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, elided to the width."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())
        painter.drawText(self.rect(), self.alignment(), text)
        painter.end()


class Controls(QWidget):
    """Time, seek bar, lanes, buttons, status line and threshold.

    Attributes:
        transport: The buttons.
        lanes: Who is on screen when.
        seek_requested: Signal(float): The user wants to go to this time, in seconds.
        label_clicked: Signal(str): The user has clicked the name of the lane with this label.
        threshold_requested: Signal(float): The user wants this threshold, 0-1.
        hovered: Signal(float | None, str, QPoint): The pointer is over this time, in seconds, with a
            description; where, in pixels of this widget. None if it has left.
        height_changed: Signal(int): The height needed has grown by this many pixels; shrunk if negative.
    """

    seek_requested = Signal(float)
    label_clicked = Signal(str)
    threshold_requested = Signal(float)
    hovered = Signal(object, str, QPoint)
    height_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("controls")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(_STYLE)
        self._bar, self.lanes, self._time = SeekBar(self), Lanes(self), QLabel(self)
        self._time.setObjectName("time")
        self.transport = TransportBar(self)
        self._fold = IconButton("expanded", "Timeline", self)
        self._fold.clicked.connect(lambda: self.transport.triggered.emit(binding_of("toggle_lanes")))
        self._fold.hide()
        self._lanes_wanted: bool | None = None  # expanded if there is room
        self._threshold = ThresholdSlider(self)
        self._threshold.changed.connect(self.threshold_requested)
        self._source, self._state = ElidedLabel(self), ElidedLabel(self)
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for bar in (self._bar, self.lanes):
            bar.seek_requested.connect(self.seek_requested)
            bar.hovered.connect(lambda time_s, text, x, bar=bar: self._on_hovered(bar, time_s, text, x))
        self.lanes.label_clicked.connect(self.label_clicked)
        self.lanes.toggle_requested.connect(self._fold.click)
        self.lanes.zoomed.connect(self._bar.show_visible)
        top_row, bottom_row = QHBoxLayout(), QHBoxLayout()
        top_row.setSpacing(0)
        top_row.addWidget(self._fold)
        top_row.addWidget(self._time)
        top_row.addWidget(self._bar, 1)
        top_row.addSpacing(SCROLL_BAR_PX)
        bottom_row.setSpacing(EDGE_PX // 2)
        bottom_row.addWidget(self.transport.left)
        bottom_row.addWidget(self._source, 1)
        bottom_row.addWidget(self._state)
        bottom_row.addWidget(self._threshold)
        bottom_row.addWidget(self.transport.right)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(EDGE_PX, 4, EDGE_PX, 4)
        self._rows.setSpacing(3)
        self._rows.addLayout(top_row)
        self._rows.addWidget(self.lanes)
        self._rows.addLayout(bottom_row)
        parts = (
            self._fold,
            self._bar,
            self.lanes,
            self.transport.left,
            self._threshold,
            self.transport.right,
        )
        stops = [stop for part in parts for stop in (part, *part.findChildren(QWidget)) if _takes_focus(stop)]
        for first, second in pairwise(stops):
            QWidget.setTabOrder(first, second)

    @property
    def lanes_expanded(self) -> bool:
        """Whether the lanes are below each other, rather than in one line."""
        return not self.lanes.collapsed

    @property
    def by_screen_time(self) -> bool:
        """Whether the lanes are sorted by screen time rather than by first appearance."""
        return self.lanes.by_screen_time

    def toggle_lanes(self) -> None:
        """Put all lanes in one line, or below each other."""
        self._lanes_wanted = self.lanes.collapsed

    def toggle_lane_order(self) -> None:
        """Sort the lanes by screen time, or by first appearance."""
        self.lanes.sort_by_screen_time(not self.lanes.by_screen_time)

    def fit(self, window: QSize) -> None:
        """Fit to the size of the window, in pixels: in small windows, the lanes are in one line."""
        em = self.fontInfo().pixelSize()
        self.lanes.set_max_height(round(window.height() * _MAX_LANES))
        has_room = window.height() >= _MIN_WINDOW_HEIGHT * em
        collapsed = not (has_room if self._lanes_wanted is None else self._lanes_wanted)
        self.lanes.set_collapsed(collapsed)
        self._fold.describe(
            "collapsed" if collapsed else "expanded",
            name := "Expand the timeline" if collapsed else "Collapse the timeline",
            f"{name} (y)",
        )
        self._source.setVisible(window.width() >= _MIN_LABEL_WIDTH * em)
        self._threshold.setVisible(window.width() >= _MIN_THRESHOLD_WIDTH * em)
        compact = window.width() < _MIN_SLIDER_WIDTH * em
        self._threshold.set_compact(compact)
        self.transport.set_compact(compact)
        self._rows.activate()  # otherwise the size hint is that of the previous font
        self._align()

    def show_time(
        self,
        position_s: float,
        duration_s: float | None,
        *,
        video_end_s: float | None = None,
        text: str = "",
    ) -> None:
        """Show the position, the duration, and the end of the video if the sound is longer; in seconds.

        With `text`, show that instead of the times.
        """
        self._bar.show_time(position_s, duration_s)
        self.lanes.show_time(position_s, duration_s, video_end_s=video_end_s)
        if not text:
            text = format_time(position_s) + (f" / {format_time(duration_s)}" if duration_s else "")
        if text != self._time.text():
            self._time.setText(text)
            self._align()

    def show_timeline(self, timeline: Timeline | None) -> None:
        """Show a timeline in the lanes; None hides them."""
        before = self.sizeHint().height()
        self.lanes.show_timeline(timeline)
        self._fold.setVisible(timeline is not None)
        self._rows.activate()
        self._align()
        if (more := self.sizeHint().height() - before) != 0:
            self.height_changed.emit(more)

    def show_selected(self, label: str | None) -> None:
        """Emphasise the lane of one character; None shows all alike."""
        self.lanes.show_selected(label)

    def show_threshold(self, threshold: float) -> None:
        """Show the threshold, 0-1."""
        self._threshold.show_threshold(threshold)

    def show_status(
        self, name: str, state: str, *, note: str = "", network: NetworkInfo | None = None
    ) -> None:
        """Show the source (left) and the state (right) in the status line.

        Args:
            name: Name of the source.
            state: State of the player, or a message.
            note: Note about the source; the part after a colon is shown only in the tooltip.
            network: The network, described in the tooltip.
        """
        note = one_line(note)
        self._source.setText(" · ".join(part for part in (name, note.partition(":")[0]) if part))
        details = () if network is None else (f"Models run on {network.runs_on}", network.note)
        lines = [line for line in (name, note, *details) if line]
        self._source.setToolTip(rich_text("\n".join(lines)))
        self._source.setAccessibleDescription(", ".join(lines[1:]))
        self._state.setText(state)

    def status_text(self) -> tuple[str, str]:
        """The left and right text of the status line."""
        return self._source.text(), self._state.text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt the gutter to the width."""
        self._align()

    def changeEvent(self, event: QEvent) -> None:
        """Pass a new font on to all children."""
        if event.type() == QEvent.Type.FontChange:
            # Qt does not propagate fonts to children with style sheets.
            for child in self.findChildren(QWidget):
                child.setFont(self.font())
            self.transport.fit(self.fontInfo().pixelSize())
            self._align()

    def _align(self) -> None:
        """Align the seek bar with the lanes: time and names share the gutter to their left."""
        fold = 0 if self._fold.isHidden() else self._fold.sizeHint().width()
        time = self._time.fontMetrics().horizontalAdvance(self._time.text()) + EDGE_PX
        gutter = max(fold + time, 0 if self.lanes.isHidden() else self.lanes.gutter_hint())
        self._time.setFixedWidth(gutter - fold)
        self.lanes.set_gutter(gutter)

    def _on_hovered(self, bar: QWidget, time_s: float | None, text: str, x: int) -> None:
        at = QPoint(bar.mapTo(self, QPoint(x, 0)).x(), 0)
        if bar is self._bar and time_s is not None:
            text = self.lanes.names_at(time_s)
        self.hovered.emit(time_s, text, at)


def _takes_focus(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
