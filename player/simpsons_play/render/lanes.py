"""Timelines of HTML pages: lanes with bars above a time axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_PX_PER_S, _MIN_WIDTH_PX, _MAX_WIDTH_PX, _TICK_PX = 2.0, 640, 30_000, 60
_PRINTED_PX = 480
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
"""Intervals between the labels of a time axis, in seconds; the script of the page uses them, too."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in a lane of a timeline.

    Attributes:
        start_s: start time in seconds.
        end_s: end time in seconds.
        tooltip: text that is shown when the pointer is over the bar, and read aloud by screen readers.
        anchor: anchor of the picture that a click jumps to.
    """

    start_s: float
    end_s: float
    tooltip: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of a timeline.

    Attributes:
        name: name beside it, or above it on narrow pages.
        colour: CSS colour of its bars.
        bars: bars in order of their times.
        summary: text alternative, such as its number of bars.
        anchor: anchor of the section that the name links to; empty for none.
    """

    name: str
    colour: str
    bars: Sequence[Bar]
    summary: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Lanes:
    """A timeline: lanes above a time axis.

    With JavaScript it fits the page at first and can be enlarged. Without, it scrolls if it is long.

    Attributes:
        lanes: lanes from top to bottom.
        start_s: start of the time axis in seconds.
        end_s: end of the time axis in seconds.
        caption: one sentence about the content.
    """

    lanes: Sequence[Lane]
    start_s: float
    end_s: float
    caption: str

    @property
    def seconds(self) -> float:
        """Length of the time axis."""
        return max(self.end_s - self.start_s, 1e-3)

    @property
    def width_px(self) -> int:
        """Minimum width at which one second is visible."""
        return min(max(round(self.seconds * _PX_PER_S), _MIN_WIDTH_PX), _MAX_WIDTH_PX)

    def percent(self, time_s: float) -> float:
        """Position of a time on the axis, in percent of its width."""
        return 100 * (time_s - self.start_s) / self.seconds

    def ticks(self) -> Iterator[float]:
        """Times of the labels below the axis, in seconds, far enough apart to be readable."""
        return self._ticks(self.width_px)

    def printed_ticks(self) -> Iterator[float]:
        """Times of the labels in print, where the whole axis is as wide as the paper."""
        return self._ticks(_PRINTED_PX)

    def _ticks(self, width_px: int) -> Iterator[float]:
        min_step_s = self.seconds * _TICK_PX / width_px
        step_s = next((step for step in STEPS_S if step >= min_step_s), STEPS_S[-1])
        tick_s = -(-self.start_s // step_s) * step_s
        while tick_s <= self.end_s - min_step_s:
            yield tick_s
            tick_s += step_s
