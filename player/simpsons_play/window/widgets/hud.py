"""What the machine does, for those who measure: a box beside the picture, or in its corner."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from simpsons_play.core.frames import Frame
from simpsons_play.core.timefmt import format_time
from simpsons_play.core.timing import StageTime, StageTimes
from simpsons_play.window.playback.ports import Analysis
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.widgets.theme import PLATE, QUIET

_REFRESH_MS = 500
_RECENT_S = 5.0
_AGE = "age"
"""What the times of stages call it how old a live frame is when its names are known."""

_WORDS = {"classify": "network", "smooth": "steady names", "draw": "draw names", "show": "show picture"}
"""Stages as strangers call them, where that is another word."""


class Hud(QLabel):
    """Frames per second, ages, stages and provider, of the last seconds; hidden until it is asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(f"{PLATE} padding: 4px 8px;")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._shown: deque[tuple[float, float | None]] = deque()
        self._size = (0, 0)
        self._watched: tuple[Transport, Analysis, StageTimes, str] | None = None
        self._room = QRect()
        self._lines = self._table = ""
        self._refresh = QTimer(self, interval=_REFRESH_MS)
        self._refresh.timeout.connect(self._show)

    def watch(self, transport: Transport, analysis: Analysis, times: StageTimes, *, runs_on: str) -> None:
        """Measure from now on what this transport shows, with what this annotator knows.

        Args:
            transport: that gives the frames; the same each time.
            analysis: that knows who is on them.
            times: what the stages took.
            runs_on: a processor that the network runs on, in words.
        """
        if self._watched is None:
            transport.frame.connect(self._on_frame)
        self._watched = transport, analysis, times, runs_on
        self._shown.clear()

    def toggle(self) -> None:
        """Show it, or hide it; hidden, it costs nothing."""
        self.setVisible(self.isHidden())
        if self.isHidden():
            self._refresh.stop()
        else:
            self._show()
            self._refresh.start()

    def place(self, room: QRect) -> None:
        """Be in the upper right corner of this, and no larger; where there is no room, without the table."""
        self._room = room
        self._fit()

    def _on_frame(self, frame: Frame) -> None:
        now_s = time.monotonic()
        self._shown.append((now_s, None if frame.arrived_s is None else now_s - frame.arrived_s))
        self._size = frame.size_px
        self._forget(now_s)

    def _forget(self, now_s: float) -> None:
        while self._shown and self._shown[0][0] < now_s - _RECENT_S:
            self._shown.popleft()

    def _show(self) -> None:
        if self._watched is None:
            return
        transport, analysis, times, runs_on = self._watched
        self._forget(time.monotonic())
        feed, at_s = transport.feed, [moment_s for moment_s, _ in self._shown]
        lines = [transport.halt or f"{_rate(at_s):.1f} fps"]
        if not transport.halt and len(at_s) > 1:
            lines.append(f"a frame each {_spread(np.diff(at_s))}")
        lines.append(f"{self._size[0]} x {self._size[1]}, {feed.dropped if feed else 0:,} dropped")
        stages = times.recent()
        if ages := [age_s for _, age_s in self._shown if age_s is not None]:
            lines.append(f"frame age {_spread(ages)}")
        lines += [
            f"age of names p50 {s.p50_ms:.0f}, p95 {s.p95_ms:.0f} ms" for s in stages if s.stage == _AGE
        ]
        timeline = analysis.timeline()
        if timeline is not None:
            lines.append(f"names known up to {format_time(timeline.known_s)}")
        elif analysis.dropped:
            lines.append(f"{analysis.dropped:,} frames passed over by the network")
        lines.append(f"network on {runs_on}")
        self._lines = "<br>".join(map(escape, lines))
        self._table = _table(s for s in stages if s.stage != _AGE)
        self._fit()

    def _fit(self) -> None:
        for text in (self._lines + self._table, self._lines):
            self.setWordWrap(False)
            self.setText(text)
            size = self.sizeHint()
            if size.width() > self._room.width():
                self.setWordWrap(True)
                size = QSize(self._room.width(), self.heightForWidth(self._room.width()))
            if size.height() <= self._room.height():
                break
        self.setGeometry(self._room.right() + 1 - size.width(), self._room.top(), size.width(), size.height())


def _rate(at_s: Sequence[float]) -> float:
    return (len(at_s) - 1) / (at_s[-1] - at_s[0]) if len(at_s) > 1 and at_s[-1] > at_s[0] else 0.0


def _spread(seconds: npt.ArrayLike) -> str:
    p50, p95 = np.percentile(np.asarray(seconds) * 1000, (50, 95))
    return f"p50 {p50:.0f}, p95 {p95:.0f} ms"


def _table(stages: Iterable[StageTime]) -> str:
    cell = "<td align='right' style='padding-left:12px'>{}</td>"
    rows = "".join(
        f"<tr><td>{_WORDS.get(stage.stage, stage.stage)}</td>"
        f"{cell.format(f'{stage.p50_ms:.1f}')}{cell.format(f'{stage.p95_ms:.1f}')}</tr>"
        for stage in stages
    )
    if not rows:
        return ""
    quiet = f"<span style='color:{QUIET.name()}'>{{}}</span>"
    head = f"<tr><td>{quiet.format('ms per frame')}</td>"
    head += cell.format(quiet.format("p50")) + cell.format(quiet.format("p95")) + "</tr>"
    return f"<table cellspacing='0'>{head}{rows}</table>"
