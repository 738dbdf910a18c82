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


@dataclass(frozen=True, slots=True)
class LaneGeometry:
    """Lanes below each other, with their names to the left of the time axis.

    Attributes:
        axis: The time axis of all lanes.
        rows: The spans of each lane, from top to bottom, by label.
        pitch: Distance from lane to lane, in pixels.
        scrolled: How far they are scrolled up, in pixels.
    """

    axis: TimeAxis
    rows: Mapping[str, Sequence[Span]]
    pitch: float
    scrolled: float = 0.0

    @property
    def height(self) -> float:
        """Height of all lanes, in pixels; there is always room for one."""
        return self.pitch * max(1, len(self.rows))

    def top(self, number: int) -> float:
        """Top of a lane, in pixels."""
        return number * self.pitch - self.scrolled

    def name_rect(self, number: int) -> QRectF:
        """Where the name of a lane is."""
        return QRectF(0, self.top(number), self.axis.left, self.pitch)

    def bar(self, span: Span, *, top: float, height: float) -> QRectF:
        """Where a span is."""
        left = self.axis.x(span.start_s)
        return QRectF(left, top, max(_MIN_SPAN_PX, self.axis.x(span.end_s) - left), height)

    def bars(self, spans: Sequence[Span], *, top: float, height: float) -> list[QRectF]:
        """Where the visible spans of a lane are."""
        shows = self.axis.shows
        return [self.bar(span, top=top, height=height) for span in spans if shows(span.start_s, span.end_s)]

    def label_at(self, point: QPointF) -> str | None:
        """The label of the lane at a point."""
        number = int((point.y() + self.scrolled) // self.pitch)
        return list(self.rows)[number] if 0 <= number < len(self.rows) else None

    def span_at(self, point: QPointF) -> Span | None:
        """The span at a point, or close to it."""
        label = self.label_at(point)
        for span in self.rows[label] if label is not None and self.axis.duration_s else ():
            if self.axis.shows(span.start_s, span.end_s):
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
