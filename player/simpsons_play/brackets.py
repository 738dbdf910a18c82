"""Marks at heads: corner brackets, and plates beside them that stay clear of each other. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from simpsons_play.types import Box, Image

PLATE_BGR = (28, 24, 22)
"""What letters stand on."""

_OPACITY = 0.78
_ARM = 0.22
"""Length of a bracket's arms, as a share of the head's shorter side."""


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


def place_beside(canvas: Image, plate: Image, box: Box, placed: Sequence[Box]) -> Box:
    """Blend a plate in above a head; below or beside it where there it would be cut or cover another.

    Args:
        canvas: (H, W, 3) uint8 BGR, drawn on in place.
        plate: (h, w, 3) uint8 BGR.
        box: of the head.
        placed: where plates lie already.

    Returns:
        Where it lies now, inside the canvas.
    """
    height, width = canvas.shape[:2]
    high, wide = min(plate.shape[0], height), min(plate.shape[1], width)
    gap = max(2, height // 160)
    middle = (box.x_min + box.x_max - wide) // 2
    places = [
        (middle, box.y_min - gap - high),
        (middle, box.y_max + gap),
        (box.x_max + gap, box.y_min),
        (box.x_min - gap - wide, box.y_min),
        (middle, box.y_min + gap),
        (middle, box.y_max - gap - high),
    ]

    def cost(place: tuple[int, int]) -> tuple[int, int]:
        spot = _inside(place, wide, high, width, height)
        moved = abs(spot.y_min - place[1]) + max(0, abs(spot.x_min - place[0]) - wide // 2)
        covered = sum(_shared(spot, other) for other in placed)
        return covered + moved * wide, places.index(place)

    spot = _inside(min(places, key=cost), wide, high, width, height)
    blend(canvas[spot.y_min : spot.y_max, spot.x_min : spot.x_max], plate)
    return spot


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
