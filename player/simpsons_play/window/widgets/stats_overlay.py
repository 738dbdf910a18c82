"""Playback statistics: a box below the cast panel, or in a corner of the picture."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from simpsons_play.core.frames import Frame
from simpsons_play.core.timefmt import format_time
from simpsons_play.core.timing import StageTime, StageTimes
from simpsons_play.window.playback.ports import Analysis
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.widgets.theme import MUTED, OVERLAY_STYLE
from simpsons_play.window.widgets.wrapping import wrapped_size

_REFRESH_MS = 500
_RECENT_S = 5.0
_AGE = "age"
"""The stage under which `StageTimes` holds the age of a live frame when its names are known."""

_STAGE_NAMES = {"classify": "models", "smooth": "smooth names", "draw": "draw names", "show": "show picture"}
"""Clearer names for some stages."""


class StatsOverlay(QLabel):
    """Frame rate, frame ages, stage times and processor, over the last seconds; hidden at first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(f"{OVERLAY_STYLE} padding: 4px 8px;")
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._shown: deque[tuple[float, float | None]] = deque()  # when, and the age of the frame; in seconds
        self._size = (0, 0)
        self._watched: tuple[Transport, Analysis, StageTimes, str] | None = None
        self._area = QRect()
        self._lines = self._table = ""
        self._refresh_timer = QTimer(self, interval=_REFRESH_MS)
        self._refresh_timer.timeout.connect(self._refresh)

    def watch(self, transport: Transport, analysis: Analysis, times: StageTimes, *, runs_on: str) -> None:
        """Show the statistics of a source from now on.

        Args:
            transport: Emits the frames; the same object each time.
            analysis: Analyses them.
            times: Times of the stages.
            runs_on: Description of the processor that the network runs on.
        """
        if self._watched is None:
            transport.frame.connect(self._on_frame)
        self._watched = transport, analysis, times, runs_on
        self._shown.clear()

    def toggle(self) -> None:
        """Show or hide it; while hidden, it is not refreshed."""
        self.setVisible(self.isHidden())
        if self.isHidden():
            self._refresh_timer.stop()
        else:
            self._refresh()
            self._refresh_timer.start()

    def place(self, area: QRect) -> None:
        """Move to the upper right corner of an area and stay within it, without the table if need be."""
        self._area = area
        self._fit()

    def _on_frame(self, frame: Frame) -> None:
        now_s = time.monotonic()
        self._shown.append((now_s, None if frame.arrived_s is None else now_s - frame.arrived_s))
        self._size = frame.size_px
        self._drop_old(now_s)

    def _drop_old(self, now_s: float) -> None:
        while self._shown and self._shown[0][0] < now_s - _RECENT_S:
            self._shown.popleft()

    def _refresh(self) -> None:
        if self._watched is None:
            return
        transport, analysis, times, runs_on = self._watched
        self._drop_old(time.monotonic())
        playback, shown_at_s = transport.playback, [at_s for at_s, _ in self._shown]
        lines = [transport.stopped_state or f"{_rate(shown_at_s):.1f} fps"]
        if not transport.stopped_state and len(shown_at_s) > 1:
            lines.append(f"frame interval {_percentiles(np.diff(shown_at_s))}")
        lines.append(f"{self._size[0]} x {self._size[1]}, {playback.dropped if playback else 0:,} dropped")
        stages = times.recent()
        if ages := [age_s for _, age_s in self._shown if age_s is not None]:
            lines.append(f"frame age {_percentiles(ages)}")
        lines += [f"name age p50 {s.p50_ms:.0f}, p95 {s.p95_ms:.0f} ms" for s in stages if s.stage == _AGE]
        timeline = analysis.timeline()
        if timeline is not None:
            lines.append(f"analysed up to {format_time(timeline.known_s)}")
        elif analysis.dropped:
            lines.append(f"{analysis.dropped:,} frames skipped by the models")
        lines.append(f"models on {runs_on}")
        self._lines = "<br>".join(map(escape, lines))
        self._table = _table(s for s in stages if s.stage != _AGE)
        self._fit()

    def _fit(self) -> None:
        area = self._area
        for text in (self._lines + self._table, self._lines):
            self.setText(text)
            size = wrapped_size(self, area.width())
            if size.height() <= area.height():
                break
        self.setGeometry(area.right() + 1 - size.width(), area.top(), size.width(), size.height())


def _rate(at_s: Sequence[float]) -> float:
    """Events per second."""
    return (len(at_s) - 1) / (at_s[-1] - at_s[0]) if len(at_s) > 1 and at_s[-1] > at_s[0] else 0.0


def _percentiles(seconds: npt.ArrayLike) -> str:
    p50, p95 = np.percentile(np.asarray(seconds) * 1000, (50, 95))
    return f"p50 {p50:.0f}, p95 {p95:.0f} ms"


def _table(stages: Iterable[StageTime]) -> str:
    cell = "<td align='right' style='padding-left:12px'>{}</td>"
    rows = "".join(
        f"<tr><td>{_STAGE_NAMES.get(stage.stage, stage.stage)}</td>"
        f"{cell.format(f'{stage.p50_ms:.1f}')}{cell.format(f'{stage.p95_ms:.1f}')}</tr>"
        for stage in stages
    )
    if not rows:
        return ""
    muted = f"<span style='color:{MUTED.name()}'>{{}}</span>"
    head = f"<tr><td>{muted.format('ms per frame')}</td>"
    head += cell.format(muted.format("p50")) + cell.format(muted.format("p95")) + "</tr>"
    return f"<table cellspacing='0'>{head}{rows}</table>"
