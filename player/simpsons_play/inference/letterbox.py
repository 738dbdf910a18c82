"""Pictures fitted to the input of a detector, and boxes mapped back to the pictures."""

from __future__ import annotations

import cv2
import numpy as np

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Boxes, letterbox_placement
from simpsons_play.inference.preprocess import shrunk


def letterboxed(image: Image, canvas_px: tuple[int, int]) -> Image:
    """Fit an image into a black canvas: aspect ratio kept, centred.

    The image is scaled to twice the fitted size bilinearly and then averaged over 2x2 pixels, as in training,
    so that images of up to four times the canvas keep their thin lines; larger ones are halved first. Pixels
    differ by at most 1 from those of training, which does not round them to bytes.

    Args:
        image: (H, W, 3) uint8 in any colour order.
        canvas_px: width and height of the canvas, as in `Detector.canvas_px`.

    Returns:
        (height, width, 3) uint8 in the same colour order.

    Example:
        >>> letterboxed(np.zeros((432, 576, 3), np.uint8), (256, 192)).shape
        (192, 256, 3)
    """
    place = letterbox_placement((image.shape[1], image.shape[0]), canvas_px)
    image = shrunk(image, max(canvas_px))
    twice = cv2.resize(image, (2 * place.width, 2 * place.height), interpolation=cv2.INTER_LINEAR)
    width, height = canvas_px
    canvas = np.zeros((height, width, 3), np.uint8)
    canvas[place.top : place.top + place.height, place.left : place.left + place.width] = cv2.resize(
        twice, (place.width, place.height), interpolation=cv2.INTER_AREA
    )
    return canvas


def boxes_in_picture(boxes: Boxes, picture_px: tuple[int, int], canvas_px: tuple[int, int]) -> Boxes:
    """Map boxes from a canvas to the picture that was fitted into it, and clip them to the picture.

    Args:
        boxes: (N, 4) in pixels of the canvas.
        picture_px: width and height of the picture.
        canvas_px: width and height of the canvas.

    Example:
        >>> boxes_in_picture(np.float32([[0, 20, 64, 96]]), (640, 360), (256, 192)).tolist()
        [[0.0, 0.0, 160.0, 180.0]]
    """
    place = letterbox_placement(picture_px, canvas_px)
    scale = np.array([place.width / picture_px[0], place.height / picture_px[1]] * 2, np.float32)
    shift = np.array([place.left, place.top] * 2, np.float32)
    return np.asarray(
        np.clip((boxes - shift) / scale, 0, np.array([*picture_px] * 2, np.float32)), np.float32
    )
