"""A picture of many colours and its planes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image, Planes
from simpsons_play.core.geometry import Box

SIZE = WIDTH, HEIGHT = 160, 120
FRAME = Box(0, 0, *SIZE)
RED_BLUE = {True: (0.2126, 0.0722), False: (0.299, 0.114)}


def background() -> Image:
    """Colours that change every 16 pixels."""
    rng = np.random.default_rng(3)
    return (
        rng.integers(0, 256, (HEIGHT // 16 + 1, WIDTH // 16, 3))
        .astype(np.uint8)
        .repeat(16, 0)
        .repeat(16, 1)[:HEIGHT]
    )


def exact_planes(image: Image, *, bt709: bool) -> list[npt.NDArray[np.float64]]:
    """BGR -> limited-range luma, Cb and Cr, not rounded; chroma is the mean of four pixels."""
    red, blue = RED_BLUE[bt709]
    pixels = image / 255
    luma = pixels @ np.array([blue, 1 - blue - red, red])
    chroma = [(pixels[..., channel] - luma) / (1 - share) for channel, share in ((0, blue), (2, red))]
    return [
        16 + 219 * luma,
        *(128 + 112 * c.reshape(HEIGHT // 2, 2, -1, 2).mean(axis=(1, 3)) for c in chroma),
    ]


def planes_of(image: Image, *, bt709: bool) -> Planes:
    luma, blue, red = (np.rint(plane).astype(np.uint8) for plane in exact_planes(image, bt709=bt709))
    return luma, blue, red
