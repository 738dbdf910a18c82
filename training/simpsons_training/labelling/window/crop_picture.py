"""Shows a frame of which a part can be selected, with the mouse as well."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from simpsons_play.core.geometry import Box
from simpsons_play.window.widgets.picture import Picture
from simpsons_play.window.widgets.theme import ACCENT

_MIN_BOX_PX = 8
"""Smaller boxes, in pixels of the frame, are clicks."""

_SHADE = QColor(0, 0, 0, 150)
_LINE_PX = 2


class CropPicture(Picture):
    """A frame with the selected part highlighted. Dragging with the left button selects a box.

    Attributes:
        box_drawn: Signal(Box): The user has drawn a box, in pixels of the frame.
    """

    box_drawn = Signal(Box)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selected: Box | None = None
        self._from: QPointF | None = None
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Frame")

    def select(self, box: Box | None) -> None:
        """Highlight a part of the frame.

        Args:
            box: In pixels of the frame; None for no part.
        """
        self._selected = box
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a box."""
        if event.button() == Qt.MouseButton.LeftButton and self.frame is not None:
            self._from = self._in_frame(event.position())
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the box that is being drawn."""
        if self._from is not None:
            self.select(self._box_to(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish the box."""
        if self._from is None or event.button() != Qt.MouseButton.LeftButton:
            return
        box, self._from = self._box_to(event.position()), None
        if box is not None and min(box.width, box.height) >= _MIN_BOX_PX:
            self.select(box)
            self.box_drawn.emit(box)
        else:
            self.select(None)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the frame, a shade on all but the selected part, and the focus."""
        super().paintEvent(event)
        painter = QPainter(self)
        if self._selected is not None and self.frame is not None:
            shown, part = self._shown_rect(), self._in_widget(self._selected)
            painter.setClipRect(shown)
            for x, y, width, height in (
                (shown.left(), shown.top(), shown.width(), part.top() - shown.top()),
                (shown.left(), part.bottom(), shown.width(), shown.bottom() - part.bottom()),
                (shown.left(), part.top(), part.left() - shown.left(), part.height()),
                (part.right(), part.top(), shown.right() - part.right(), part.height()),
            ):
                painter.fillRect(QRectF(x, y, width, height), _SHADE)
            painter.setPen(QPen(ACCENT, _LINE_PX))
            painter.drawRect(part.adjusted(1, 1, -1, -1))
            painter.setClipping(False)
        if self.hasFocus():
            painter.setPen(QPen(ACCENT, _LINE_PX))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _box_to(self, position: QPointF) -> Box | None:
        """The box from where the button was pressed to here; None if it is empty."""
        if self._from is None:
            return None
        here = self._in_frame(position)
        x_min, x_max = sorted((round(self._from.x()), round(here.x())))
        y_min, y_max = sorted((round(self._from.y()), round(here.y())))
        return Box(x_min, y_min, x_max, y_max) if x_min < x_max and y_min < y_max else None

    def _shown_rect(self) -> QRectF:
        """Where the frame is, in logical pixels."""
        rect, ratio = self.picture_rect(), self.devicePixelRatioF()
        return QRectF(rect.x() / ratio, rect.y() / ratio, rect.width() / ratio, rect.height() / ratio)

    def _scale(self) -> float:
        """Logical pixels per pixel of the frame."""
        return self._shown_rect().width() / self.frame.size_px[0] if self.frame is not None else 1.0

    def _in_frame(self, position: QPointF) -> QPointF:
        """A position in pixels of the frame, moved to its edge if it is outside."""
        if self.frame is None:
            return QPointF()
        inside, scale = (position - self._shown_rect().topLeft()), self._scale()
        width, height = self.frame.size_px
        return QPointF(
            min(max(inside.x() / scale, 0), width) if scale else 0,
            min(max(inside.y() / scale, 0), height) if scale else 0,
        )

    def _in_widget(self, box: Box) -> QRectF:
        scale, corner = self._scale(), self._shown_rect().topLeft()
        return QRectF(
            corner.x() + box.x_min * scale,
            corner.y() + box.y_min * scale,
            box.width * scale,
            box.height * scale,
        )
