"""The controls under the picture: position, lanes, status line and threshold."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from simpsons_play.core.escaping import one_line, rich_text
from simpsons_play.core.timefmt import format_time
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.window.playback.ports import NetworkInfo
from simpsons_play.window.widgets.lanes import Lanes
from simpsons_play.window.widgets.seek_bar import SeekBar
from simpsons_play.window.widgets.theme import BACKGROUND, EDGE_PX, MUTED, TEXT
from simpsons_play.window.widgets.threshold import ThresholdSlider

_STYLE = f"""
QWidget#controls {{ background: {BACKGROUND.name()}; }}
QLabel {{ color: {MUTED.name()}; }}
QLabel#time {{ color: {TEXT.name()}; }}
"""


class ElidedLabel(QLabel):
    """A label that elides its text instead of growing."""

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
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), self.alignment(), text)
        painter.end()


class Controls(QWidget):
    """Time, seek bar, lanes, status line and threshold.

    Attributes:
        seek_requested: Signal(float): The user wants to go to this time, in seconds.
        label_clicked: Signal(str): The user has clicked the name of the lane with this label.
        threshold_requested: Signal(float): The user wants this threshold, 0-1.
        height_changed: Signal(int): The height needed has grown by this many pixels; shrunk if negative.
    """

    seek_requested = Signal(float)
    label_clicked = Signal(str)
    threshold_requested = Signal(float)
    height_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("controls")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(_STYLE)
        self._bar, self._lanes, self._time = SeekBar(self), Lanes(self), QLabel(self)
        self._time.setObjectName("time")
        self._threshold = ThresholdSlider(self)
        self._threshold.changed.connect(self.threshold_requested)
        self._source, self._state = ElidedLabel(self), ElidedLabel(self)
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar.seek_requested.connect(self.seek_requested)
        self._lanes.seek_requested.connect(self.seek_requested)
        self._lanes.label_clicked.connect(self.label_clicked)
        top_row, bottom_row = QHBoxLayout(), QHBoxLayout()
        top_row.setSpacing(0)
        top_row.addWidget(self._time)
        top_row.addWidget(self._bar, 1)
        bottom_row.setSpacing(0)
        bottom_row.addWidget(self._source, 1)
        bottom_row.addWidget(self._state)
        bottom_row.addWidget(self._threshold)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(EDGE_PX, 4, EDGE_PX, 4)
        self._rows.setSpacing(3)
        self._rows.addLayout(top_row)
        self._rows.addWidget(self._lanes)
        self._rows.addLayout(bottom_row)

    def set_max_height(self, height: int) -> None:
        """Limit the total height, in pixels, by limiting that of the lanes."""
        margins = self._rows.contentsMargins()
        spacing = margins.top() + margins.bottom() + 2 * self._rows.spacing()
        status = max(self._source.sizeHint().height(), self._threshold.sizeHint().height())
        top_row_height = max(self._time.sizeHint().height(), self._bar.height())
        self._lanes.set_max_height(max(0, height - spacing - status - top_row_height))
        self._rows.activate()  # otherwise the size hint is that of the previous font
        self._align()

    def show_time(
        self, position_s: float, duration_s: float | None, *, video_end_s: float | None = None
    ) -> None:
        """Show the position, the duration, and the end of the video if the sound is longer; in seconds."""
        self._bar.show_time(position_s, duration_s)
        self._lanes.show_time(position_s, duration_s, video_end_s=video_end_s)
        text = format_time(position_s)
        if duration_s:
            text = f"{text} / {format_time(duration_s)}"
        if text != self._time.text():
            self._time.setText(text)
            self._align()

    def show_timeline(self, timeline: Timeline | None) -> None:
        """Show a timeline in the lanes; None hides them."""
        before = self.sizeHint().height()
        self._lanes.show_timeline(timeline)
        self._rows.activate()
        self._align()
        if (more := self.sizeHint().height() - before) != 0:
            self.height_changed.emit(more)

    def show_selected(self, label: str | None) -> None:
        """Emphasise the lane of one character; None shows all alike."""
        self._lanes.show_selected(label)

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
        details = () if network is None else (f"network on {network.runs_on}", network.note)
        self._source.setToolTip(rich_text("\n".join(line for line in (name, note, *details) if line)))
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
            self._align()

    def _align(self) -> None:
        """Align the seek bar with the lanes: time and names share the gutter to their left."""
        time = self._time.fontMetrics().horizontalAdvance(self._time.text()) + EDGE_PX
        gutter = max(time, self._lanes.gutter_hint() if not self._lanes.isHidden() else 0)
        self._time.setFixedWidth(gutter)
        self._lanes.set_gutter(gutter)
