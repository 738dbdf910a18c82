"""Distances between colours as people with different colour vision see them, and contrasts of text."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

VISIONS = {
    "normal": np.eye(3),
    "no red cones": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""Linear RGB -> linear RGB as perceived; Machado, Oliveira and Fernandes 2009, severity 1."""

XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
"""Linear sRGB -> XYZ, white D65."""


def linear(bgr: object) -> Array:
    """BGR 0-255 -> linear RGB 0-1 (IEC 61966-2-1)."""
    share = np.asarray(bgr, np.float64)[..., ::-1] / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lab(rgb: Array) -> Array:
    """Linear RGB -> CIE L*a*b*."""
    share = rgb @ XYZ.T / XYZ.sum(axis=1)
    x, y, z = np.moveaxis(
        np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116), -1, 0
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def ciede2000(one: Array, other: Array) -> Array:
    """Distance of colours in L*a*b*, with the variable names of Sharma, Wu and Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn = h2 - h1
    turn = np.where(np.abs(turn) <= 180, turn, turn - 360 * np.sign(turn))
    d_l, d_c, d_h = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, c, h = (l1 + l2) / 2, (c1 + c2) / 2, np.where(c1 * c2 == 0, h1 + h2, h1 + turn / 2)
    waves = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    t = 1 + sum(size * np.cos(np.radians(times * h + at)) for size, times, at in waves)
    s_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    turned = np.sin(np.radians(60 * np.exp(-((((h % 360) - 275) / 25) ** 2))))
    r = -2 * np.sqrt(c**7 / (c**7 + 25.0**7)) * turned
    return np.sqrt((d_l / s_l) ** 2 + (d_c / s_c) ** 2 + (d_h / s_h) ** 2 + r * d_c / s_c * d_h / s_h)


def least_distance(bgr: object, vision: str) -> float:
    """The smallest CIEDE2000 distance between any two of these colours, (N, 3) BGR 0-255."""
    seen = lab(np.clip(linear(bgr) @ np.asarray(VISIONS[vision]).T, 0, 1))
    distances = ciede2000(seen[:, None], seen[None])
    return float(distances[~np.eye(len(seen), dtype=bool)].min())


def contrast(bgr: object, other_bgr: object) -> float:
    """Contrast ratio of two colours, BGR 0-255, as WCAG 2.2 defines it: 1 to 21."""
    lighter, darker = sorted((float(linear(one) @ XYZ[1]) for one in (bgr, other_bgr)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
