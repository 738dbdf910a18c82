"""Preprocessing of classifier input: a crop of a frame, resized to a square.

Training uses the same functions, so that inference resizes images exactly as in training.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Region
from simpsons_play.inference.resizing import STRETCHED, Resizing

_HALVE_FROM = 4
"""Images are halved while both sides are at least this many times the side of the square. The result still
has at least twice the needed resolution, so the final, exact step determines the quality."""

_ALIASING = {"bilinear": cv2.INTER_LINEAR, "nearest": cv2.INTER_NEAREST_EXACT}


def to_square(image: Image, size_px: int, box: Box | None = None, *, resizing: Resizing = STRETCHED) -> Image:
    """Crop an image and resize it to a square, by default without keeping its aspect ratio.

    With `area`, shrinking averages areas (`cv2.INTER_AREA`), so that fine lines do not alias. Large images
    are halved first, which is up to five times as fast and drops an odd last row or column. Enlarging is
    bilinear. `bilinear` is that of `cv2.resize` and of `tf.image.resize`, which do not average when they
    shrink, and `nearest` that of Pillow and TensorFlow (`cv2.INTER_NEAREST_EXACT`).

    Args:
        image: (H, W, 3) uint8 in any colour order.
        size_px: side of the square in pixels.
        box: crop in pixels; None for the whole image.
        resizing: how the crop becomes a square.

    Returns:
        (size_px, size_px, 3) uint8 in the same colour order.

    Raises:
        ValueError: the box is empty or not inside the image, or the image is not (H, W, 3) uint8.

    Example:
        >>> to_square(np.zeros((480, 640, 3), np.uint8), 96, Box(0, 0, 320, 480)).shape
        (96, 96, 3)
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"an image must be (H, W, 3) uint8, not {image.shape} {image.dtype}")
    if box is not None:
        height, width = image.shape[:2]
        if not (0 <= box.x_min < box.x_max <= width and 0 <= box.y_min < box.y_max <= height):
            raise ValueError(f"{box} is not inside an image of {width}x{height} pixels")
        image = image[box.y_min : box.y_max, box.x_min : box.x_max]
    x_min, y_min, x_max, y_max = resizing.square_of(image.shape[1], image.shape[0])
    image = image[y_min:y_max, x_min:x_max]
    if (method := _ALIASING.get(resizing.interpolation)) is not None:
        return cv2.resize(image, (size_px, size_px), interpolation=method)  # type: ignore[return-value]
    image = shrunk(image, size_px)
    shrinks = image.shape[0] >= size_px and image.shape[1] >= size_px
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, (size_px, size_px), interpolation=interpolation)  # type: ignore[return-value]


def shrunk(image: Image, size_px: int) -> Image:
    """Halve an image, (H, W, 3) uint8, while both sides are at least four times `size_px`."""
    while min(image.shape[:2]) >= _HALVE_FROM * size_px:
        height, width = image.shape[0] // 2, image.shape[1] // 2
        image = np.asarray(
            cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA),
            np.uint8,
        )
    return image


def reduced(frame: Frame, width: int, height: int) -> Image | None:
    """A frame in the size of a model's input, if it can be converted directly; otherwise None.

    It is scaled to twice that size and then averaged over 2x2 pixels, as detectors are trained. This also
    averages the chroma, which swscale would only interpolate.

    Returns:
        (height, width, 3) uint8 BGR.
    """
    doubled = frame.averaged(2 * width, 2 * height)
    if doubled is None:
        return None
    return np.asarray(cv2.resize(doubled, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def crop_batch(
    image: Image, regions: Sequence[Region], size_px: int, *, resizing: Resizing = STRETCHED
) -> Image:
    """Crop a frame into one batch: (H, W, 3) uint8 -> (len(regions), size_px, size_px, 3) uint8."""
    return np.stack([to_square(image, size_px, region.box, resizing=resizing) for region in regions])
