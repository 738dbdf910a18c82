"""What the machine does, for those who measure: a box in the corner of the picture."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from simpsons_play.bench import StageTime, StageTimes
from simpsons_play.clock import clock
from simpsons_play.types import Frame
from simpsons_play.window.ports import Annotator
from simpsons_play.window.transport import Transport

_REFRESH_MS = 500
_RECENT_S = 5.0
_STYLE = (
    "background: rgba(16, 16, 16, 200); color: #e0e0e0; border: 1px solid #3a3a3a; border-radius: 6px;"
    " padding: 8px 12px; font-size: 12px;"
)


class Hud(QLabel):
    """Frames per second, ages, stages and provider, of the last seconds; hidden until it is asked for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(_STYLE)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._shown: deque[tuple[float, float | None]] = deque()
        self._size = (0, 0)
        self._watched: tuple[Transport, Annotator, StageTimes, str] | None = None
        self._refresh = QTimer(self, interval=_REFRESH_MS)
        self._refresh.timeout.connect(self._show)

    def watch(self, transport: Transport, annotator: Annotator, times: StageTimes, *, provider: str) -> None:
        """Measure from now on what this transport shows, with what this annotator knows.

        Args:
            transport: that gives the frames; the same each time.
            annotator: that knows who is on them.
            times: what the stages took.
            provider: what the network runs on, in words.
        """
        if self._watched is None:
            transport.frame.connect(self._on_frame)
        self._watched = transport, annotator, times, provider
        self._shown.clear()

    def toggle(self) -> None:
        """Show it, or hide it; hidden, it costs nothing."""
        self.setVisible(self.isHidden())
        if self.isHidden():
            self._refresh.stop()
        else:
            self._show()
            self._refresh.start()

    def _on_frame(self, frame: Frame) -> None:
        now_s = time.monotonic()
        self._shown.append((now_s, None if frame.arrived_s is None else now_s - frame.arrived_s))
        self._size = (frame.image.shape[1], frame.image.shape[0])
        self._forget(now_s)

    def _forget(self, now_s: float) -> None:
        while self._shown and self._shown[0][0] < now_s - _RECENT_S:
            self._shown.popleft()

    def _show(self) -> None:
        if self._watched is None:
            return
        transport, annotator, times, provider = self._watched
        now_s = time.monotonic()
        self._forget(now_s)
        dropped = transport.feed.dropped if transport.feed is not None else 0
        at_s = [moment_s for moment_s, _ in self._shown]
        lines = [
            f"{_rate(at_s):.1f} fps shown, {dropped:,} dropped, {self._size[0]}x{self._size[1]}",
            *([f"a frame each {_spread(np.diff(at_s))}"] if len(at_s) > 1 else ()),
        ]
        if ages := [age_s for _, age_s in self._shown if age_s is not None]:
            lines.append(f"frame age {_spread(ages)}")
        timeline = annotator.timeline()
        if timeline is not None:
            lines.append(f"names known to {clock(timeline.known_s)}")
        elif annotator.dropped:
            lines.append(f"{annotator.dropped:,} frames passed over by the network")
        lines.append(provider.partition(" (")[0])  # why it is not a faster one is said below the picture
        self.setText("<br>".join(map(escape, lines)) + _table(times.recent()))
        self.adjustSize()


def _rate(at_s: Sequence[float]) -> float:
    return (len(at_s) - 1) / (at_s[-1] - at_s[0]) if len(at_s) > 1 and at_s[-1] > at_s[0] else 0.0


def _spread(seconds: npt.ArrayLike) -> str:
    p50, p95 = np.percentile(np.asarray(seconds) * 1000, (50, 95))
    return f"{p50:.0f} ms, p95 {p95:.0f} ms"


def _table(stages: Sequence[StageTime]) -> str:
    if not stages:
        return ""
    cell = "<td align='right' style='padding-left:14px'>{}</td>"
    head = "<tr><td>ms</td>" + cell.format("p50") + cell.format("p95") + "</tr>"
    rows = "".join(
        f"<tr><td>{stage.stage}</td>{cell.format(f'{stage.p50_ms:.1f}')}{cell.format(f'{stage.p95_ms:.1f}')}</tr>"
        for stage in stages
    )
    return f"<table cellspacing='0'>{head}{rows}</table>"
