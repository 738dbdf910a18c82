"""Draw flat shapes with black outlines in a figure's own coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture, (H, W, 3) uint8, colour order BGR."""

Colour = tuple[int, int, int]
"""A colour, (blue, green, red), each 0-255."""

Point = tuple[float, float]
"""(x, y), y downwards."""

_SHIFT = 4  # fractional bits of OpenCV coordinates: a sixteenth of a pixel
_CURVE_STEPS = 8


def rgb(red: int, green: int, blue: int) -> Colour:
    """Convert red, green and blue, 0-255, to a BGR colour."""
    return blue, green, red


BLACK = rgb(20, 14, 12)
WHITE = rgb(255, 255, 255)


def curve(points: Sequence[Point], *, closed: bool = True) -> NDArray[np.float64]:
    """Interpolate a smooth curve through all points (Catmull-Rom spline).

    Args:
        points: At least three points.
        closed: Whether the curve returns to its first point.

    Returns:
        (M, 2) float64, M about eight times as many points.
    """
    given = np.asarray(points, np.float64)
    if closed:
        before, after, later = np.roll(given, 1, 0), np.roll(given, -1, 0), np.roll(given, -2, 0)
        start = given
    else:
        padded = np.vstack([given[:1], given, given[-1:]])
        before, start, after, later = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0, 1, _CURVE_STEPS, endpoint=False)[None, :, None]
    before, start, after, later = (part[:, None, :] for part in (before, start, after, later))
    path = 0.5 * (
        2 * start
        + (after - before) * t
        + (2 * before - 5 * start + 4 * after - later) * t**2
        + (3 * start - before - 3 * after + later) * t**3
    )
    flat: NDArray[np.float64] = path.reshape(-1, 2)
    return flat if closed else np.vstack([flat, given[-1:]])


@dataclass(frozen=True)
class Pen:
    """Draws on a canvas in a figure's own coordinates.

    Attributes:
        canvas: (H, W, 3) uint8 BGR, drawn on in place.
        origin: Position of the figure's (0, 0) on the canvas, in pixels.
        scale: Pixels per figure unit.
        facing: 1: the figure's x runs to the right; -1: to the left.
        outline: Width of outlines in figure units.
        tilt_deg: Rotation about `pivot` in degrees, positive is forwards.
        pivot: Centre of the rotation in figure units.
    """

    canvas: Image
    origin: Point
    scale: float
    facing: int = 1
    outline: float = 0.024
    tilt_deg: float = 0.0
    pivot: Point = (0.0, 0.0)

    def tilted(self, tilt_deg: float, pivot: Point) -> Pen:
        """Return a copy of the pen that is rotated by `tilt_deg` about `pivot`."""
        return replace(self, tilt_deg=tilt_deg, pivot=pivot)

    def _pixels(self, points: Sequence[Point] | NDArray[np.float64]) -> NDArray[np.int32]:
        """(N, 2) in figure units -> (N, 1, 2) int32 in sixteenths of a pixel."""
        path = np.asarray(points, np.float64) - self.pivot
        turn = radians(self.tilt_deg)
        path = path @ np.array([[cos(turn), sin(turn)], [-sin(turn), cos(turn)]]) + self.pivot
        path = path * (self.scale * self.facing, self.scale) + self.origin
        sixteenths: NDArray[np.int32] = np.round(path * (1 << _SHIFT)).astype(np.int32)
        return sixteenths[:, None, :]

    def _width_px(self, width: float) -> int:
        return max(1, round(width * self.scale))

    def shape(
        self,
        points: Sequence[Point] | NDArray[np.float64],
        fill: Colour,
        *,
        smooth: bool = True,
        edge: Colour | None = BLACK,
    ) -> None:
        """Fill a closed shape and draw its outline; `smooth` interpolates a curve through the points."""
        path = self._pixels(curve([(x, y) for x, y in points]) if smooth else points)
        cv2.fillPoly(self.canvas, [path], fill, cv2.LINE_AA, _SHIFT)
        if edge is not None:
            cv2.polylines(self.canvas, [path], True, edge, self._width_px(self.outline), cv2.LINE_AA, _SHIFT)

    def ellipse(
        self,
        center: Point,
        radii: Point,
        fill: Colour,
        *,
        turn_deg: float = 0.0,
        edge: Colour | None = BLACK,
    ) -> None:
        """Fill an ellipse with semi-axes `radii`, rotated by `turn_deg`, and draw its outline."""
        t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        turn = radians(turn_deg)
        along, across = radii[0] * np.cos(t), radii[1] * np.sin(t)
        x = center[0] + along * cos(turn) - across * sin(turn)
        y = center[1] + along * sin(turn) + across * cos(turn)
        self.shape(np.stack([x, y], axis=1), fill, smooth=False, edge=edge)

    def line(
        self,
        points: Sequence[Point],
        *,
        width: float | None = None,
        colour: Colour = BLACK,
        smooth: bool = True,
    ) -> None:
        """Draw an open line that is `width` units wide (default: the width of outlines)."""
        path = self._pixels(curve(points, closed=False) if smooth and len(points) > 2 else points)
        width_px = self._width_px(self.outline if width is None else width)
        cv2.polylines(self.canvas, [path], False, colour, width_px, cv2.LINE_AA, _SHIFT)

    def limb(self, points: Sequence[Point], fill: Colour, *, width: float) -> None:
        """Draw a round-ended band with an outline: an arm, a finger, a collar."""
        self.line(points, width=width + 2 * self.outline)
        self.line(points, width=width, colour=fill)
