"""Random augmentation of heads."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_play.inference.head_crops import MARGINS
from simpsons_training.embedding.heads import STORED_MARGIN

_ZOOM = STORED_MARGIN / MARGINS[0]
"""How much larger a head is in the network's input than in the stored crop, both scaled to one size."""

_EDGE: Any = cv2.BORDER_REPLICATE


def augmented_head(crop: Image, size_px: int, random: np.random.Generator) -> Image:
    """A random variant of a stored crop.

    Shifted, scaled, turned and mirrored; often small and blurred, as in wide shots; with other brightness,
    contrast and colours; partly hidden; or compressed.

    Args:
        crop: (H, H, 3) uint8.
        size_px: Side of the result.
        random: Random numbers.

    Returns:
        (size_px, size_px, 3) uint8, in the same colour order.
    """
    stored_px = crop.shape[0]
    if random.random() < 0.3:
        small = int(random.uniform(20, 56))
        crop = np.asarray(cv2.resize(crop, (small, small), interpolation=cv2.INTER_AREA), np.uint8)
        crop = np.asarray(cv2.resize(crop, (stored_px, stored_px), interpolation=cv2.INTER_LINEAR), np.uint8)
    else:
        crop = np.asarray(cv2.blur(crop, (2, 2)), np.uint8)
    placement = _placement(stored_px, size_px, random)
    image = cv2.warpAffine(crop, placement, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=_EDGE)
    image = _hidden(_coloured(np.asarray(image, np.float32), random), random)
    picture = np.clip(image, 0, 255).astype(np.uint8)
    if random.random() < 0.2:
        quality = int(random.uniform(30, 80))
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return picture


def _placement(stored_px: int, size_px: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    scale = size_px / stored_px * _ZOOM * np.exp(random.uniform(-0.17, 0.15))
    angle, mirror = np.deg2rad(random.normal(0, 7)), -1 if random.random() < 0.5 else 1
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    turned = np.array([[cos * mirror, -sin], [sin * mirror, cos]])
    centre = size_px / 2 + random.uniform(-0.07, 0.07, 2) * size_px
    return np.column_stack([turned, centre - turned @ np.full(2, stored_px / 2)])


def _coloured(image: npt.NDArray[np.float32], random: np.random.Generator) -> npt.NDArray[np.float32]:
    gain = random.uniform(0.75, 1.25) * np.exp(random.normal(0, 0.06, 3))
    image = np.asarray((image - 128) * gain + 128 + random.normal(0, 12), np.float32)
    if random.random() < 0.15:
        image = 0.6 * image.mean(axis=2, keepdims=True) + 0.4 * image
    return image


def _hidden(image: npt.NDArray[np.float32], random: np.random.Generator) -> npt.NDArray[np.float32]:
    """Hide a part with a random colour (random erasing: Zhong et al. 2017, arXiv:1708.04896)."""
    if random.random() < 0.35:
        size_px = image.shape[0]
        width, height = (random.uniform(0.15, 0.45, 2) * size_px).astype(int)
        left, top = random.integers(0, size_px - width), random.integers(0, size_px - height)
        image[top : top + height, left : left + width] = random.uniform(0, 255, 3)
    return image
