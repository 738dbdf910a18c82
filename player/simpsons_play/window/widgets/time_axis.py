"""Maps times to horizontal positions, for the seek bar and the lanes. Does not depend on Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

MIN_VISIBLE_S = 2.0
"""The shortest visible time that one can zoom in to, in seconds."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """A horizontal range of pixels that shows the source, or a part of it.

    Attributes:
        left: Where it begins, in pixels.
        width: In pixels.
        duration_s: Duration of the source, in seconds; None if unknown, such as of a camera.
        visible: First and last visible time, in seconds; None shows the whole source.

    Example:
        >>> axis = TimeAxis(left=100, width=200, duration_s=60)
        >>> axis.x(30), axis.time_s(300)
        (200.0, 60.0)
        >>> axis.zoomed(30, factor=2).visible
        (15.0, 45.0)
    """

    left: float
    width: float
    duration_s: float | None
    visible: tuple[float, float] | None = None

    @property
    def first_s(self) -> float:
        """The first visible time, in seconds."""
        return self.visible[0] if self.visible is not None else 0.0

    @property
    def visible_s(self) -> float:
        """How much time is visible, in seconds; 0 if the duration is unknown."""
        return self.visible[1] - self.visible[0] if self.visible is not None else self.duration_s or 0.0

    def shows(self, start_s: float, end_s: float) -> bool:
        """Whether any of a period is visible; times in seconds."""
        return end_s >= self.first_s and start_s < self.first_s + self.visible_s

    def x(self, time_s: float) -> float:
        """The position of a time, in pixels, clamped to the axis."""
        visible_s = self.visible_s
        share = min(max((time_s - self.first_s) / visible_s, 0.0), 1.0) if visible_s else 0.0
        return self.left + self.width * share

    def time_s(self, x: float) -> float | None:
        """The time at a position, in seconds, clamped to the axis; None if the duration is unknown."""
        if not self.duration_s:
            return None
        share = min(max((x - self.left) / max(1.0, self.width), 0.0), 1.0)
        return self.first_s + share * self.visible_s

    def zoomed(self, time_s: float, *, factor: float) -> TimeAxis:
        """Show less of the source, or more if the factor is below 1; the given time stays where it is."""
        duration_s = self.duration_s
        if not duration_s:
            return self
        length_s = max(self.visible_s / factor, min(MIN_VISIBLE_S, duration_s))
        if length_s >= duration_s:
            return replace(self, visible=None)
        share = (time_s - self.first_s) / self.visible_s
        return self.starting_at(time_s - share * length_s, length_s)

    def starting_at(self, first_s: float, length_s: float | None = None) -> TimeAxis:
        """Show another part, of this length in seconds or as long as now, within the source."""
        length_s = self.visible_s if length_s is None else length_s
        if self.duration_s is None or (self.visible is None and length_s >= self.duration_s):
            return self
        first_s = min(max(first_s, 0.0), self.duration_s - length_s)
        return replace(self, visible=(first_s, first_s + length_s))
