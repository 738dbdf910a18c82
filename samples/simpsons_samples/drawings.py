"""Draw characters, and pictures and scenes for training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from simpsons_samples.anatomy import Pose
from simpsons_samples.backdrops import SCENES, draw_backdrop
from simpsons_samples.cast import CHIN, FIGURES, WAIST, HeadExtent
from simpsons_samples.pen import Image, Pen, rgb
from simpsons_samples.strangers import Stranger, draw_stranger

CHARACTERS: tuple[str, ...] = tuple(FIGURES)
"""The characters that `draw_character` knows, in alphabetical order."""

_FRAME_SHAPES = (4 / 3, 4 / 3, 16 / 9, 2 / 3, 2 / 3, 8 / 9)  # whole frames, and halves of 4:3 and 16:9 frames
_SKINS = (rgb(255, 217, 15), rgb(244, 200, 160), rgb(160, 104, 62), rgb(222, 174, 130), rgb(250, 206, 60))
_HAIRS = (
    rgb(40, 30, 30),
    rgb(206, 96, 40),
    rgb(196, 190, 186),
    rgb(226, 120, 170),
    rgb(90, 50, 30),
    rgb(240, 226, 160),
)
_STRANGER = HeadExtent(-0.9)
_CLOTHES = (
    rgb(40, 90, 160),
    rgb(240, 200, 60),
    rgb(230, 230, 236),
    rgb(60, 60, 66),
    rgb(30, 150, 150),
    rgb(150, 110, 80),
    rgb(180, 60, 110),
)


@dataclass(frozen=True)
class DrawnHead:
    """Box of a head in a picture, including hair; sides in pixels, which may lie outside the picture.

    Attributes:
        name: One of `CHARACTERS`, or None for an unknown person.
        x_min: Left side.
        y_min: Top.
        x_max: Right side.
        y_max: Bottom.
    """

    name: str | None
    x_min: float
    y_min: float
    x_max: float
    y_max: float


def draw_character(
    canvas: Image,
    name: str,
    *,
    center: tuple[float, float],
    height_px: float,
    facing: int = 1,
    mouth_open: float = 0.0,
    blink: bool = False,
    arm: float = 0.0,
    gaze: float = 0.2,
    tilt_deg: float = 0.0,
) -> None:
    """Draw a character into a picture, in place.

    The body continues below the waist, so that a figure cut off by the lower edge looks right.

    Args:
        canvas: (H, W, 3) uint8 BGR.
        name: One of `CHARACTERS`.
        center: (x, y) in pixels of the centre between the top of the hair and the waist.
        height_px: Height in pixels from the top of the hair to the waist.
        facing: 1: looks to the right; -1: to the left.
        mouth_open: 0 (closed) to 1 (wide open).
        blink: Whether the eyes are shut.
        arm: 0 (hanging) to 1 (hand raised next to the face).
        gaze: Gaze direction, -1 (back over the shoulder) to 1 (ahead).
        tilt_deg: Tilt of the head in degrees, positive is forwards.

    Raises:
        ValueError: The character is unknown, or the height is not positive.
    """
    if name not in FIGURES:
        raise ValueError(f"character {name!r} is unknown; known are {', '.join(CHARACTERS)}")
    if height_px <= 0:
        raise ValueError(f"height_px is {height_px}; it must be positive")
    figure = FIGURES[name]
    scale = height_px / (WAIST - figure.head.top)
    origin = (center[0], center[1] - scale * (WAIST + figure.head.top) / 2)
    figure.draw(Pen(canvas, origin, scale, facing), Pose(mouth_open, blink, arm, gaze, tilt_deg))


def random_picture(name: str | None, rng: np.random.Generator, size_px: int = 192) -> Image:
    """Draw one training picture.

    It is drawn as a 4:3 or 16:9 frame, or as half of one, and then squeezed into a square, as the player
    does before classifying.

    Args:
        name: One of `CHARACTERS`, or None for a backdrop with or without unknown people.
        rng: Random generator for backdrop, size, pose and colours.
        size_px: Side of the picture in pixels.

    Returns:
        (size_px, size_px, 3) uint8 BGR.

    Raises:
        ValueError: The character is unknown.
    """
    if name is not None and name not in FIGURES:
        raise ValueError(f"character {name!r} is unknown; known are {', '.join(CHARACTERS)}")
    height = 288
    width = round(height * float(rng.choice(_FRAME_SHAPES)))
    scene = SCENES[int(rng.integers(len(SCENES)))]
    shift, seed = float(rng.uniform(-0.4, 0.4)), int(rng.integers(1 << 31))
    picture = draw_backdrop(width, height, scene, shift=shift, seed=seed)
    if name is not None:
        _place(picture, name, rng)
    else:
        for _ in range(int(rng.choice((0, 1, 1, 2)))):
            _place(picture, None, rng)
    picture = _jitter(picture, rng)
    squashed = cv2.resize(picture, (size_px, size_px), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(squashed, dtype=np.uint8)


def random_scene(
    names: Sequence[str | None], rng: np.random.Generator
) -> tuple[Image, tuple[DrawnHead, ...]]:
    """Draw a frame with several people, who may occlude each other; also returns their heads.

    Args:
        names: Names from `CHARACTERS`, or None for unknown people; the last one is in front.
        rng: Random generator for backdrop, positions, sizes, poses and colours.

    Returns:
        (288, W, 3) uint8 BGR, and the heads in the order of `names`.
    """
    height = 288
    width = round(height * float(rng.choice(_FRAME_SHAPES[:3])))
    scene = SCENES[int(rng.integers(len(SCENES)))]
    picture = draw_backdrop(
        width, height, scene, shift=float(rng.uniform(-0.4, 0.4)), seed=int(rng.integers(1 << 31))
    )
    heads = tuple(_place(picture, name, rng) for name in names)
    return _jitter(picture, rng), heads


def _place(picture: Image, name: str | None, rng: np.random.Generator) -> DrawnHead:
    """Draw a character or an unknown person at a random position, size and pose, the head well inside."""
    height, width = picture.shape[:2]
    pose = Pose(
        mouth_open=float(rng.choice((0.0, rng.uniform(0.2, 1.0)))),
        blink=bool(rng.random() < 0.1),
        arm=float(rng.choice((0.0, rng.uniform(0.0, 1.0)))),
        gaze=float(rng.uniform(-0.6, 0.9)),
        tilt_deg=float(rng.uniform(-7, 7)),
    )
    facing = 1 if rng.random() < 0.5 else -1
    # A figure unit is the width of the face; a head is 1.9 units high.
    scale = height * float(rng.uniform(0.27, 0.9) if rng.random() < 0.85 else rng.uniform(0.18, 0.27)) / 1.9
    scale = min(scale, width * 0.62)
    x = width / 2 + float(rng.uniform(-0.5, 0.5)) * max(0.0, width - 1.6 * scale)
    hair_top = (FIGURES[name].head if name is not None else _STRANGER).top
    shown_top = max(hair_top, -1.7)  # tall hair may be cut off by the upper edge
    y = float(rng.uniform(-0.1 * scale, max(0.0, height - 2.6 * scale))) - shown_top * scale
    # The mouth is visible, the lower end of the body is not.
    y = max(min(y, height - 1.0 * scale), height - 4.2 * scale)
    pen = Pen(picture, (x, y), scale, facing)
    if name is not None:
        FIGURES[name].draw(pen, pose)
        return _head(name, FIGURES[name].head, (x, y), scale, facing)
    who = Stranger(
        skin=_SKINS[int(rng.integers(len(_SKINS)))],
        hair=_HAIRS[int(rng.integers(len(_HAIRS)))],
        clothes=_CLOTHES[int(rng.integers(len(_CLOTHES)))],
        style=int(rng.integers(4)),
    )
    draw_stranger(pen, pose, who)
    return _head(None, _STRANGER, (x, y), scale, facing)


def _head(
    name: str | None, reach: HeadExtent, origin: tuple[float, float], scale: float, facing: int
) -> DrawnHead:
    x_min, x_max = sorted(origin[0] + facing * scale * x for x in (reach.back, reach.front))
    return DrawnHead(name, x_min, origin[1] + scale * reach.top, x_max, origin[1] + scale * CHIN)


def _jitter(picture: Image, rng: np.random.Generator) -> Image:
    """Vary brightness, contrast and colour slightly, and sometimes blur."""
    gain = rng.uniform(0.88, 1.1) * rng.uniform(0.95, 1.05, 3)
    mixed = picture.astype(np.float32) * gain.astype(np.float32) + np.float32(rng.uniform(-10, 10))
    result: Image = np.clip(mixed, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        result = np.asarray(cv2.GaussianBlur(result, (0, 0), float(rng.uniform(0.4, 1.2))), dtype=np.uint8)
    return result
