"""Letterboxes frames for a detector whose input has a fixed size."""

from __future__ import annotations

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Placement, letterbox_placement
from simpsons_play.inference.preprocess import shrunk


def letterboxed(image: Image, canvas_px: tuple[int, int]) -> Image:
    """Fit an image into a black canvas, centred, with its aspect ratio preserved.

    The image is scaled to twice its final size bilinearly and then averaged over 2x2 pixels, as in training,
    which does not round to bytes: pixels differ by at most 1. Images that are much larger are halved first,
    see `preprocess.shrunk`.

    Args:
        image: (H, W, 3) uint8 in any colour order.
        canvas_px: width and height of the canvas.

    Returns:
        (height, width, 3) uint8 in the same colour order.

    Example:
        >>> letterboxed(np.full((90, 160, 3), 255, np.uint8), (256, 192))[::48, 0, 0].tolist()
        [0, 255, 255, 255]
    """
    height, width = image.shape[:2]
    placement = letterbox_placement((width, height), canvas_px)
    size = placement.width, placement.height
    doubled = cv2.resize(
        shrunk(image, max(canvas_px)), (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_LINEAR
    )
    fitted = np.asarray(cv2.resize(doubled, size, interpolation=cv2.INTER_AREA), np.uint8)
    return on_canvas(fitted, placement, canvas_px)


def on_canvas(fitted: Image, placement: Placement, canvas_px: tuple[int, int]) -> Image:
    """Put an image that is already scaled, (h, w, 3) uint8, on a black canvas."""
    width, height = canvas_px
    if fitted.shape[:2] == (height, width):
        return fitted
    canvas = np.zeros((height, width, 3), np.uint8)
    rows = slice(placement.top, placement.top + placement.height)
    canvas[rows, placement.left : placement.left + placement.width] = fitted
    return canvas
