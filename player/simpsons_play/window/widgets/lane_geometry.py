"""Where lanes, their names and their spans are. Does not depend on widgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from simpsons_play.timelines.spans import Span
from simpsons_play.window.widgets.time_axis import TimeAxis

_MIN_SPAN_PX = 2.0
"""Width at which even the shortest span is visible."""

_HIT_MARGIN_PX = 2.0
"""How close to a span the pointer must be."""


_MIN_NAMED_PX, _MIN_LANE_PX = 9, 3.0
"""Lane heights below which names are illegible, and below which the lane itself is invisible."""


def lane_pitch(lanes: int, *, height: int, preferred: int) -> float:
    """Distance from lane to lane, in pixels; whole pixels if names are legible.

    Args:
        lanes: Number of lanes.
        height: Maximum height of all lanes, in pixels.
        preferred: Preferred pitch, in pixels.
    """
    fits = height / max(1, lanes)
    return max(_MIN_LANE_PX, min(preferred, int(fits) if fits >= _MIN_NAMED_PX else fits))


@dataclass(frozen=True, slots=True)
class LaneGeometry:
    """Lanes below each other, with their names to the left of the time axis.

    Attributes:
        axis: The time axis of all lanes.
        rows: The spans of each lane, from top to bottom, by label.
        pitch: Distance from lane to lane, in pixels.
    """

    axis: TimeAxis
    rows: Mapping[str, Sequence[Span]]
    pitch: float

    @property
    def names_legible(self) -> bool:
        """Whether the lanes are high enough for names."""
        return self.pitch >= _MIN_NAMED_PX

    @property
    def bottom(self) -> float:
        """Bottom of the last lane, in pixels; there is always room for one."""
        return self.pitch * max(1, len(self.rows))

    def name_rect(self, number: int) -> QRectF:
        """Where the name of a lane is."""
        return QRectF(0, number * self.pitch, self.axis.left, self.pitch)

    def bar(self, span: Span, *, top: float, height: float) -> QRectF:
        """Where a span is."""
        left = self.axis.x(span.start_s)
        return QRectF(left, top, max(_MIN_SPAN_PX, self.axis.x(span.end_s) - left), height)

    def label_at(self, point: QPointF) -> str | None:
        """The label of the lane at a point."""
        number = int(point.y() // self.pitch)
        return list(self.rows)[number] if 0 <= number < len(self.rows) else None

    def span_at(self, point: QPointF) -> Span | None:
        """The span at a point, or close to it."""
        label = self.label_at(point)
        for span in self.rows[label] if label is not None and self.axis.duration_s else ():
            bar = self.bar(span, top=0, height=0)
            if bar.left() - _HIT_MARGIN_PX <= point.x() <= bar.right() + _HIT_MARGIN_PX:
                return span
        return None

    def labels_at(self, time_s: float) -> frozenset[str]:
        """The labels on screen at a time, in seconds."""
        return frozenset(
            label
            for label, spans in self.rows.items()
            if any(span.start_s <= time_s < span.end_s for span in spans)
        )
