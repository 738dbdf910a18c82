"""The path of a head through a shot, thinned: the boxes between those that are kept lie on lines. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.core.geometry import Box

TOLERANCE = 0.005
"""How far an interpolated side may be from the true one, as a share of the frame's longer side: 3 pixels of
640, less than the line around a head."""

PROBABILITY_TOLERANCE = 0.02
"""How far an interpolated probability may be from the true one."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TimedBox:
    """The box of a caption from one time until another.

    Attributes:
        time_s: time in seconds from the start of the source.
        until_s: until when it holds, in seconds. If the next box of the same track begins then, the box moves
            there in a straight line; otherwise the caption ends.
        track: the head, as in `tracks`; None for a crop of the frame.
        box: the box at `time_s`, in pixels of the frame.
        probability: smoothed probability of the name at `time_s`, 0-1.
    """

    time_s: float
    until_s: float
    track: str | None
    box: Box
    probability: float


def thinned(boxes: Sequence[TimedBox], *, size_px: tuple[int, int]) -> list[TimedBox]:
    """Leave out the boxes that lie on a line between those before and after them.

    Args:
        boxes: the boxes of one appearance, one for each frame and track, in order of time.
        size_px: width and height of the frame.

    Returns:
        The boxes from which all others can be interpolated, within `TOLERANCE`, in order of time.

    Example:
        >>> moving = [TimedBox(t, t + 1.0, "1-1", Box(t, 0, t + 9, 9), 0.9) for t in range(4)]
        >>> [(box.time_s, box.until_s, box.box.x_min) for box in thinned(moving, size_px=(640, 480))]
        [(0, 3, 0), (3, 4.0, 3)]
    """
    kept = [box for stretch in _stretches(boxes) for box in _thinned(stretch, max(size_px) * TOLERANCE)]
    return sorted(kept, key=lambda box: (box.time_s, box.track or ""))


def _stretches(boxes: Iterable[TimedBox]) -> Iterable[list[TimedBox]]:
    """The boxes of each track without gaps."""
    growing: dict[str | None, list[TimedBox]] = {}
    for box in boxes:
        stretch = growing.get(box.track)
        if stretch is not None and stretch[-1].until_s != box.time_s:
            yield growing.pop(box.track)
        growing.setdefault(box.track, []).append(box)
    yield from growing.values()


def _thinned(stretch: list[TimedBox], tolerance_px: float) -> list[TimedBox]:
    sides = [[box.box.x_min, box.box.y_min, box.box.x_max, box.box.y_max] for box in stretch]
    scaled = np.asarray(sides, np.float64) / tolerance_px
    probabilities = np.asarray([box.probability for box in stretch])[:, None] / PROBABILITY_TOLERANCE
    times = np.asarray([box.time_s for box in stretch])
    kept = _corners(times, np.hstack([scaled, probabilities]))
    ends = [*(stretch[i].time_s for i in kept[1:]), stretch[-1].until_s]
    return [
        TimedBox(stretch[i].time_s, until_s, stretch[i].track, stretch[i].box, stretch[i].probability)
        for i, until_s in zip(kept, ends, strict=True)
    ]


def _corners(times: Floats, values: Floats) -> list[int]:
    """Positions between which all values are within 1 of a line: the algorithm of Ramer, Douglas and Peucker.

    The distance is that of values at the same time (https://doi.org/10.3138/FM57-6770-U75U-7727).
    """
    kept, open_ranges = {0, len(times) - 1}, [(0, len(times) - 1)]
    while open_ranges:
        first, last = open_ranges.pop()
        if last - first < 2:
            continue
        share = ((times[first + 1 : last] - times[first]) / (times[last] - times[first]))[:, None]
        line = values[first] + share * (values[last] - values[first])
        distance = np.abs(values[first + 1 : last] - line).max(axis=1)
        farthest = int(distance.argmax())
        if distance[farthest] > 1:
            middle = first + 1 + farthest
            kept.add(middle)
            open_ranges += [(first, middle), (middle, last)]
    return sorted(kept)
