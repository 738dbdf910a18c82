"""Brackets around heads."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simpsons_play.core.frames import Image, Planes
from simpsons_play.core.geometry import Box
from simpsons_play.render.marks import draw_on_image, limited_range
from simpsons_play.render.plates import PLATE_BGR

_BGR = tuple[int, int, int]
"""Blue, green and red, 0-255."""

_BRACKET_ARM = 0.22
"""Arm length of a bracket as a share of the shorter side of the head."""


def draw_bracket(canvas: Image, box: Box, colour: _BGR) -> None:
    """Draw a bracket in place.

    Args:
        canvas: (H, W, 3) uint8 BGR.
        box: inside the canvas.
        colour: BGR, 0-255.
    """
    draw_on_image(canvas, [bracket_mark((canvas.shape[1], canvas.shape[0]), box, colour)])


def bracket_mark(size_px: tuple[int, int], box: Box, colour: _BGR) -> BracketMark:
    """What `draw_bracket` draws on a frame of this width and height."""
    line = max(1, round(size_px[1] / 270))
    arm = max(3, round(_BRACKET_ARM * min(box.width, box.height)))
    return BracketMark(box, line, arm, colour)


@dataclass(frozen=True, slots=True, eq=False)
class BracketMark:
    """The four corners of a box, with a dark outline that is visible on any background: a `Mark`.

    Lines and outlines are opaque and their edges lie between pixels, so drawing only assigns levels, in half
    the time that patches would take.

    Attributes:
        box: the box, in pixels of the frame; it may be partly outside.
        line: width of the lines in pixels, at least 1.
        arm: length of the lines from the corners of the box in pixels.
        colour: of the lines.
    """

    box: Box
    line: int
    arm: int
    colour: _BGR

    def lay_over_image(self, image: Image) -> None:
        """Change an image in place."""
        for margin, colour in ((1, PLATE_BGR), (0, self.colour)):
            for area in self._areas(margin, scale=1):
                image[area] = colour

    def lay_over_planes(self, planes: Planes, *, bt709: bool) -> None:
        """Change planes in place.

        A chroma sample that the line touches gets its colour. The outline is thinner than a sample, and only
        darkens.
        """
        luma, blue, red = planes
        levels = _levels(self.colour, bt709=bt709)
        for margin, level in ((1, _levels(PLATE_BGR, bt709=bt709)[0]), (0, levels[0])):
            for area in self._areas(margin, scale=1):
                luma[area] = level
        for area in self._areas(0, scale=2):
            blue[area] = levels[1]
            red[area] = levels[2]

    def _areas(self, margin: int, *, scale: int) -> tuple[tuple[slice, slice], ...]:
        """Rows and columns of the eight arms, with a margin on each side, in samples of `scale` pixels."""
        box, half = self.box, self.line // 2
        outside, thin, long = half + margin, self.line - half + margin, self.arm + margin
        left, right = _ends(box.x_min, box.x_max, outside, thin, scale)
        top, bottom = _ends(box.y_min, box.y_max, outside, thin, scale)
        from_left, to_right = _ends(box.x_min, box.x_max, outside, long, scale)
        from_top, to_bottom = _ends(box.y_min, box.y_max, outside, long, scale)
        return (
            (top, from_left),
            (top, to_right),
            (bottom, from_left),
            (bottom, to_right),
            (from_top, left),
            (from_top, right),
            (to_bottom, left),
            (to_bottom, right),
        )


def _ends(low: int, high: int, outside: int, inside: int, scale: int) -> tuple[slice, slice]:
    """Both ends of a side, from `outside` of it to `inside`: all samples that are touched."""
    a, b, c, d = low - outside, low + inside, high - inside, high + outside
    if a < 0 or c < 0:
        a, b, c, d = max(0, a), max(0, b), max(0, c), max(0, d)
    if scale > 1:
        a, b, c, d = a // scale, -(-b // scale), c // scale, -(-d // scale)
    return slice(a, b), slice(c, d)


@lru_cache(maxsize=64)
def _levels(colour: _BGR, *, bt709: bool) -> tuple[int, int, int]:
    """Luma, Cb and Cr of a colour."""
    luma, blue, red = np.rint(limited_range(bt709=bt709) @ (*colour, 255)).astype(int).tolist()
    return luma, blue, red
