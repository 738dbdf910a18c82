"""Maps times to horizontal positions, for the seek bar and the lanes. Does not depend on Qt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """A horizontal range of pixels that spans the whole source.

    Attributes:
        left: Where it begins, in pixels.
        width: In pixels.
        duration_s: Duration of the source, in seconds; None if unknown, such as of a camera.
    """

    left: float
    width: float
    duration_s: float | None

    def x(self, time_s: float) -> float:
        """The position of a time, in pixels, clamped to the axis."""
        share = min(max(time_s / self.duration_s, 0.0), 1.0) if self.duration_s else 0.0
        return self.left + self.width * share

    def time_s(self, x: float) -> float | None:
        """The time at a position, in seconds, clamped to the source; None if the duration is unknown."""
        if not self.duration_s:
            return None
        return min(max((x - self.left) / max(1.0, self.width), 0.0), 1.0) * self.duration_s
