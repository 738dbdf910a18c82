"""Body parts shared by all figures. Units: a face is about 1 wide; the eyes are at y = 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simpsons_samples.pen import BLACK, WHITE, Colour, Pen, Point, rgb

SKIN = rgb(255, 217, 15)
NECK_PIVOT: Point = (-0.05, 0.9)
_MOUTH_INSIDE = rgb(104, 22, 26)
_TONGUE = rgb(222, 92, 88)


@dataclass(frozen=True)
class Pose:
    """Pose of a figure.

    Attributes:
        mouth_open: 0 (closed) to 1 (wide open).
        blink: Whether the eyes are shut.
        arm: 0 (hanging) to 1 (hand raised next to the face).
        gaze: Gaze direction, -1 (back over the shoulder) to 1 (ahead).
        tilt_deg: Tilt of the head in degrees, positive is forwards.
    """

    mouth_open: float = 0.0
    blink: bool = False
    arm: float = 0.0
    gaze: float = 0.2
    tilt_deg: float = 0.0


def eyes(
    pen: Pen,
    pose: Pose,
    *,
    near: Point = (0.08, 0.0),
    far: Point = (0.47, -0.02),
    radius: float = 0.25,
    skin: Colour = SKIN,
    lashes: bool = False,
) -> None:
    """Draw two round eyes, the far one behind the near one."""
    for x, y in (far, near):
        if lashes:
            for dx, dy in ((-0.55, -0.85), (-0.1, -1.0), (0.35, -0.95), (0.75, -0.65)):
                start = (x + dx * radius * 0.95, y + dy * radius * 0.95)
                pen.line([start, (x + dx * radius * 1.45, y + dy * radius * 1.45)])
        if pose.blink:
            pen.ellipse((x, y), (radius, radius), skin)
            pen.line([(x - radius, y + 0.03), (x, y + 0.09), (x + radius, y + 0.03)])
        else:
            pen.ellipse((x, y), (radius, radius), WHITE)
            pen.ellipse((x + pose.gaze * radius * 0.6, y + 0.02), (0.048, 0.048), BLACK, edge=None)


def nose(pen: Pen, *, center: Point = (0.43, 0.2), radii: Point = (0.17, 0.105), fill: Colour = SKIN) -> None:
    """Draw a sausage-shaped nose between the eyes; its root has no outline."""
    x, y = center
    pen.ellipse(center, radii, fill, turn_deg=6)
    pen.ellipse((x - radii[0] * 0.62, y), (radii[0] * 0.55, radii[1] * 0.78), fill, edge=None)


def jaw(mouth_open: float) -> list[Point]:
    """Outline of a face from the forehead over the upper lip down to the throat."""
    drop = 0.15 * mouth_open
    return [
        (0.55, -0.2),
        (0.54, 0.22),
        (0.68, 0.36),
        (0.64, 0.47),
        (0.5, 0.54 + drop),
        (0.46, 0.66 + drop),
        (0.22, 0.79 + drop),
        (-0.05, 0.78 + 0.5 * drop),
    ]


def mouth(pen: Pen, mouth_open: float, *, back: float = 0.08) -> None:
    """Draw a mouth for `jaw` with its corner at x = `back`: a smile, or open with teeth and tongue."""
    if mouth_open < 0.08:
        pen.line([(back - 0.04, 0.43), (back, 0.5), (0.3, 0.545), (0.6, 0.49)])
        return
    deep = 0.52 + 0.22 * mouth_open
    pen.shape(
        [(back, 0.47), (0.3, 0.485), (0.6, 0.47), (0.5, deep - 0.03), (0.3, deep), (0.14, deep - 0.07)],
        _MOUTH_INSIDE,
    )
    if mouth_open > 0.3:
        pen.ellipse((0.33, deep - 0.035), (0.12, 0.05 * mouth_open), _TONGUE, edge=None)
    pen.shape([(back + 0.08, 0.475), (0.56, 0.475), (0.53, 0.535), (back + 0.13, 0.53)], WHITE, smooth=False)


def ear(pen: Pen, *, center: Point = (-0.28, 0.2), fill: Colour = SKIN) -> None:
    """Draw a small round ear with a line in it."""
    x, y = center
    pen.ellipse(center, (0.115, 0.135), fill)
    pen.line([(x - 0.05, y - 0.03), (x + 0.03, y - 0.04), (x + 0.04, y + 0.05)])


def neck(pen: Pen, *, half_width: float = 0.24, bottom: float = 1.3, fill: Colour = SKIN) -> None:
    """Draw a straight neck from inside the head down to `bottom`."""
    x = NECK_PIVOT[0]
    left, right = x - half_width, x + half_width
    pen.shape([(left, 0.3), (right, 0.3), (right + 0.03, bottom), (left - 0.03, bottom)], fill, smooth=False)


def torso(
    pen: Pen, fill: Colour, *, shoulder: float, waist: float, top: float = 1.12, bottom: float = 4.5
) -> None:
    """Draw the body from the shoulders down in one colour; `shoulder` and `waist` are half widths."""
    x = NECK_PIVOT[0]
    pen.shape(
        [
            (x - 0.28, top - 0.04),
            (x + 0.28, top - 0.04),
            (x + shoulder * 0.85, top + 0.14),
            (x + shoulder, top + 0.45),
            (x + waist, 2.3),
            (x + waist, bottom),
            (x - waist, bottom),
            (x - waist, 2.3),
            (x - shoulder, top + 0.45),
            (x - shoulder * 0.85, top + 0.14),
        ],
        fill,
    )


def arm(
    pen: Pen,
    raised: float,
    *,
    shoulder: Point,
    sleeve: Colour | None,
    long_sleeve: bool = False,
    skin: Colour = SKIN,
    hand: Colour = SKIN,
    width: float = 0.27,
) -> None:
    """Draw an arm: hanging at `raised` = 0, the hand next to the face at 1."""
    x, y = shoulder
    side = 1.0 if x > 0 else -1.0
    elbow = (x + side * (0.1 + 0.25 * raised), y + 0.72 - 0.1 * raised)
    wrist = (elbow[0] + side * (0.02 + 0.3 * raised), elbow[1] + 0.7 - 1.3 * raised)
    forearm = skin if sleeve is None or not long_sleeve else sleeve
    pen.limb([shoulder, elbow, wrist], forearm, width=width)
    _hand(pen, elbow, wrist, hand, width)
    if sleeve is not None:
        middle = (x + (elbow[0] - x) * 0.6, y + (elbow[1] - y) * 0.6)
        end = elbow if long_sleeve else middle
        pen.limb([shoulder, end], sleeve, width=width + (0.06 if long_sleeve else 0.16))
        if long_sleeve:
            cuff = (elbow[0] + (wrist[0] - elbow[0]) * 0.8, elbow[1] + (wrist[1] - elbow[1]) * 0.8)
            pen.limb([elbow, cuff], sleeve, width=width + 0.06)
            pen.line([shoulder, elbow], width=width, colour=sleeve)


def _hand(pen: Pen, elbow: Point, wrist: Point, fill: Colour, width: float) -> None:
    """Draw a palm at the wrist and four fingers in the direction of the forearm."""
    dx, dy = wrist[0] - elbow[0], wrist[1] - elbow[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    dx, dy = dx / length, dy / length
    palm = (wrist[0] + dx * 0.1, wrist[1] + dy * 0.1)
    fingers: Sequence[Point] = ((-0.75, 0.12), (-0.28, 0.3), (0.1, 0.32), (0.45, 0.26))
    for across, along in fingers:
        tip = (palm[0] + dx * along - dy * across * 0.3, palm[1] + dy * along + dx * across * 0.3)
        pen.limb([palm, tip], fill, width=0.085)
    pen.ellipse(palm, (width * 0.58, width * 0.58), fill)
    for across, along in fingers:
        tip = (palm[0] + dx * along - dy * across * 0.3, palm[1] + dy * along + dx * across * 0.3)
        pen.line([palm, tip], width=0.085, colour=fill)
