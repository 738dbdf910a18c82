"""Draws how the time between results varies over a film, and how it is distributed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.render.drawing import Drawing, Label, Rectangle, Rule

Floats = npt.NDArray[np.float64]

_WIDTH, _TOP, _PANEL, _GAP, _BOTTOM = 1000, 40, 180, 64, 48
_LEFT, _OVER_TIME, _BETWEEN, _SPREAD = 76, 660, 28, 204
"""From left to right: labels of the axis, the course over time, a gap, the distribution."""

_SERIES, _GRID, _DUE = "#0072b2", "#dddddd", "#d55e00"
_COLUMN = 1.5
"""Width of a column, which shows the shortest and the longest interval of its frames and all between."""

_FLOOR_MS = 0.001
"""The scale is logarithmic; shorter intervals are drawn here."""

_BINS_PER_DECADE = 12


@dataclass(frozen=True, slots=True)
class LatencySeries:
    """The intervals of one configuration.

    Attributes:
        title: name of the configuration.
        subtitle: its percentiles, in words.
        times: (N,) time of each frame in seconds, or its number if the frames are pictures.
        intervals_ms: (N,) time from the result of the frame before to its own, in milliseconds; N is at least
            1.
        due_ms: time between two frames at playback speed; None for pictures.
    """

    title: str
    subtitle: str
    times: Floats
    intervals_ms: Floats
    due_ms: float | None


def latency_chart(title: str, series: Sequence[LatencySeries], *, unit: str) -> Drawing:
    """Draw the configurations one below the other, on the same scales; every interval is shown.

    Args:
        title: title of the chart.
        series: the configurations; at least one.
        unit: unit of their times, for the axis.
    """
    height = _TOP + len(series) * (_PANEL + _GAP) + _BOTTOM
    drawing = Drawing(_WIDTH, height, f"{title}: time between results")
    drawing.shapes.append(Label(_LEFT, 28, title, size=17, bold=True))
    scale = _Scale.of(series)
    for number, one in enumerate(series):
        drawing.shapes += _panel(one, scale, top=_TOP + _GAP + number * (_PANEL + _GAP))
    for tick in scale.time_ticks():
        drawing.shapes.append(Label(scale.x(tick), height - 28, f"{tick:g}", anchor="middle"))
    drawing.shapes.append(Label(_LEFT + _OVER_TIME / 2, height - 10, unit, anchor="middle"))
    return drawing


@dataclass(frozen=True, slots=True)
class _Scale:
    """The scales that all panels share: times from left to right, powers of ten of milliseconds upwards."""

    first: float
    last: float
    low: int
    high: int

    @classmethod
    def of(cls, series: Sequence[LatencySeries]) -> _Scale:
        shortest = max(_FLOOR_MS, min(one.intervals_ms.min() for one in series))
        longest = max(one.intervals_ms.max() for one in series)
        longest = max(longest, *(one.due_ms or 0 for one in series), shortest)
        low = math.floor(math.log10(shortest))
        return cls(
            float(min(one.times.min() for one in series)),
            float(max(one.times.max() for one in series)),
            low,
            max(low + 1, math.ceil(math.log10(longest))),
        )

    def x(self, time: float) -> float:
        return _LEFT + _OVER_TIME * (time - self.first) / max(self.last - self.first, 1e-9)

    def up(self, milliseconds: float) -> float:
        """Height above the bottom of the panel."""
        decades = math.log10(max(milliseconds, _FLOOR_MS)) - self.low
        return _PANEL * decades / (self.high - self.low)

    def time_ticks(self) -> Iterator[float]:
        """Multiples of 1, 2 or 5 times a power of ten, at most eleven."""
        magnitude = 10.0 ** math.floor(math.log10(max(self.last - self.first, 1e-3) / 10))
        step = next(magnitude * n for n in (1, 2, 5, 10, 20) if magnitude * n * 10 >= self.last - self.first)
        for number in range(math.ceil(self.first / step - 1e-9), math.floor(self.last / step + 1e-9) + 1):
            yield number * step


def _panel(one: LatencySeries, scale: _Scale, *, top: float) -> Iterator[Rectangle | Rule | Label]:
    bottom, spread = top + _PANEL, _LEFT + _OVER_TIME + _BETWEEN
    sides = ((_LEFT, _LEFT + _OVER_TIME), (spread, spread + _SPREAD))
    yield Label(_LEFT, top - 26, one.title, bold=True)
    yield Label(_LEFT, top - 8, one.subtitle)
    yield Label(spread, top - 8, "share of the frames")
    for power in range(scale.low, scale.high + 1):
        y = bottom - scale.up(10.0**power)
        for left, right in sides:
            yield Rule(left, y, right, y, _GRID)
        yield Label(_LEFT - 8, y + 4, f"{10.0**power:g} ms", anchor="end")
    for x, low_ms, high_ms in _columns(one, scale):
        up = scale.up(low_ms), scale.up(high_ms)
        yield Rectangle(x, bottom - up[1] - _COLUMN / 2, _COLUMN, up[1] - up[0] + _COLUMN, _SERIES)
    for low_ms, high_ms, share in _bins(one, scale):
        up = scale.up(low_ms), scale.up(high_ms)
        yield Rectangle(spread, bottom - up[1], _SPREAD * share, up[1] - up[0] - 1, _SERIES)
    if one.due_ms is not None:
        y = bottom - scale.up(one.due_ms)
        for left, right in sides:
            yield Rule(left, y, right, y, _DUE)
        yield Label(spread + _SPREAD, y - 4, f"playback: {one.due_ms:.3g} ms", anchor="end", size=12)


def _columns(one: LatencySeries, scale: _Scale) -> Iterator[tuple[float, float, float]]:
    """The shortest and the longest interval of each column that has any, with its left edge."""
    count = math.ceil(_OVER_TIME / _COLUMN)
    span = max(scale.last - scale.first, 1e-9)
    columns = np.clip(((one.times - scale.first) / span * count).astype(int), 0, count - 1)
    for column in np.unique(columns):
        here = one.intervals_ms[columns == column]
        yield _LEFT + column * _COLUMN, float(here.min()), float(here.max())


def _bins(one: LatencySeries, scale: _Scale) -> Iterator[tuple[float, float, float]]:
    """The bins of the histogram: their limits, and their count as a share of that of the fullest."""
    edges = np.logspace(scale.low, scale.high, (scale.high - scale.low) * _BINS_PER_DECADE + 1)
    counts, _ = np.histogram(np.clip(one.intervals_ms, edges[0], edges[-1]), edges)
    for low_ms, high_ms, count in zip(edges[:-1], edges[1:], counts, strict=True):
        if count:
            yield float(low_ms), float(high_ms), float(count / counts.max())
