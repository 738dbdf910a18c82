"""Where a time is from left to right: what the seek bar and the lanes under it share. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of pixels that stands for all of a source.

    Attributes:
        left: where it begins, in pixels.
        width: in pixels.
        duration_s: of the source, in seconds; None where nobody knows it, such as of a camera.
    """

    left: float
    width: float
    duration_s: float | None

    def x(self, time_s: float) -> float:
        """Where a time is, in pixels; what is outside of the source is at its ends."""
        share = min(max(time_s / self.duration_s, 0.0), 1.0) if self.duration_s else 0.0
        return self.left + self.width * share

    def time_s(self, x: float) -> float | None:
        """Which time is there, in seconds; None where there is no length."""
        if not self.duration_s:
            return None
        return min(max((x - self.left) / max(1.0, self.width), 0.0), 1.0) * self.duration_s
