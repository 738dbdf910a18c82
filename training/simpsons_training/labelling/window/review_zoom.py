"""One picture of a contact sheet, as large as the sheet."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QFontMetrics, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from simpsons_play.core.geometry import Box
from simpsons_play.window.widgets.theme import BACKGROUND
from simpsons_training.labelling.window.review_tiles import draw_head, fitted


class Zoom(QWidget):
    """Lies over the sheet while it is shown; keys still belong to the sheet.

    Attributes:
        clicked: Signal(): The user has clicked it.
    """

    clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._head: Box | None = None
        self.setAccessibleName("Enlarged picture")
        self.hide()

    def show_picture(self, image: QImage | None, head: Box | None, *, description: str) -> None:
        """Show a picture.

        Args:
            image: the picture; None if it cannot be read.
            head: the head that is meant, in pixels of the picture.
            description: what it shows, for screen readers.
        """
        self._image, self._head = image, head
        self.setAccessibleDescription(description)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Report a click."""
        self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture and outline the head."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), BACKGROUND)
        if self._image is not None:
            shown = fitted(self._image.size(), QRectF(self.rect()))
            painter.drawImage(shown, self._image)
            line = max(1.5, QFontMetrics(self.font()).height() / 8)
            draw_head(painter, self._head, shown, size=self._image.size(), width=line)
