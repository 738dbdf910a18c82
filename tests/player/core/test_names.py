"""Display names, and the distances between colours measured with CIEDE2000."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from simpsons_play.core.names import PALETTE_BGR, colour_of, display_name, slug, unused_path
from simpsons_play.inference.loading import load_network

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
    turn = (h2 - h1 + 180) % 360 - 180
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
    seen = lab(np.clip(linear(bgr) @ np.asarray(VISIONS[vision]).T, 0, 1))
    distances = ciede2000(seen[:, None], seen[None])
    return float(distances[~np.eye(len(seen), dtype=bool)].min())


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
        ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ],
)
def test_ciede2000_matches_the_published_distances(
    one: tuple[float, ...], other: tuple[float, ...], distance: float
) -> None:
    found = ciede2000(np.array([one], float), np.array([other], float))[0]
    assert found == pytest.approx(distance, abs=1e-4)


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_are_distinguishable_with_every_colour_vision(vision: str) -> None:
    assert least_distance(PALETTE_BGR[:18], vision) >= 12.4
    assert least_distance(PALETTE_BGR, vision) >= 7.8


@pytest.mark.parametrize("ground", [0x16, 0x2A])
def test_colours_contrast_with_a_dark_background(ground: int) -> None:
    luminance = linear(PALETTE_BGR) @ XYZ[1]
    under = float((linear([(ground,) * 3]) @ XYZ[1])[0])
    assert ((luminance + 0.05) / (under + 0.05)).min() >= 3


def test_no_colour_resembles_those_of_the_window() -> None:
    taken = lab(linear([(15, 217, 255), (255, 255, 255), (200, 200, 200)]))
    first = lab(linear(PALETTE_BGR[:18]))
    assert ciede2000(first[:, None], taken[None]).min() >= 11.9


def test_first_24_labels_have_different_colours() -> None:
    labels = tuple(f"label_{i}" for i in range(30))
    colours = [colour_of(label, labels) for label in labels]
    assert len(set(colours[:24])) == 24 and colours[24] == colours[0]
    assert colour_of("somebody_else", labels) not in colours


def test_labels_of_the_included_model_have_different_colours() -> None:
    labels = load_network(None, regions="detect", provider="cpu").card.labels
    assert len(labels) == 18 and len({colour_of(label, labels) for label in labels}) == 18


def test_labels_are_formatted_for_display() -> None:
    assert display_name("homer_simpson") == "Homer Simpson"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bart the General (1990)", "Bart-the-General-1990"),
        ("../etc/x", "etc-x"),
        ("(!)", "video"),
    ],
)
def test_slugs_are_plain_file_names(text: str, expected: str) -> None:
    assert slug(text, fallback="video") == expected


def test_unused_paths_are_numbered_and_never_too_long(tmp_path: Path) -> None:
    for number in range(3):
        path = unused_path(tmp_path, "x" * 300 if number == 2 else "a", ".png")
        assert len(os.fsencode(path.name)) <= 255
        path.touch()
    (tmp_path / "a-3.png").symlink_to("missing")
    assert unused_path(tmp_path, "a", ".png") == tmp_path / "a-4.png"
    assert {"a.png", "a-2.png"} < {path.name for path in tmp_path.iterdir()}
