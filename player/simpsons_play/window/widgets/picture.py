"""Shows a frame as large as possible, keeping its aspect ratio."""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.geometry import Box
from simpsons_play.window.playback.scaling import display_size, scaled

Annotate = Callable[[Image], Image]
"""Draws on a copy: (H, W, 3) uint8 BGR -> the same shape."""

_NOTCH = 120
"""Angle of a notch of a mouse wheel, in eighths of a degree."""


class Picture(QWidget):
    """A frame, centred on black. Scaled to physical pixels of the screen, not to Qt's logical ones.

    Captions are drawn after scaling, so that they are sharp in a small window as well.

    Attributes:
        painted: Signal(float): A new frame has been scaled and painted in this many seconds, without
            those in which it was not due yet.
        resized: Signal(QSize): The available size has changed; in physical pixels.
        clicked: Signal(): The user has clicked it; also before a double click.
        double_clicked: Signal(): The user has double-clicked it.
        hovered: Signal(QPointF | None): Where the mouse is, in pixels of this widget; None if it has left.
        scrolled: Signal(float): The mouse wheel has been turned up by this many notches; down if negative.
    """

    painted = Signal(float)
    resized = Signal(QSize)
    clicked = Signal()
    double_clicked = Signal()
    hovered = Signal(object)
    scrolled = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame: Frame | None = None
        self._annotate: Annotate | None = None
        self._aspect, self._due_s = 1.0, 0.0
        self._scaled: npt.NDArray[np.uint8] | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 90)

    @property
    def frame(self) -> Frame | None:
        """The frame shown."""
        return self._frame

    @property
    def image(self) -> Image | None:
        """(H, W, 3) uint8 BGR: the image of the frame, unscaled and without captions."""
        return None if self._frame is None else self._frame.image

    @property
    def available_size(self) -> QSize:
        """The size of the widget, in physical pixels."""
        ratio = self.devicePixelRatioF()
        return QSize(round(self.width() * ratio), round(self.height() * ratio))

    def show_frame(
        self,
        frame: Frame,
        *,
        annotate: Annotate | None = None,
        pixel_aspect: float = 1.0,
        due_s: float = 0.0,
    ) -> None:
        """Show a frame.

        Args:
            frame: Its image must not change afterwards.
            annotate: Draws on the scaled image; None draws nothing.
            pixel_aspect: Width of a pixel over its height.
            due_s: When to paint it, by `time.monotonic()`. It is scaled and drawn before; the window waits
                for the rest of the time, because handling other events could take longer than that.
        """
        self._frame, self._annotate, self._aspect, self._scaled = frame, annotate, pixel_aspect, None
        self._due_s = due_s
        self.update()

    def clear(self) -> None:
        """Show no frame."""
        self._frame = self._annotate = self._scaled = None
        self.update()

    def picture_rect(self) -> QRect:
        """Where the frame is, in physical pixels from the top left of this widget."""
        if self._frame is None:
            return QRect()
        place = self.available_size
        size = display_size(self._frame, self._aspect, place)
        left, top = (place.width() - size.width()) // 2, (place.height() - size.height()) // 2
        return QRect(left, top, size.width(), size.height())

    def place_of(self, box: Box) -> QRect:
        """Where a part of the frame is in this widget, in its (logical) pixels; empty without a frame."""
        shown, ratio = self.picture_rect(), self.devicePixelRatioF()
        if self._frame is None or shown.isEmpty():
            return QRect()
        width, height = self._frame.size_px
        scale_x, scale_y = shown.width() / width / ratio, shown.height() / height / ratio
        return QRect(
            round(shown.x() / ratio + box.x_min * scale_x),
            round(shown.y() / ratio + box.y_min * scale_y),
            round(box.width * scale_x),
            round(box.height * scale_y),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Report the available size."""
        self.resized.emit(self.available_size)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Report a click with the left button."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Report where the mouse is."""
        self.hovered.emit(event.position())

    def enterEvent(self, event: QEnterEvent) -> None:
        """Report where the mouse is, as when a dialog has closed and the mouse has not moved."""
        self.hovered.emit(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        """Report that the mouse has left."""
        self.hovered.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Report a double click with the left button."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Report the notches of the mouse wheel."""
        if event.angleDelta().y():
            self.scrolled.emit(event.angleDelta().y() / _NOTCH)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame on black, once it is due."""
        started_s, new, waited_s = time.perf_counter(), self._scaled is None, 0.0
        rect, shown = self.picture_rect(), None
        if self._frame is not None and not rect.isEmpty():
            shown = self._drawn(self._frame, rect.size())
            if new and (waited_s := max(0.0, self._due_s - time.monotonic())):
                time.sleep(waited_s)
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if shown is not None:
            ratio = self.devicePixelRatioF()
            shown.setDevicePixelRatio(ratio)
            painter.drawImage(QPointF(rect.x() / ratio, rect.y() / ratio), shown)
        painter.end()
        if shown is not None and new:
            self.painted.emit(time.perf_counter() - started_s - waited_s)

    def _drawn(self, frame: Frame, size: QSize) -> QImage:
        """The frame shown, in this size and with its captions; made once."""
        if self._scaled is None or self._scaled.shape[:2] != (size.height(), size.width()):
            picture = scaled(frame, size)
            drawn = self._annotate(picture) if self._annotate is not None else picture
            self._scaled = np.asarray(cv2.cvtColor(drawn, cv2.COLOR_BGR2BGRA), dtype=np.uint8)
        height, width = self._scaled.shape[:2]
        return QImage(self._scaled.data, width, height, width * 4, QImage.Format.Format_RGB32)
