"""Marks at heads: corner brackets, and plates beside them that stay clear of each other and of faces.

Pure but for the memory of where plates stood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Region

PLATE_BGR = (28, 24, 22)
"""What letters stand on."""

_OPACITY = 0.78
_ARM = 0.22
"""Length of a bracket's arms, as a share of the head's shorter side."""

_PLATE, _FACE = 3.0, 1.5
"""What it costs to cover a pixel of another plate, which is lost then, or of a face, where another thing that
is drawn costs 1."""

_JUMP, _ASTRAY = 0.4, 0.6
"""What it costs to go to another side of the head, or to stand nearer to another head than to the own, as a
share of the plate's pixels."""


def draw_bracket(canvas: Image, box: Box, colour: tuple[int, int, int]) -> None:
    """Draw the four corners of a box, thin, with a dark edge that shows on any ground; in place.

    Args:
        canvas: (H, W, 3) uint8 BGR.
        box: inside the canvas.
        colour: BGR, 0-255.
    """
    line = max(1, round(canvas.shape[0] / 270))
    arm = max(3, round(_ARM * min(box.width, box.height)))
    x_min, y_min, x_max, y_max = box.x_min, box.y_min, box.x_max - 1, box.y_max - 1
    corners = [
        np.array([(x, y + dy * arm), (x, y), (x + dx * arm, y)], np.int32)
        for x, dx in ((x_min, 1), (x_max, -1))
        for y, dy in ((y_min, 1), (y_max, -1))
    ]
    for thickness, ink in ((line + 2, PLATE_BGR), (line, colour)):
        cv2.polylines(canvas, corners, False, ink, thickness, cv2.LINE_AA)


_CORNER = "corner"
"""What the plate in the corner is remembered as."""


class Plates:
    """Finds room for plates beside heads, so that they cover neither each other nor faces.

    A plate stays at the side of its head where it stood in the frame before unless it would cover much more
    there: heads move by a pixel, and plates must not jump for that.
    """

    def __init__(self) -> None:
        self._stood: dict[str, int] = {}
        self._faces: dict[str, Box] = {}
        self._placed: list[Box] = []
        self._taken: list[Box] = []

    def begin(self, heads: Iterable[Region], *, cut: bool, taken: Iterable[Box] = ()) -> None:
        """Begin a frame.

        Args:
            heads: all that are known in it, named or not.
            cut: they are others than before, whatever they are called.
            taken: where something lies already that plates keep clear of.
        """
        self._faces = {head.name: head.box for head in heads}
        still = {_CORNER} if cut else {_CORNER, *self._faces}
        self._stood = {name: place for name, place in self._stood.items() if name in still}
        self._placed, self._taken = [], list(taken)

    def place(self, canvas: Image, plate: Image, head: Region) -> Box:
        """Blend a plate in above a head; below or beside it where there it would be cut or cover others.

        Args:
            canvas: (H, W, 3) uint8 BGR, drawn on in place.
            plate: (h, w, 3) uint8 BGR.
            head: one of this frame's.

        Returns:
            Where it lies now, inside the canvas.
        """
        height, width = canvas.shape[:2]
        high, wide = min(plate.shape[0], height), min(plate.shape[1], width)

        def cost(place: tuple[int, int], spot: Box) -> float:
            moved = abs(spot.y_min - place[1]) + max(0, abs(spot.x_min - place[0]) - wide // 2)
            plates, others = (
                sum(_shared(spot, other) for other in boxes) for boxes in (self._placed, self._taken)
            )
            # Readers take a name for that of the nearest head.
            own = _gap(spot, head.box)
            astray = any(_gap(spot, face) < own for name, face in self._faces.items() if name != head.name)
            covered = _PLATE * plates + _FACE * self._faces_under(spot) + others
            return float(covered + moved * wide + _ASTRAY * astray * wide * high)

        places = _places(head.box, wide, high, gap=max(2, height // 160))
        spot = self._put(canvas, plate, head.name, places, cost)
        self._placed.append(spot)
        return spot

    def corner(self, canvas: Image, plate: Image) -> Box:
        """Blend a plate into the corner of a picture where it covers the least of faces, or where it stood.

        Call it after `begin` and before `place`, whose plates keep clear of it where they can.

        Returns:
            Where it lies now, inside the canvas.
        """
        height, width = canvas.shape[:2]
        gap = max(2, height // 60)
        right, bottom = width - gap - plate.shape[1], height - gap - plate.shape[0]
        corners = [(gap, gap), (right, gap), (gap, bottom), (right, bottom)]
        spot = self._put(canvas, plate, _CORNER, corners, lambda _, spot: self._faces_under(spot))
        self._taken.append(spot)
        return spot

    def _faces_under(self, spot: Box) -> int:
        """Pixels of faces that it covers."""
        return sum(_shared(spot, face) for face in self._faces.values())

    def _put(
        self,
        canvas: Image,
        plate: Image,
        name: str,
        places: Sequence[tuple[int, int]],
        cost: Callable[[tuple[int, int], Box], float],
    ) -> Box:
        """Blend a plate in where it costs least, or where the one of this name stood, and remember where."""
        height, width = canvas.shape[:2]
        high, wide = min(plate.shape[0], height), min(plate.shape[1], width)
        spots = [_inside(place, wide, high, width, height) for place in places]
        stood = self._stood.get(name)

        def whole_cost(i: int) -> tuple[float, int]:
            jumped = stood is not None and i != stood
            return cost(places[i], spots[i]) + _JUMP * jumped * wide * high, i

        best = min(range(len(places)), key=whole_cost)
        spot = spots[best]
        blend(canvas[spot.y_min : spot.y_max, spot.x_min : spot.x_max], plate)
        self._stood[name] = best
        return spot


def _places(box: Box, wide: int, high: int, *, gap: int) -> list[tuple[int, int]]:
    """Upper left corners of a plate at a head, the most welcome first."""
    middle, above, below = (box.x_min + box.x_max - wide) // 2, box.y_min - gap - high, box.y_max + gap
    left, right = box.x_min - gap - wide, box.x_max + gap
    return [
        (middle, above),
        (middle, below),
        (right, box.y_min),
        (left, box.y_min),
        (box.x_min, above),
        (box.x_max - wide, above),
        (box.x_min, below),
        (box.x_max - wide, below),
        (right, box.y_max - high),
        (left, box.y_max - high),
        (middle, box.y_min + gap),
        (middle, box.y_max - gap - high),
    ]


def blend(part: Image, plate: Image) -> None:
    """Blend a plate into the upper left corner of a part of a picture, cut off where it does not fit."""
    height, width = min(part.shape[0], plate.shape[0]), min(part.shape[1], plate.shape[1])
    if height <= 0 or width <= 0:
        return
    part, plate = part[:height, :width], plate[:height, :width]
    # Letters and bars stay solid; the plate under them lets the picture through.
    ground = cv2.inRange(plate, PLATE_BGR, PLATE_BGR)
    part[:] = cv2.copyTo(cv2.addWeighted(part, 1 - _OPACITY, plate, _OPACITY, 0), ground, plate.copy())


def _inside(place: tuple[int, int], wide: int, high: int, width: int, height: int) -> Box:
    """The nearest spot of that size inside the picture."""
    x = min(max(0, place[0]), width - wide)
    y = min(max(0, place[1]), height - high)
    return Box(x, y, x + wide, y + high)


def _shared(first: Box, second: Box) -> int:
    """Pixels that two boxes share."""
    wide = min(first.x_max, second.x_max) - max(first.x_min, second.x_min)
    high = min(first.y_max, second.y_max) - max(first.y_min, second.y_min)
    return max(0, wide) * max(0, high)


def _gap(first: Box, second: Box) -> float:
    """Pixels between two boxes, 0 where they touch."""
    x = max(first.x_min - second.x_max, second.x_min - first.x_max, 0)
    y = max(first.y_min - second.y_max, second.y_min - first.y_max, 0)
    return float(np.hypot(x, y))
