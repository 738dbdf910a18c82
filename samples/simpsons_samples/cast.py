"""The six characters, drawn facing right. Units: a face is about 1 wide; the eyes are at y = 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from simpsons_samples.anatomy import NECK_PIVOT, SKIN, Pose, arm, ear, eyes, jaw, mouth, neck, nose, torso
from simpsons_samples.pen import WHITE, Pen, Point, rgb

# Outline points are easier to read in rows:
# fmt: off

_BROWN = rgb(110, 66, 38)
_MARGE_BLUE = rgb(52, 92, 190)
_KRUSTY_HAIR = rgb(38, 150, 140)
_CLOWN_WHITE = rgb(236, 242, 232)
_LILAC = rgb(206, 132, 210)


def _bart(pen: Pen, pose: Pose) -> None:
    red = rgb(238, 84, 36)
    arm(pen, 0.0, shoulder=(0.38, 1.4), sleeve=red, width=0.22)
    neck(pen, half_width=0.2)
    torso(pen, red, shoulder=0.5, waist=0.6)
    pen.shape([(-0.8, 2.55), (0.7, 2.55), (0.75, 4.5), (-0.85, 4.5)], rgb(30, 90, 200), smooth=False)
    pen.line([(-0.3, 1.13), (-0.05, 1.24), (0.2, 1.13)])
    arm(pen, pose.arm, shoulder=(-0.46, 1.42), sleeve=red, width=0.22)
    head = pen.tilted(pose.tilt_deg, NECK_PIVOT)
    top, spikes = -0.92, 9
    zigzag: list[Point] = []
    for i in range(spikes):
        x = -0.5 + 1.02 * i / spikes
        lift = 0.06 * sin(pi * i / (spikes - 1))
        zigzag += [(x, top + 0.05 - lift), (x + 0.5 / spikes, top - 0.2 - lift)]
    front: list[Point] = [(0.53, top + 0.05), *jaw(pose.mouth_open)]
    back: list[Point] = [(-0.3, 0.74), (-0.42, 0.5), (-0.47, 0.0)]
    head.shape([*zigzag, *front, *back], SKIN, smooth=False)
    ear(head, center=(-0.27, 0.2))
    mouth(head, pose.mouth_open)
    eyes(head, pose)
    nose(head, center=(0.43, 0.22), radii=(0.14, 0.095))


def _homer(pen: Pen, pose: Pose) -> None:
    muzzle, opened = rgb(196, 170, 100), pose.mouth_open
    arm(pen, 0.0, shoulder=(0.68, 1.45), sleeve=WHITE, width=0.3)
    neck(pen, half_width=0.36)
    torso(pen, WHITE, shoulder=0.88, waist=1.02)
    trousers = rgb(60, 110, 190)
    pen.shape([(-1.1, 2.75), (0, 2.85), (1.0, 2.75), (1.05, 4.5), (-1.15, 4.5)], trousers, smooth=False)
    pen.shape([(-0.42, 1.0), (-0.05, 1.3), (0.33, 1.0), (0.42, 1.22), (0.12, 1.42), (-0.05, 1.3),
               (-0.22, 1.44), (-0.52, 1.22)], WHITE, smooth=False)
    arm(pen, pose.arm, shoulder=(-0.8, 1.5), sleeve=WHITE, width=0.3)
    head = pen.tilted(pose.tilt_deg, NECK_PIVOT)
    for dx, lift in ((0.0, 0.0), (0.14, 0.09)):
        head.line([(-0.36 + dx, -0.62), (-0.3 + dx, -0.95 - lift), (0.0 + dx, -1.06 - lift),
                   (0.2 + dx, -0.92 - lift), (0.2 + dx, -0.74)], width=0.02)
    head.shape([(-0.42, 0.85), (-0.52, 0.3), (-0.52, -0.25), (-0.33, -0.68), (0.05, -0.84), (0.42, -0.62),
                (0.56, -0.2), (0.56, 0.3), (0.5, 0.75), (0.2, 0.95), (-0.2, 0.95)], SKIN)
    head.shape([(-0.45, 0.6), (0.25, 0.6), (0.28, 1.02), (-0.38, 1.02)], SKIN, smooth=False, edge=None)
    drop = 0.16 * opened
    head.shape([(-0.14, 0.52), (0.0, 0.3), (0.4, 0.2), (0.7, 0.33), (0.76, 0.5), (0.66, 0.66 + drop),
                (0.45, 0.83 + drop), (0.15, 0.86 + drop), (-0.08, 0.74 + drop / 2)], muzzle)
    if opened < 0.08:
        head.line([(0.0, 0.62), (0.08, 0.57), (0.4, 0.56), (0.72, 0.5)])
    else:
        deep = 0.6 + 0.24 * opened
        head.shape([(0.06, 0.55), (0.36, 0.52), (0.7, 0.49), (0.6, deep - 0.03), (0.35, deep),
                    (0.14, deep - 0.05)], rgb(104, 22, 26))
        head.shape([(0.16, 0.545), (0.64, 0.505), (0.6, 0.57), (0.2, 0.6)], WHITE, smooth=False)
    ear(head, center=(-0.27, 0.22))
    head.line([(-0.5, 0.1), (-0.43, -0.16), (-0.36, 0.04), (-0.27, -0.16), (-0.2, 0.06)], smooth=False)
    eyes(head, pose)
    nose(head, center=(0.46, 0.2), radii=(0.18, 0.12))


def _krusty(pen: Pen, pose: Pose) -> None:
    arm(pen, 0.0, shoulder=(0.58, 1.45), sleeve=_LILAC, hand=WHITE)
    torso(pen, _LILAC, shoulder=0.74, waist=0.78)
    pen.shape([(-0.9, 2.7), (0.8, 2.7), (0.85, 4.5), (-0.95, 4.5)], rgb(120, 190, 70), smooth=False)
    head = pen.tilted(pose.tilt_deg, NECK_PIVOT)
    neck(head, half_width=0.24, bottom=1.16, fill=_CLOWN_WHITE)
    for knot in ([(-0.05, 1.2), (-0.42, 1.04), (-0.42, 1.38)], [(0.0, 1.2), (0.37, 1.04), (0.37, 1.38)]):
        pen.shape(knot, rgb(50, 150, 210), smooth=False)
    pen.ellipse((-0.02, 1.21), (0.09, 0.1), rgb(50, 150, 210))
    arm(pen, pose.arm, shoulder=(-0.68, 1.48), sleeve=_LILAC, hand=WHITE)
    head.shape([(0.35, -0.3), (0.62, -0.52), (0.98, -0.5), (0.88, -0.25), (1.02, -0.02), (0.82, 0.08),
                (0.76, 0.3), (0.5, 0.22)], _KRUSTY_HAIR)
    head.shape([(-0.4, -0.35), (-0.22, -0.72), (0.05, -0.86), (0.38, -0.7), (0.54, -0.35),
                *jaw(pose.mouth_open)[1:], (-0.3, 0.7), (-0.42, 0.3)], _CLOWN_WHITE)
    head.shape([(-0.02, -0.84), (-0.08, -1.16), (0.06, -1.06), (0.14, -1.22), (0.2, -1.02), (0.3, -1.08),
                (0.18, -0.82)], _KRUSTY_HAIR)
    head.shape([(-0.2, -0.3), (-0.4, -0.66), (-0.68, -0.6), (-0.78, -0.4), (-1.06, -0.32), (-0.96, -0.08),
                (-1.1, 0.14), (-0.9, 0.28), (-0.86, 0.52), (-0.6, 0.48), (-0.42, 0.58), (-0.24, 0.3)],
                _KRUSTY_HAIR)
    ear(head, center=(-0.26, 0.22), fill=_CLOWN_WHITE)
    head.shape([(-0.08, 0.5), (0.06, 0.34), (0.4, 0.3), (0.68, 0.36), (0.7, 0.48),
                (0.52, 0.72 + 0.15 * pose.mouth_open), (0.2, 0.76 + 0.15 * pose.mouth_open),
                (-0.02, 0.66)], rgb(250, 252, 248))
    mouth(head, max(pose.mouth_open, 0.25), back=0.02)
    eyes(head, pose, skin=_CLOWN_WHITE)
    head.ellipse((0.44, 0.22), (0.17, 0.16), rgb(216, 34, 34))
    head.ellipse((0.4, 0.16), (0.035, 0.03), rgb(250, 170, 160), edge=None)


def _lisa(pen: Pen, pose: Pose) -> None:
    dress = rgb(232, 66, 28)
    arm(pen, 0.0, shoulder=(0.34, 1.42), sleeve=None, width=0.19)
    neck(pen, half_width=0.17, bottom=1.32)
    torso(pen, SKIN, shoulder=0.42, waist=0.5, bottom=2.4)
    pen.shape([(-0.44, 1.28), (-0.28, 1.36), (-0.05, 1.44), (0.18, 1.36), (0.34, 1.28), (0.44, 1.9),
               (0.75, 2.7), (0.95, 4.5), (-1.05, 4.5), (-0.85, 2.7), (-0.54, 1.9)], dress, smooth=False)
    arm(pen, pose.arm, shoulder=(-0.42, 1.44), sleeve=None, width=0.19)
    head = pen.tilted(pose.tilt_deg, NECK_PIVOT)
    star: list[Point] = []
    spikes = 9
    for i in range(spikes):
        turn = pi * (0.86 + 1.17 * i / (spikes - 1))
        star.append((0.04 + 0.99 * cos(turn), -0.08 + 1.0 * sin(turn)))
        if i < spikes - 1:
            turn = pi * (0.86 + 1.17 * (i + 0.5) / (spikes - 1))
            star.append((0.04 + 0.66 * cos(turn), -0.08 + 0.68 * sin(turn)))
    head.shape([*star, (0.5, 0.2), (0.2, 0.5), (-0.3, 0.55)], SKIN, smooth=False)
    face: Sequence[Point] = [(-0.4, -0.4), (0.1, -0.55), (0.5, -0.4), *jaw(pose.mouth_open)[1:],
                             (-0.28, 0.68), (-0.44, 0.3)]
    head.shape(face, SKIN, edge=None)
    head.line([*jaw(pose.mouth_open)[1:], (-0.28, 0.68), (-0.42, 0.42)])
    ear(head, center=(-0.27, 0.22))
    mouth(head, pose.mouth_open)
    eyes(head, pose, lashes=True)
    nose(head, center=(0.43, 0.21), radii=(0.13, 0.09))
    for i in range(6):
        x = -0.29 + 0.48 * i / 5
        pen.ellipse((x, 1.12 + 0.07 * sin(pi * i / 5)), (0.068, 0.068), WHITE)


def _marge(pen: Pen, pose: Pose) -> None:
    dress = rgb(150, 190, 70)
    arm(pen, 0.0, shoulder=(0.44, 1.42), sleeve=None, width=0.2)
    neck(pen, half_width=0.18, bottom=1.35)
    torso(pen, SKIN, shoulder=0.54, waist=0.48, bottom=2.4)
    pen.shape([(-0.57, 1.52), (-0.3, 1.5), (-0.05, 1.58), (0.2, 1.5), (0.47, 1.52), (0.46, 1.9),
               (0.4, 2.25), (0.62, 3.0), (0.7, 4.5), (-0.8, 4.5), (-0.72, 3.0), (-0.5, 2.25),
               (-0.56, 1.9)], dress, smooth=False)
    arm(pen, pose.arm, shoulder=(-0.52, 1.44), sleeve=None, width=0.2)
    head = pen.tilted(pose.tilt_deg, NECK_PIVOT)
    head.shape([(-0.4, -0.4), (0.1, -0.6), (0.5, -0.45), *jaw(pose.mouth_open)[1:], (-0.27, 0.68),
                (-0.44, 0.3)], SKIN)
    bumps: list[Point] = []
    for i in range(7):
        y = -0.1 - 0.36 * i
        bumps += [(-0.5 - 0.02 * i, y), (-0.56 - 0.015 * i, y - 0.18)]
    crown: list[Point] = [(-0.52, -2.66), (-0.25, -2.84), (0.02, -2.8), (0.25, -2.86), (0.5, -2.68)]
    down: list[Point] = []
    for i in reversed(range(6)):
        y = -0.62 - 0.36 * i
        down += [(0.62, y - 0.18), (0.55, y)]
    head.shape([(-0.36, 0.3), (-0.52, 0.22), *bumps, *crown, *down, (0.5, -0.42), (0.2, -0.36),
                (-0.1, -0.3), (-0.26, -0.02)], _MARGE_BLUE)
    ear(head, center=(-0.27, 0.24))
    mouth(head, pose.mouth_open)
    eyes(head, pose, lashes=True)
    nose(head, center=(0.44, 0.22), radii=(0.13, 0.09))
    for i in range(5):
        x = -0.31 + 0.52 * i / 4
        pen.ellipse((x, 1.14 + 0.08 * sin(pi * i / 4)), (0.095, 0.09), rgb(206, 30, 36))


def _ned(pen: Pen, pose: Pose) -> None:
    green, pink = rgb(58, 104, 52), rgb(244, 176, 184)
    arm(pen, 0.0, shoulder=(0.58, 1.45), sleeve=green, long_sleeve=True)
    neck(pen, half_width=0.23)
    torso(pen, green, shoulder=0.76, waist=0.74)
    pen.shape([(-0.85, 2.9), (0.75, 2.9), (0.8, 4.5), (-0.9, 4.5)], rgb(110, 110, 120), smooth=False)
    pen.shape([(-0.34, 1.0), (-0.05, 1.24), (0.24, 1.0), (0.38, 1.2), (0.14, 1.4), (-0.05, 1.24),
               (-0.24, 1.4), (-0.48, 1.2)], pink, smooth=False)
    arm(pen, pose.arm, shoulder=(-0.7, 1.48), sleeve=green, long_sleeve=True)
    head = pen.tilted(pose.tilt_deg, NECK_PIVOT)
    head.shape([(-0.42, -0.4), (0.1, -0.72), (0.5, -0.5), *jaw(pose.mouth_open), (-0.27, 0.7), (-0.44, 0.3)],
                SKIN)
    head.shape([(-0.24, 0.32), (-0.44, 0.46), (-0.54, 0.1), (-0.56, -0.4), (-0.32, -0.76), (0.05, -0.88),
                (0.42, -0.78), (0.6, -0.52), (0.56, -0.36), (0.3, -0.46), (0.0, -0.46), (-0.2, -0.24),
                (-0.24, 0.05)], _BROWN)
    head.line([(-0.3, -0.62), (0.05, -0.74), (0.38, -0.66)])
    ear(head, center=(-0.24, 0.22))
    mouth(head, pose.mouth_open)
    head.line([(-0.2, 0.08), (-0.15, 0.0)], width=0.04)
    eyes(head, pose, radius=0.21, near=(0.08, 0.0), far=(0.5, -0.01))
    for x, y in ((0.5, -0.01), (0.08, 0.0)):
        ring = [(x + 0.245 * cos(a), y + 0.245 * sin(a)) for a in np.linspace(0, 2 * pi, 30)]
        head.line(ring, width=0.03, colour=rgb(70, 64, 72), smooth=False)
    head.shape([(0.02, 0.5), (0.12, 0.34), (0.36, 0.27), (0.6, 0.29), (0.76, 0.46), (0.66, 0.47),
                (0.52, 0.43), (0.36, 0.47), (0.14, 0.49), (0.06, 0.6)], _BROWN)
    nose(head, center=(0.46, 0.21), radii=(0.17, 0.11))


@dataclass(frozen=True)
class HeadExtent:
    """Extent of a head, including hair, in figure units; the chin is at `CHIN`.

    Attributes:
        top: y of the top of the hair.
        back: x of the back of the hair.
        front: x of the tip of the nose or hair.
    """

    top: float
    back: float = -0.6
    front: float = 0.72


@dataclass(frozen=True)
class Figure:
    """A character: how to draw it, and the extent of its head.

    Attributes:
        draw: Draws the character with a pen.
        head: Extent of the head; the waist is at `WAIST`.
    """

    draw: Callable[[Pen, Pose], None]
    head: HeadExtent


CHIN = 0.82
WAIST = 2.3

FIGURES: dict[str, Figure] = {
    "bart_simpson": Figure(_bart, HeadExtent(-1.18)), "homer_simpson": Figure(_homer, HeadExtent(-1.12)),
    "krusty_the_clown": Figure(_krusty, HeadExtent(-1.2, -0.95, 0.95)),
    "lisa_simpson": Figure(_lisa, HeadExtent(-1.1, -0.9, 0.95)),
    "marge_simpson": Figure(_marge, HeadExtent(-2.85)), "ned_flanders": Figure(_ned, HeadExtent(-0.9)), }
