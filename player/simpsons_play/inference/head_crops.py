"""Square pictures of heads, as the embedder takes them. Training uses the same functions."""

from __future__ import annotations

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Boxes

MARGINS = (1.14, 1.0)
"""Sides of the crops of a head, relative to its longer side: hair and collar help to tell people apart."""

_JPEG_QUALITY = 95

EXAMPLE_PX, EXAMPLE_MARGIN = 112, 1.25
"""Side of the pictures of a cast's examples, in pixels and relative to the longer side of the head: more than
today's embedder takes, for the next one."""


def head_crop(image: Image, box: Boxes, size_px: int, *, margin: float) -> Image:
    """Cut a head out of a picture as a square; what lies outside the picture repeats its edge.

    Args:
        image: (H, W, 3) uint8 BGR.
        box: (4,) x_min, y_min, x_max, y_max of the head, in pixels of the image.
        size_px: side S of the result.
        margin: side of the crop, relative to the longer side of the box.

    Returns:
        (S, S, 3) uint8 BGR.

    Raises:
        ValueError: the box is empty, or entirely outside the image.

    Example:
        >>> head_crop(np.zeros((90, 160, 3), np.uint8), np.float32([20, 10, 60, 70]), 64, margin=1.0).shape
        (64, 64, 3)
    """
    height, width = image.shape[:2]
    x_min, y_min, x_max, y_max = (float(side) for side in box)
    if not (x_min < x_max and y_min < y_max and x_min < width and y_min < height and x_max > 0 and y_max > 0):
        raise ValueError(f"the box {[x_min, y_min, x_max, y_max]} is not in a picture of {width}x{height} px")
    side = max(2, round(margin * max(x_max - x_min, y_max - y_min)))
    left, top = round((x_min + x_max - side) / 2), round((y_min + y_max - side) / 2)
    inside = image[max(0, top) : top + side, max(0, left) : left + side]
    right, bottom = max(0, left + side - width), max(0, top + side - height)
    if min(left, top) < 0 or right or bottom:
        edge = cv2.BORDER_REPLICATE
        inside = np.asarray(cv2.copyMakeBorder(inside, max(0, -top), bottom, max(0, -left), right, edge))
    interpolation = cv2.INTER_AREA if side >= size_px else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(inside, (size_px, size_px), interpolation=interpolation), np.uint8)


def head_views(image: Image, box: Boxes, size_px: int) -> Image:
    """Two views of a head, whose embeddings are averaged: a crop with each margin, one of them mirrored.

    Of characters that the embedder was not trained on, 2 to 3% more heads get the right name than from one
    view. With both crops mirrored as well, four views are no better, or by 0.2% at most.

    Args:
        image: (H, W, 3) uint8 BGR.
        box: (4,) x_min, y_min, x_max, y_max of the head, in pixels of the image.
        size_px: side S of the views.

    Returns:
        (2, S, S, 3) uint8 BGR.

    Raises:
        ValueError: as `head_crop`.
    """
    wide, narrow = (head_crop(image, box, size_px, margin=margin) for margin in MARGINS)
    return np.stack([wide, narrow[:, ::-1]])


def example_picture(image: Image, box: Boxes) -> bytes:
    """The picture of a head for a cast, as JPEG; see `head_crop`."""
    crop = head_crop(image, box, EXAMPLE_PX, margin=EXAMPLE_MARGIN)
    return cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1].tobytes()


def example_box(image: Image) -> Boxes:
    """The head in the picture of an example: (4,) float32."""
    side_px = image.shape[0] / EXAMPLE_MARGIN
    low, high = (image.shape[0] - side_px) / 2, (image.shape[0] + side_px) / 2
    return np.array([low, low, high, high], np.float32)
