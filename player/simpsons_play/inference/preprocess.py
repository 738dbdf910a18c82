"""The one definition of what a classifier sees: a crop of a frame, resized to a square.

Training reads its pictures through the same function, so that a model never gets pictures resized in a way
that it was not trained on.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Region

_HALVE_FROM = 4
"""Frames are halved while both sides are at least this many times the side of the square. Twice as many
pixels as needed are left, so that the last, exact step still decides how the picture looks."""


def to_square(image: Image, size_px: int, box: Box | None = None) -> Image:
    """Crop a picture and squash it to a square, as the pictures of the first data set were.

    Args:
        image: (H, W, 3) uint8 in any colour order.
        size_px: side of the square, in pixels.
        box: the crop, in pixels; None takes the whole picture.

    Returns:
        (size_px, size_px, 3) uint8, same colour order. Shrinking averages areas (`cv2.INTER_AREA`), so that
        fine lines do not alias; large frames are halved first, which is up to five times as fast and drops an
        odd last row or column. Enlarging is bilinear.

    Raises:
        ValueError: the box is empty or lies outside the picture, or the picture is not (H, W, 3) uint8.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"a picture must be (H, W, 3) uint8, not {image.shape} {image.dtype}")
    if box is not None:
        height, width = image.shape[:2]
        if not (0 <= box.x_min < box.x_max <= width and 0 <= box.y_min < box.y_max <= height):
            raise ValueError(f"{box} does not lie inside a picture of {width}x{height} pixels")
        image = image[box.y_min : box.y_max, box.x_min : box.x_max]
    image = shrunk(image, size_px)
    shrinks = image.shape[0] >= size_px and image.shape[1] >= size_px
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, (size_px, size_px), interpolation=interpolation)  # type: ignore[return-value]


def shrunk(image: Image, size_px: int) -> Image:
    """Halve a picture while both sides are at least four times `size_px`: (H, W, 3) uint8 -> the same."""
    while min(image.shape[:2]) >= _HALVE_FROM * size_px:
        height, width = image.shape[0] // 2, image.shape[1] // 2
        image = np.asarray(
            cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA),
            np.uint8,
        )
    return image


def crop_batch(image: Image, regions: Sequence[Region], size_px: int) -> Image:
    """Crops of one frame as one batch: (H, W, 3) uint8 -> (len(regions), size_px, size_px, 3) uint8."""
    return np.stack([to_square(image, size_px, region.box) for region in regions])
