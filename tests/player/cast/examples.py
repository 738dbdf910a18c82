"""Examples made in code: a JPEG of one colour, and an embedding with one direction for each character."""

from __future__ import annotations

import cv2
import numpy as np

from simpsons_play.cast.members import Example
from tests.fakes import flat

EMBEDDER = "fake-1"


def jpeg(seed: int) -> bytes:
    """A small JPEG, another for each seed."""
    noise = np.random.default_rng(seed).integers(0, 256, (8, 8, 3)).astype(np.uint8)
    picture = cv2.resize(noise, (112, 112)) if seed else flat((0, 0, 255), width=112, height=112)
    return cv2.imencode(".jpg", picture)[1].tobytes()


def example(
    seed: int, *, direction: int | None = None, time_s: float | None = None, looks: int = 0
) -> Example:
    """An example; those of different seeds are different pictures, unless they have one direction."""
    vector = np.random.default_rng(seed).normal(size=16)
    if direction is not None:
        vector = np.eye(16)[direction]
    others = np.random.default_rng(seed + 1000).normal(size=(looks, 16)).astype(np.float32)
    return Example(vector.astype(np.float32), jpeg(seed), f"picture-{seed}.jpg", time_s, looks=others)
