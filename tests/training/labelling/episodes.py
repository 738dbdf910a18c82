"""Short episodes, made in code: every shot is a picture of its own that moves a little."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from tests.media import Recipe, make_video

RATE = 12
SIZE = (160, 120)


def shot_picture(shot: int | None, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W, 3) uint8 BGR: coloured clouds, other ones for each shot; None is black."""
    width, height = size
    if shot is None:
        return np.zeros((height, width, 3), np.uint8)
    cloud = np.random.default_rng(shot).integers(0, 256, (4, 5, 3), np.uint8)
    return np.asarray(cv2.resize(cloud, size, interpolation=cv2.INTER_CUBIC))


def make_episode(folder: Path, name: str, shots: list[int | None], *, shot_s: int = 2) -> Path:
    """Write a video with these shots, see `shot_picture`, of this length each."""
    folder.mkdir(parents=True, exist_ok=True)

    def picture(number: int, size: tuple[int, int]) -> np.ndarray:
        still = shot_picture(shots[number // (RATE * shot_s)], size)
        return np.roll(still, number % (RATE * shot_s) // 4, axis=1)

    return make_video(
        folder,
        Recipe(
            name,
            frames=len(shots) * shot_s * RATE,
            rate=Fraction(RATE),
            size=SIZE,
            options={"preset": "ultrafast", "g": "12"},
            picture=picture,
        ),
    )
