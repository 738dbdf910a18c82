"""Name plates, and where they go: next to heads, without covering faces or each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import hypot

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Region
from simpsons_play.render.marks import Patch

PLATE_BGR = (28, 24, 22)
"""Background colour of plates."""

_OPACITY = 0.78
CACHED_PATCHES = 64
"""Patches of each kind that are kept for later frames; at 4K one takes up to 1 MB."""

_PLATE_COST, _FACE_COST = 3.0, 1.5
"""Cost of covering a pixel of another plate, which becomes unreadable, or of a face. Anything else that has
been drawn costs 1."""

_JUMP_COST, _AMBIGUITY_COST = 0.4, 0.6
"""Cost of moving to another side of the head, or of being nearer to another head than to the own one, as a
share of the plate's area in pixels."""


def plate_patch(plate: Image) -> Patch:
    """A plate, (h, w, 3) uint8 BGR, whose pixels of `PLATE_BGR` become translucent."""
    background = cv2.inRange(plate, PLATE_BGR, PLATE_BGR)  # text and bars stay opaque
    opacity = np.where(background > 0, round(255 * _OPACITY), 255)[..., None]
    colour = (plate * opacity + 127) // 255
    return Patch(np.concatenate([colour, opacity], axis=2).astype(np.uint8))


_CORNER = "corner"
"""Name under which the position of the plate in the corner is stored."""

_Size = tuple[int, int]
"""Width and height in pixels."""
_Point = tuple[int, int]
"""Upper left corner of a plate: x and y in pixels, possibly outside the frame."""


class Plates:
    """Places plates next to heads so that they cover neither each other nor faces.

    A plate stays on the same side of its head as in the previous frame unless it would cover much more there,
    so that plates do not jump when heads move by a pixel.
    """

    def __init__(self) -> None:
        self._positions: dict[str, int] = {}
        self._faces: dict[str, Box] = {}
        self._plates: list[Box] = []
        self._occupied: list[Box] = []

    def start_frame(self, heads: Iterable[Region], *, cut: bool, occupied: Iterable[Box] = ()) -> None:
        """Prepare for the next frame.

        Args:
            heads: all heads of the frame, with or without a label.
            cut: a new shot begins: heads with the same names are other heads.
            occupied: boxes that plates should not cover, such as those of other captions.
        """
        self._faces = {head.name: head.box for head in heads}
        known = {_CORNER} if cut else {_CORNER, *self._faces}
        self._positions = {name: index for name, index in self._positions.items() if name in known}
        self._plates, self._occupied = [], list(occupied)

    def place(self, frame_px: _Size, plate_px: _Size, head: Region) -> Box:
        """Place a plate above a head, or where it covers less and is not clipped.

        Args:
            frame_px: width and height of the frame.
            plate_px: width and height of the plate.
            head: one of the heads of this frame.

        Returns:
            The box of the plate, inside the frame.
        """
        size = _visible_size(plate_px, frame_px)
        area = size[0] * size[1]

        def cost(wanted: _Point, box: Box) -> float:
            moved = abs(box.y_min - wanted[1]) + max(0, abs(box.x_min - wanted[0]) - size[0] // 2)
            plates = sum(_shared_area(box, other) for other in self._plates)
            others = sum(_shared_area(box, other) for other in self._occupied)
            # Viewers attribute a name to the nearest head.
            own = _distance(box, head.box)
            ambiguous = any(
                _distance(box, face) < own for name, face in self._faces.items() if name != head.name
            )
            covered = _PLATE_COST * plates + _FACE_COST * self._covered_faces(box) + others
            return float(covered + moved * size[0] + _AMBIGUITY_COST * ambiguous * area)

        candidates = _candidates(head.box, size, gap=max(2, frame_px[1] // 160))
        box = self._choose(frame_px, size, head.name, candidates, cost)
        self._plates.append(box)
        return box

    def place_in_corner(self, frame_px: _Size, plate_px: _Size) -> Box:
        """Place a plate in the corner of the frame where it covers the fewest pixels of faces.

        Like other plates it stays where it was if possible. Call this after `start_frame` and before `place`,
        whose plates avoid it.

        Returns:
            The box of the plate, inside the frame.
        """
        width, height = frame_px
        gap = max(2, height // 60)
        right, bottom = width - gap - plate_px[0], height - gap - plate_px[1]
        corners = [(gap, gap), (right, gap), (gap, bottom), (right, bottom)]
        size = _visible_size(plate_px, frame_px)
        box = self._choose(frame_px, size, _CORNER, corners, lambda _, box: self._covered_faces(box))
        self._occupied.append(box)
        return box

    def _covered_faces(self, box: Box) -> int:
        """Number of face pixels that a box covers."""
        return sum(_shared_area(box, face) for face in self._faces.values())

    def _choose(
        self,
        frame_px: _Size,
        size: _Size,
        name: str,
        candidates: Sequence[_Point],
        cost: Callable[[_Point, Box], float],
    ) -> Box:
        """The box of this size at the candidate with the lowest cost, which includes that of a jump."""
        previous = self._positions.get(name)
        usual = 0 if previous is None else previous
        best, box = usual, _clamped(candidates[usual], size, frame_px)
        if usual_cost := cost(candidates[usual], box):  # nothing is better than what costs nothing
            lowest = usual_cost, usual
            for index, candidate in enumerate(candidates):
                if index == usual:
                    continue
                other = _clamped(candidate, size, frame_px)
                jump_cost = 0 if previous is None else _JUMP_COST * size[0] * size[1]
                found = cost(candidate, other) + jump_cost, index
                if found < lowest:
                    lowest, best, box = found, index, other
        self._positions[name] = best
        return box


def _candidates(box: Box, size: _Size, *, gap: int) -> list[_Point]:
    """Possible positions of a plate at a head, best first."""
    width, height = size
    middle, above, below = (box.x_min + box.x_max - width) // 2, box.y_min - gap - height, box.y_max + gap
    left, right = box.x_min - gap - width, box.x_max + gap
    return [
        (middle, above),
        (middle, below),
        (right, box.y_min),
        (left, box.y_min),
        (box.x_min, above),
        (box.x_max - width, above),
        (box.x_min, below),
        (box.x_max - width, below),
        (right, box.y_max - height),
        (left, box.y_max - height),
        (middle, box.y_min + gap),
        (middle, box.y_max - gap - height),
    ]


def _visible_size(plate_px: _Size, frame_px: _Size) -> _Size:
    """Size of a plate, clipped to that of the frame."""
    return min(plate_px[0], frame_px[0]), min(plate_px[1], frame_px[1])


def _clamped(corner: _Point, size: _Size, frame_px: _Size) -> Box:
    """The nearest box of this size inside the frame."""
    x = min(max(0, corner[0]), frame_px[0] - size[0])
    y = min(max(0, corner[1]), frame_px[1] - size[1])
    return Box(x, y, x + size[0], y + size[1])


def _shared_area(first: Box, second: Box) -> int:
    """Area of the intersection of two boxes in pixels."""
    width = min(first.x_max, second.x_max) - max(first.x_min, second.x_min)
    height = min(first.y_max, second.y_max) - max(first.y_min, second.y_min)
    return max(0, width) * max(0, height)


def _distance(first: Box, second: Box) -> float:
    """Distance between two boxes in pixels, 0 if they touch."""
    x = max(first.x_min - second.x_max, second.x_min - first.x_max, 0)
    y = max(first.y_min - second.y_max, second.y_min - first.y_max, 0)
    return hypot(x, y)
