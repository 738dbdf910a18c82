"""Draws brackets around heads and places name plates next to them without covering faces or each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Region

PLATE_BGR = (28, 24, 22)
"""Background colour of plates."""

_OPACITY = 0.78
_BRACKET_ARM = 0.22
"""Arm length of a bracket as a share of the shorter side of the head."""

_PLATE_COST, _FACE_COST = 3.0, 1.5
"""Cost of covering a pixel of another plate, which becomes unreadable, or of a face. Anything else that has
been drawn costs 1."""

_JUMP_COST, _AMBIGUITY_COST = 0.4, 0.6
"""Cost of moving to another side of the head, or of being nearer to another head than to the own one, as a
share of the plate's area in pixels."""


def draw_bracket(canvas: Image, box: Box, colour: tuple[int, int, int]) -> None:
    """Draw the four corners of a box in place, with a dark outline that is visible on any background.

    Args:
        canvas: (H, W, 3) uint8 BGR.
        box: inside the canvas.
        colour: BGR, 0-255.
    """
    line = max(1, round(canvas.shape[0] / 270))
    arm = max(3, round(_BRACKET_ARM * min(box.width, box.height)))
    x_min, y_min, x_max, y_max = box.x_min, box.y_min, box.x_max - 1, box.y_max - 1
    corners = [
        np.array([(x, y + dy * arm), (x, y), (x + dx * arm, y)], np.int32)
        for x, dx in ((x_min, 1), (x_max, -1))
        for y, dy in ((y_min, 1), (y_max, -1))
    ]
    for thickness, line_colour in ((line + 2, PLATE_BGR), (line, colour)):
        cv2.polylines(canvas, corners, False, line_colour, thickness, cv2.LINE_AA)


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

    def place(self, canvas: Image, plate: Image, head: Region) -> Box:
        """Blend a plate into the frame above a head, or where it covers less and is not clipped.

        Args:
            canvas: (H, W, 3) uint8 BGR, changed in place.
            plate: (h, w, 3) uint8 BGR.
            head: one of the heads of this frame.

        Returns:
            The box of the plate, inside the canvas.
        """
        size = _visible_size(plate, canvas)
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

        candidates = _candidates(head.box, size, gap=max(2, canvas.shape[0] // 160))
        box = self._blend_best(canvas, plate, head.name, candidates, cost)
        self._plates.append(box)
        return box

    def place_in_corner(self, canvas: Image, plate: Image) -> Box:
        """Blend a plate into the corner of the frame where it covers the fewest pixels of faces.

        Like other plates it stays where it was if possible. Call this after `start_frame` and before `place`,
        whose plates avoid it.

        Returns:
            The box of the plate, inside the canvas.
        """
        height, width = canvas.shape[:2]
        gap = max(2, height // 60)
        right, bottom = width - gap - plate.shape[1], height - gap - plate.shape[0]
        corners = [(gap, gap), (right, gap), (gap, bottom), (right, bottom)]
        box = self._blend_best(canvas, plate, _CORNER, corners, lambda _, box: self._covered_faces(box))
        self._occupied.append(box)
        return box

    def _covered_faces(self, box: Box) -> int:
        """Number of face pixels that a box covers."""
        return sum(_shared_area(box, face) for face in self._faces.values())

    def _blend_best(
        self,
        canvas: Image,
        plate: Image,
        name: str,
        candidates: Sequence[_Point],
        cost: Callable[[_Point, Box], float],
    ) -> Box:
        """Blend a plate in at the candidate with the lowest cost, which includes that of a jump."""
        size = _visible_size(plate, canvas)
        boxes = [_clamped(candidate, size, canvas) for candidate in candidates]
        previous = self._positions.get(name)

        def total_cost(index: int) -> tuple[float, int]:
            jumps = previous is not None and index != previous
            return cost(candidates[index], boxes[index]) + _JUMP_COST * jumps * size[0] * size[1], index

        best = min(range(len(candidates)), key=total_cost)
        box = boxes[best]
        blend(canvas[box.y_min : box.y_max, box.x_min : box.x_max], plate)
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


def blend(area: Image, plate: Image) -> None:
    """Blend a plate into the upper left corner of an area of a frame, clipped to it.

    Args:
        area: (H, W, 3) uint8 BGR, changed in place.
        plate: (h, w, 3) uint8 BGR; pixels of `PLATE_BGR` become translucent.
    """
    height, width = min(area.shape[0], plate.shape[0]), min(area.shape[1], plate.shape[1])
    if height <= 0 or width <= 0:
        return
    area, plate = area[:height, :width], plate[:height, :width]
    # Text and bars stay opaque.
    background = cv2.inRange(plate, PLATE_BGR, PLATE_BGR)
    area[:] = cv2.copyTo(cv2.addWeighted(area, 1 - _OPACITY, plate, _OPACITY, 0), background, plate.copy())


def _visible_size(plate: Image, canvas: Image) -> _Size:
    """Size of a plate, clipped to that of the canvas."""
    return min(plate.shape[1], canvas.shape[1]), min(plate.shape[0], canvas.shape[0])


def _clamped(corner: _Point, size: _Size, canvas: Image) -> Box:
    """The nearest box of this size inside the canvas."""
    x = min(max(0, corner[0]), canvas.shape[1] - size[0])
    y = min(max(0, corner[1]), canvas.shape[0] - size[1])
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
    return float(np.hypot(x, y))
