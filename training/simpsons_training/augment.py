"""Random augmentation of training pictures."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_training.config import Augmentation

Batch = npt.NDArray[np.float32]


def augment(picture: Image, size_px: int, augmentation: Augmentation, random: np.random.Generator) -> Image:
    """Augment one picture: (H, W, 3) uint8 BGR -> (size_px, size_px, 3) uint8 BGR.

    The picture should be larger than `size_px`, so that zooming in keeps its detail.
    """
    picture = degrade(_warp(picture, size_px, augmentation, random), augmentation, random)
    if random.random() < augmentation.erase:
        picture = _erase(picture, random)
    return picture


def degrade(picture: Image, augmentation: Augmentation, random: np.random.Generator) -> Image:
    """Vary colours, blur and compression, as between copies of a film: (H, W, 3) uint8 BGR -> same shape."""
    if augmentation.colour or augmentation.hue:
        picture = _recolour(picture, augmentation, random)
    if random.random() < augmentation.blur:
        picture = _as_uint8(cv2.GaussianBlur(picture, (3, 3), float(random.uniform(0.3, 1.0))))
    if random.random() < augmentation.compress:
        quality = int(random.integers(25, 80))
        packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        picture = _as_uint8(cv2.imdecode(packed, cv2.IMREAD_COLOR))
    return picture


def mix_pairs(
    pictures: Image, targets: Batch, augmentation: Augmentation, random: np.random.Generator
) -> tuple[Image, Batch]:
    """Blend some pictures of a batch, and their targets, with others of the same batch.

    Args:
        pictures: (N, S, S, 3) uint8.
        targets: (N, K) float32, rows summing to 1.
        augmentation: Augmentation; only `mix` is used.
        random: Random generator.

    Returns:
        Pictures and targets of the same shapes and types; new arrays if anything changed.
    """
    chosen = np.flatnonzero(random.random(len(pictures)) < augmentation.mix)
    if not len(chosen):
        return pictures, targets
    mixed_pictures, mixed_targets = pictures.copy(), targets.copy()
    size_px = pictures.shape[1]
    for i, j in zip(chosen, random.integers(0, len(pictures), len(chosen)), strict=True):
        if random.random() < 0.5:
            keep = float(random.beta(0.4, 0.4))
            mixed_pictures[i] = cv2.addWeighted(pictures[i], keep, pictures[j], 1 - keep, 0)
        else:
            side = size_px * np.sqrt(random.uniform(0.05, 0.45))
            y, x, height, width = _rectangle(size_px, side, random)
            mixed_pictures[i, y : y + height, x : x + width] = pictures[j, y : y + height, x : x + width]
            keep = 1 - height * width / size_px**2
        mixed_targets[i] = keep * targets[i] + (1 - keep) * targets[j]
    return mixed_pictures, mixed_targets


def _warp(picture: Image, size_px: int, augmentation: Augmentation, random: np.random.Generator) -> Image:
    height, width = picture.shape[:2]
    zoom = (1 + augmentation.zoom) ** random.uniform(-1, 1)
    stretch = (1 + augmentation.stretch) ** random.uniform(-0.5, 0.5)
    angle = np.deg2rad(random.uniform(-augmentation.rotate_deg, augmentation.rotate_deg))
    mirror = -1.0 if augmentation.flip and random.random() < 0.5 else 1.0
    shift_x, shift_y = random.uniform(-augmentation.shift, augmentation.shift, 2) * size_px
    scale_x, scale_y = mirror * zoom * stretch * size_px / width, zoom / stretch * size_px / height
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.array([[cos * scale_x, -sin * scale_y, 0.0], [sin * scale_x, cos * scale_y, 0.0]])
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    matrix[:, 2] = (size_px - 1) / 2 - matrix[:, :2] @ centre + (shift_x, shift_y)
    # warpAffine does not average areas: blur first if it would skip pixels.
    if width > 1.5 * size_px * zoom:
        picture = _as_uint8(cv2.blur(picture, (2, 2)))
    warped = cv2.warpAffine(
        picture, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return _as_uint8(warped)


def _recolour(picture: Image, augmentation: Augmentation, random: np.random.Generator) -> Image:
    contrast, saturation = 1 + random.uniform(-augmentation.colour, augmentation.colour, 2)
    brightness = 255 * random.uniform(-augmentation.colour, augmentation.colour) / 2
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
    hsv[..., 0] = (
        hsv[..., 0].astype(np.int16) + round(random.uniform(-augmentation.hue, augmentation.hue))
    ) % 180
    hsv[..., 1] = cv2.convertScaleAbs(hsv[..., 1], alpha=saturation)
    shifted = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR).astype(np.float32) * contrast + (
        brightness + 127.5 * (1 - contrast)
    )
    return _as_uint8(np.clip(shifted, 0, 255))


def _as_uint8(array: Any) -> Image:
    """Cast an OpenCV result to uint8, without a copy if it already is."""
    return np.asarray(array).astype(np.uint8, copy=False)


def _erase(picture: Image, random: np.random.Generator) -> Image:
    size_px = picture.shape[0]
    y, x, height, width = _rectangle(size_px, size_px * np.sqrt(random.uniform(0.03, 0.2)), random)
    picture = picture.copy()
    picture[y : y + height, x : x + width] = random.integers(0, 256, 3)
    return picture


def _rectangle(size_px: int, side: float, random: np.random.Generator) -> tuple[int, int, int, int]:
    """A random rectangle of about `side` squared pixels: y, x, height, width."""
    stretch = 1.6 ** random.uniform(-1, 1)
    height, width = (int(np.clip(round(side * s), 1, size_px)) for s in (stretch, 1 / stretch))
    y, x = random.integers(0, size_px - height + 1), random.integers(0, size_px - width + 1)
    return int(y), int(x), height, width
