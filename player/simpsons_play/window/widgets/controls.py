"""The strip under the picture: where we are, who is on screen when, and what is going on."""

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
from simpsons_play.window.widgets.theme import EDGE_PX, GROUND, QUIET, TEXT
from simpsons_play.window.widgets.threshold import ThresholdSlider

_STYLE = f"""
QWidget#controls {{ background: {GROUND.name()}; }}
QLabel {{ color: {QUIET.name()}; }}
QLabel#time {{ color: {TEXT.name()}; }}
"""


class ShortLabel(QLabel):
    """A label that cuts its text with dots where there is no room, rather than asking for more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

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
    """Time, seek bar, lanes of who is on screen when, one line of words, and the threshold.

    Attributes:
        sought: Signal(float): the time that was asked for, in seconds.
        picked: Signal(str): the label whose lane was chosen.
        threshold_asked: Signal(float): the probability that was asked for, 0-1.
        grown: Signal(int): it needs so many pixels more in height than before, or less where negative.
    """

    sought = Signal(float)
    picked = Signal(str)
    threshold_asked = Signal(float)
    grown = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("controls")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(_STYLE)
        self._bar, self._lanes, self._time = SeekBar(self), Lanes(self), QLabel(self)
        self._time.setObjectName("time")
        self._threshold = ThresholdSlider(self)
        self._threshold.changed.connect(self.threshold_asked)
        self._about, self._state = ShortLabel(self), ShortLabel(self)
        self._state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._bar.sought.connect(self.sought)
        self._lanes.sought.connect(self.sought)
        self._lanes.picked.connect(self.picked)
        upper, lower = QHBoxLayout(), QHBoxLayout()
        upper.setSpacing(0)
        upper.addWidget(self._time)
        upper.addWidget(self._bar, 1)
        lower.setSpacing(0)
        lower.addWidget(self._about, 1)
        lower.addWidget(self._state)
        lower.addWidget(self._threshold)
        self._all = QVBoxLayout(self)
        self._all.setContentsMargins(EDGE_PX, 4, EDGE_PX, 4)
        self._all.setSpacing(3)
        self._all.addLayout(upper)
        self._all.addWidget(self._lanes)
        self._all.addLayout(lower)

    def set_room(self, height: int) -> None:
        """Let the lanes be so high that all of it takes no more than this, in pixels."""
        margins = self._all.contentsMargins()
        around = margins.top() + margins.bottom() + 2 * self._all.spacing()
        words = max(self._about.sizeHint().height(), self._threshold.sizeHint().height())
        upper = max(self._time.sizeHint().height(), self._bar.height())
        self._lanes.set_room(max(0, height - around - words - upper))
        self._all.activate()  # or else the hint is that of other letters
        self._align()

    def show_time(
        self, position_s: float, duration_s: float | None, *, pictures_s: float | None = None
    ) -> None:
        """Show how far we are, of how much, and when the pictures end where sound goes on; in seconds."""
        self._bar.show_time(position_s, duration_s)
        self._lanes.show_time(position_s, duration_s, pictures_s=pictures_s)
        here, end = format_time(position_s), format_time(duration_s) if duration_s else ""
        if (words := f"{here} / {end}" if end else here) != self._time.text():
            self._time.setText(words)
            self._align()

    def show_timeline(self, timeline: Timeline | None) -> None:
        """Show who is on screen when, as far as it is known; None takes the lanes away."""
        before = self.sizeHint().height()
        self._lanes.show_timeline(timeline)
        self._all.activate()
        self._align()
        if (more := self.sizeHint().height() - before) != 0:
            self.grown.emit(more)

    def show_chosen(self, label: str | None) -> None:
        """Show whose appearances are looked for; None for everybody's."""
        self._lanes.show_chosen(label)

    def show_threshold(self, threshold: float) -> None:
        """Show from which probability on somebody is named; 0-1."""
        self._threshold.show_threshold(threshold)

    def show_words(
        self, name: str, state: str, *, note: str = "", network: NetworkInfo | None = None
    ) -> None:
        """Show what plays (left, cut where there is no room) and what goes on (right).

        Args:
            name: what plays.
            state: what goes on.
            note: what the user should know of it: what is before a colon, the rest where the mouse rests.
            network: that is asked; where the mouse rests.
        """
        note = one_line(note)
        self._about.setText(" · ".join(words for words in (name, note.partition(":")[0]) if words))
        asked = () if network is None else (f"network on {network.runs_on}", network.note)
        self._about.setToolTip(rich_text("\n".join(words for words in (name, note, *asked) if words)))
        self._state.setText(state)

    def words(self) -> tuple[str, str]:
        """What is shown left and right."""
        return self._about.text(), self._state.text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names take no more than their share of the width."""
        self._align()

    def changeEvent(self, event: QEvent) -> None:
        """Other letters need other room."""
        if event.type() == QEvent.Type.FontChange:
            # Where there are style sheets, letters are not handed down by themselves.
            for child in self.findChildren(QWidget):
                child.setFont(self.font())
            self._align()

    def _align(self) -> None:
        """Let the seek bar begin where the lanes do: time and names share the gutter left of them."""
        time = self._time.fontMetrics().horizontalAdvance(self._time.text()) + EDGE_PX
        gutter = max(time, self._lanes.gutter_hint() if not self._lanes.isHidden() else 0)
        self._time.setFixedWidth(gutter)
        self._lanes.set_gutter(gutter)
