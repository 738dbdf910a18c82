"""Drawings of unknown people, so that networks do not name every drawn face."""

from __future__ import annotations

from dataclasses import dataclass

from simpsons_samples.anatomy import NECK_PIVOT, Pose, arm, ear, eyes, jaw, mouth, neck, nose, torso
from simpsons_samples.pen import Colour, Pen

# Outline points are easier to read in rows:
# fmt: off


@dataclass(frozen=True)
class Stranger:
    """An invented person: colours of skin, hair and clothes, and a hair style (0-3)."""

    skin: Colour
    hair: Colour
    clothes: Colour
    style: int


def draw_stranger(pen: Pen, pose: Pose, who: Stranger) -> None:
    """Draw an unknown person."""
    arm(pen, 0.0, shoulder=(0.52, 1.45), sleeve=who.clothes, skin=who.skin, hand=who.skin)
    if who.style == 1:
        pen.shape([(-0.6, -0.5), (0.0, -0.9), (0.5, -0.6), (0.3, 0.8), (0.2, 1.5), (-0.6, 1.6),
                   (-0.75, 0.6)], who.hair)
    neck(pen, fill=who.skin)
    torso(pen, who.clothes, shoulder=0.68, waist=0.7)
    arm(pen, pose.arm, shoulder=(-0.62, 1.48), sleeve=who.clothes, skin=who.skin, hand=who.skin)
    head = pen.tilted(pose.tilt_deg, NECK_PIVOT)
    head.shape([(-0.42, -0.4), (0.1, -0.7), (0.5, -0.45), *jaw(pose.mouth_open), (-0.27, 0.7), (-0.46, 0.3)],
                who.skin)
    if who.style in (0, 1):
        head.shape([(-0.2, 0.1), (-0.5, 0.2 if who.style == 0 else 0.8), (-0.58, -0.4), (-0.2, -0.86),
                    (0.3, -0.86), (0.62, -0.5), (0.3, -0.42), (-0.1, -0.3)], who.hair)
    elif who.style == 2:
        curls = ((-0.45, -0.1, 0.25), (-0.5, -0.4, 0.28), (-0.25, -0.7, 0.3),
                 (0.1, -0.8, 0.3), (0.4, -0.62, 0.25))
        for x, y, r in curls:
            head.ellipse((x, y), (r, r), who.hair)
    else:
        head.shape([(-0.62, -0.34), (-0.5, -0.8), (0.0, -0.98), (0.45, -0.8), (0.56, -0.42), (0.95, -0.32),
                    (0.5, -0.3)], who.clothes)
    ear(head, fill=who.skin)
    mouth(head, pose.mouth_open)
    eyes(head, pose, skin=who.skin, radius=0.19, near=(0.08, 0.0), far=(0.46, -0.01))
    nose(head, fill=who.skin, center=(0.47, 0.2), radii=(0.12, 0.12))
