"""Six backdrops in flat colours. Units: the picture is 1 high; x = 0 is its centre."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from simpsons_samples.pen import Colour, Image, Pen, rgb

_SIDE = 2.0  # half width of a backdrop, so that a shift shows no edge


def _box(
    pen: Pen, x: float, y: float, width: float, height: float, fill: Colour, *, edge: bool = True
) -> None:
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    if edge:
        pen.shape(corners, fill, smooth=False)
    else:
        pen.shape(corners, fill, smooth=False, edge=None)


def _band(pen: Pen, top: float, bottom: float, fill: Colour) -> None:
    _box(pen, -_SIDE, top, 2 * _SIDE, bottom - top, fill, edge=False)


def _pick(rng: np.random.Generator, *colours: Colour) -> Colour:
    return colours[int(rng.integers(len(colours)))]


def _living_room(pen: Pen, rng: np.random.Generator) -> None:
    _band(pen, 0, 0.8, _pick(rng, rgb(226, 152, 148), rgb(214, 170, 190), rgb(170, 196, 190)))
    _band(pen, 0.8, 1, _pick(rng, rgb(112, 150, 96), rgb(150, 120, 110)))
    _box(pen, -_SIDE, 0.77, 2 * _SIDE, 0.035, rgb(190, 110, 104))
    x = float(rng.uniform(-0.25, 0.25))
    _box(pen, x - 0.19, 0.08, 0.38, 0.27, rgb(206, 160, 70))
    _box(pen, x - 0.16, 0.11, 0.32, 0.21, rgb(150, 204, 236))
    pen.shape([(x - 0.08, 0.27), (x + 0.01, 0.13), (x + 0.08, 0.27)], rgb(250, 248, 240), smooth=False)
    _box(pen, x - 0.16, 0.27, 0.32, 0.05, rgb(60, 130, 190))
    couch = _pick(rng, rgb(190, 104, 52), rgb(150, 84, 60))
    pen.shape([(-0.52, 0.93), (-0.5, 0.56), (-0.4, 0.5), (0.4, 0.5), (0.5, 0.56), (0.52, 0.93)], couch)
    for side in (-0.25, 0.25):
        pen.ellipse((side, 0.76), (0.25, 0.07), rgb(206, 122, 66))
    for side in (-0.56, 0.56):
        pen.ellipse((side, 0.78), (0.1, 0.18), couch)
    lamp = 0.86 * (1 if rng.random() < 0.5 else -1)
    _box(pen, lamp - 0.01, 0.4, 0.02, 0.5, rgb(120, 90, 60))
    pen.shape(
        [(lamp - 0.08, 0.22), (lamp + 0.08, 0.22), (lamp + 0.14, 0.42), (lamp - 0.14, 0.42)],
        rgb(246, 224, 150),
        smooth=False,
    )


def _street(pen: Pen, rng: np.random.Generator) -> None:
    _band(pen, 0, 0.7, _pick(rng, rgb(98, 178, 240), rgb(130, 196, 244), rgb(240, 180, 140)))
    for i in range(5):
        x, y = -1.4 + 0.7 * i + float(rng.uniform(-0.2, 0.2)), float(rng.uniform(0.08, 0.25))
        pen.shape(
            [
                (x - 0.18, y),
                (x - 0.1, y - 0.07),
                (x, y - 0.05),
                (x + 0.08, y - 0.08),
                (x + 0.18, y),
                (x, y + 0.025),
            ],
            rgb(248, 250, 252),
            edge=None,
        )
    _band(pen, 0.64, 0.82, rgb(98, 168, 62))
    for i in range(6):
        x = -1.7 + 0.66 * i + float(rng.uniform(-0.06, 0.06))
        wall = _pick(rng, rgb(236, 190, 160), rgb(206, 214, 150), rgb(220, 176, 206), rgb(190, 210, 220))
        _box(pen, x, 0.42, 0.42, 0.28, wall)
        pen.shape(
            [(x - 0.05, 0.43), (x + 0.08, 0.27), (x + 0.34, 0.27), (x + 0.47, 0.43)],
            _pick(rng, rgb(120, 74, 62), rgb(90, 90, 110)),
            smooth=False,
        )
        _box(pen, x + 0.06, 0.5, 0.1, 0.09, rgb(160, 210, 230))
        _box(pen, x + 0.26, 0.5, 0.09, 0.2, rgb(150, 60, 50))
        _box(pen, x + 0.525, 0.52, 0.03, 0.2, rgb(120, 80, 50))
        pen.ellipse((x + 0.54, 0.46), (0.09, 0.13), rgb(52, 128, 56))
    _band(pen, 0.8, 0.86, rgb(200, 198, 190))
    _band(pen, 0.86, 1, rgb(112, 112, 122))
    for i in range(10):
        _box(pen, -1.9 + 0.4 * i, 0.925, 0.18, 0.018, rgb(240, 214, 90), edge=False)


def _kitchen(pen: Pen, rng: np.random.Generator) -> None:
    _band(pen, 0, 0.85, _pick(rng, rgb(240, 222, 150), rgb(196, 220, 190), rgb(230, 200, 170)))
    _band(pen, 0.85, 1, rgb(206, 206, 190))
    cupboard = _pick(rng, rgb(112, 84, 150), rgb(176, 118, 72), rgb(90, 140, 130))
    for i in range(9):
        x = -1.8 + 0.4 * i
        if abs(x + 0.2) > 0.25:
            _box(pen, x, 0.0, 0.38, 0.26, cupboard)
            pen.ellipse((x + 0.33, 0.2), (0.014, 0.014), rgb(240, 220, 120))
    x = -0.21
    _box(pen, x, 0.06, 0.42, 0.32, rgb(250, 250, 245))
    _box(pen, x + 0.025, 0.085, 0.37, 0.27, rgb(124, 196, 240))
    _box(pen, x + 0.2, 0.085, 0.02, 0.27, rgb(250, 250, 245))
    for side in (-0.02, 0.36):
        pen.shape(
            [(x + side, 0.04), (x + side + 0.08, 0.04), (x + side + 0.05, 0.4), (x + side - 0.02, 0.4)],
            rgb(220, 80, 70),
            smooth=False,
        )
    _box(pen, -_SIDE, 0.6, 2 * _SIDE, 0.05, rgb(236, 236, 230))
    for i in range(11):
        _box(pen, -1.9 + 0.36 * i, 0.65, 0.36, 0.25, cupboard)
    fridge = 0.62 if rng.random() < 0.5 else -1.0
    _box(pen, fridge, 0.18, 0.38, 0.75, _pick(rng, rgb(126, 160, 84), rgb(220, 220, 214)))
    pen.line([(fridge, 0.42), (fridge + 0.38, 0.42)])
    _box(pen, fridge + 0.04, 0.46, 0.02, 0.14, rgb(180, 180, 180))


def _classroom(pen: Pen, rng: np.random.Generator) -> None:
    _band(pen, 0, 0.78, _pick(rng, rgb(222, 204, 150), rgb(176, 200, 206), rgb(206, 190, 200)))
    _band(pen, 0.78, 1, rgb(160, 124, 90))
    x = float(rng.uniform(-0.2, 0.2))
    _box(pen, x - 0.6, 0.1, 1.2, 0.45, rgb(150, 96, 52))
    _box(pen, x - 0.57, 0.13, 1.14, 0.39, rgb(38, 98, 72))
    for i in range(3):
        y = 0.2 + 0.1 * i
        wave = [(x - 0.48 + 0.06 * j, y + 0.012 * (-1) ** j) for j in range(int(rng.integers(5, 14)))]
        pen.line(wave, width=0.008, colour=rgb(226, 234, 226))
    pen.ellipse((x + 0.8, 0.16), (0.09, 0.09), rgb(250, 250, 250))
    pen.line([(x + 0.8, 0.1), (x + 0.8, 0.16), (x + 0.85, 0.18)], smooth=False)
    for i in range(5):
        desk = -1.4 + 0.62 * i
        _box(pen, desk + 0.03, 0.8, 0.03, 0.2, rgb(90, 90, 100))
        _box(pen, desk + 0.34, 0.8, 0.03, 0.2, rgb(90, 90, 100))
        _box(pen, desk, 0.76, 0.4, 0.06, rgb(212, 152, 84))


def _night_town(pen: Pen, rng: np.random.Generator) -> None:
    _band(pen, 0, 1, _pick(rng, rgb(30, 32, 84), rgb(48, 30, 92), rgb(20, 50, 90)))
    for _ in range(40):
        star = (float(rng.uniform(-_SIDE, _SIDE)), float(rng.uniform(0, 0.5)))
        pen.ellipse(star, (0.004, 0.004), rgb(250, 246, 200), edge=None)
    pen.ellipse((float(rng.uniform(-0.6, 0.6)), 0.16), (0.085, 0.085), rgb(250, 240, 180))
    for i in range(12):
        x, top = -1.9 + 0.33 * i, float(rng.uniform(0.3, 0.58))
        _box(pen, x, top, 0.3, 0.7, _pick(rng, rgb(58, 60, 96), rgb(78, 58, 92), rgb(44, 70, 98)))
        for row in range(4):
            for column in range(3):
                if rng.random() < 0.6:
                    _box(
                        pen, x + 0.04 + 0.085 * column, top + 0.05 + 0.1 * row, 0.05, 0.06, rgb(250, 212, 100)
                    )
    _band(pen, 0.88, 1, rgb(40, 40, 54))


def _tv_studio(pen: Pen, rng: np.random.Generator) -> None:
    curtain = _pick(rng, rgb(132, 48, 150), rgb(160, 30, 50), rgb(40, 80, 150))
    _band(pen, 0, 0.86, curtain)
    shade = (curtain[0] * 3 // 4, curtain[1] * 3 // 4, curtain[2] * 3 // 4)
    for i in range(20):
        x = -2 + 0.2 * i
        pen.shape([(x, 0), (x + 0.07, 0), (x + 0.1, 0.86), (x + 0.02, 0.86)], shade, smooth=False, edge=None)
    for _ in range(14):
        spot = (float(rng.uniform(-1.2, 1.2)), float(rng.uniform(0.1, 0.8)))
        pen.ellipse(spot, (0.055, 0.055), _pick(rng, rgb(246, 214, 60), rgb(90, 200, 90), rgb(240, 120, 60)))
    _band(pen, 0.86, 1, rgb(226, 170, 80))
    _box(pen, -_SIDE, 0.85, 2 * _SIDE, 0.03, rgb(250, 226, 120))
    for side in (-0.55, 0.0, 0.55):
        _box(pen, side - 0.05, -0.02, 0.1, 0.06, rgb(60, 60, 70))
        pen.ellipse((side, 0.05), (0.06, 0.025), rgb(255, 250, 200))


_SCENES: dict[str, Callable[[Pen, np.random.Generator], None]] = {
    "living_room": _living_room,
    "street": _street,
    "kitchen": _kitchen,
    "classroom": _classroom,
    "night_town": _night_town,
    "tv_studio": _tv_studio,
}

SCENES: tuple[str, ...] = tuple(_SCENES)
"""Names of the backdrops."""


def draw_backdrop(width: int, height: int, scene: str, *, shift: float = 0.0, seed: int) -> Image:
    """Draw a backdrop without people.

    Args:
        width: Width of the picture, pixels.
        height: Height of the picture, pixels.
        scene: One of `SCENES`.
        shift: Camera position to the right, in picture heights, about -0.5 to 0.5.
        seed: Random seed for colours and positions; the same seed gives the same picture.

    Returns:
        (height, width, 3) uint8 BGR.

    Raises:
        ValueError: The size is not positive, or the scene is unknown.
    """
    if width <= 0 or height <= 0:
        raise ValueError(f"size {width}x{height}: both sides must be positive")
    if scene not in _SCENES:
        raise ValueError(f"scene {scene!r} is unknown; known are {', '.join(SCENES)}")
    canvas = np.zeros((height, width, 3), np.uint8)
    pen = Pen(canvas, origin=(width / 2 - shift * height, 0.0), scale=height, outline=0.006)
    _SCENES[scene](pen, np.random.default_rng(seed))
    return canvas
