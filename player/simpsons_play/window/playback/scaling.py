"""Scales frames to the size in which they are shown, and converts them for Qt."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

from simpsons_play.core.frames import Frame, Image


def display_size(frame: Frame, pixel_aspect: float, available: QSize) -> QSize:
    """Size of a frame scaled to fit into this size, in physical pixels."""
    width, height = frame.size_px
    natural = QSize(round(width * pixel_aspect), height)
    return natural.scaled(available, Qt.AspectRatioMode.KeepAspectRatio)


def to_qt(image: Image) -> QImage:
    """(H, W, 3) uint8 BGR -> a picture that owns its pixels."""
    height, width = image.shape[:2]
    rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def scaled(frame: Frame, size: QSize) -> Image:
    """Scale a frame: (H, W, 3) -> (H', W', 3) uint8 BGR. OpenCV is several times faster than QPainter."""
    target = (size.width(), size.height())
    if (ready := frame.scaled(*target)) is not None:
        return ready
    image = frame.image
    # Halving with `INTER_AREA` is fast, and less than a halving remains for `INTER_LINEAR`. `INTER_AREA` all
    # the way looks the same and takes five times as long.
    while target[0] * 2 <= image.shape[1] and target[1] * 2 <= image.shape[0]:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        even = image[: half[1] * 2, : half[0] * 2]
        image = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if target == (image.shape[1], image.shape[0]):
        return image
    return np.asarray(cv2.resize(image, target, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
