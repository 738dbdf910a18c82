"""Shows a picture as large as the place allows, in its own shape."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from simpsons_play.core.frames import Frame, Image

Marks = Callable[[Image], Image]
"""Draws on a copy of (H, W, 3) uint8 BGR."""


class Picture(QWidget):
    """A picture in the middle of black. Scaled to the pixels of the screen, not to Qt's larger ones.

    What is drawn on it is drawn after that, so that letters are sharp however small the picture is.

    Attributes:
        painted: Signal(float): a new picture was scaled and painted, which took so many seconds.
        resized: Signal(QSize): there are so many pixels of the screen for it.
    """

    painted = Signal(float)
    resized = Signal(QSize)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame: Frame | None = None
        self._marks: Marks | None = None
        self._aspect = 1.0
        self._scaled: npt.NDArray[np.uint8] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)

    @property
    def frame(self) -> Frame | None:
        """What is shown."""
        return self._frame

    @property
    def image(self) -> Image | None:
        """(H, W, 3) uint8 BGR: what is shown, before it was scaled and drawn on."""
        return None if self._frame is None else self._frame.image

    @property
    def room(self) -> QSize:
        """How many pixels of the screen there are for the picture."""
        ratio = self.devicePixelRatioF()
        return QSize(round(self.width() * ratio), round(self.height() * ratio))

    def show_frame(self, frame: Frame, *, marks: Marks | None = None, pixel_aspect: float = 1.0) -> None:
        """Show a frame.

        Args:
            frame: its image must not change afterwards.
            marks: draws on it when it is as large as it is shown; None leaves it as it is.
            pixel_aspect: width of a pixel over its height.
        """
        self._frame, self._marks, self._aspect, self._scaled = frame, marks, pixel_aspect, None
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self._frame = self._marks = self._scaled = None
        self.update()

    def picture_rect(self) -> QRect:
        """Where the picture is, in pixels of the screen from the top left of this widget."""
        if self._frame is None:
            return QRect()
        place = self.room
        size = size_shown(self._frame, self._aspect, place)
        left, top = (place.width() - size.width()) // 2, (place.height() - size.height()) // 2
        return QRect(left, top, size.width(), size.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell how much room there is."""
        self.resized.emit(self.room)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint black, and the picture in the middle."""
        began_s, fresh = time.perf_counter(), self._scaled is None
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        rect = self.picture_rect()
        if self._frame is None or rect.isEmpty():
            painter.end()
            return
        if self._scaled is None or self._scaled.shape[:2] != (rect.height(), rect.width()):
            picture = scaled(self._frame, rect.size())
            drawn = self._marks(picture) if self._marks is not None else picture
            self._scaled = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGR2BGRA), dtype=np.uint8)
        height, width = self._scaled.shape[:2]
        shown = QImage(self._scaled.data, width, height, width * 4, QImage.Format.Format_RGB32)
        ratio = self.devicePixelRatioF()
        shown.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(rect.x() / ratio, rect.y() / ratio), shown)
        painter.end()
        if fresh:
            self.painted.emit(time.perf_counter() - began_s)


def size_shown(frame: Frame, pixel_aspect: float, room: QSize) -> QSize:
    """How large a frame is shown where there is this room, in pixels of the screen."""
    width, height = frame.size_px
    natural = QSize(round(width * pixel_aspect), height)
    return natural.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)


def scaled(frame: Frame, size: QSize) -> Image:
    """A frame in another size, (H', W', 3) uint8 BGR. OpenCV does this several times faster than QPainter."""
    goal = (size.width(), size.height())
    if (made := frame.scaled(*goal)) is not None:
        return made
    image = frame.image
    # Halves are fast to make; what is left to do is within the reach of four neighbours. `INTER_AREA` all the
    # way looks the same and takes five times as long.
    while goal[0] * 2 <= image.shape[1] and goal[1] * 2 <= image.shape[0]:
        half = (image.shape[1] // 2, image.shape[0] // 2)
        even = image[: half[1] * 2, : half[0] * 2]
        image = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if goal == (image.shape[1], image.shape[0]):
        return image
    return np.asarray(cv2.resize(image, goal, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
