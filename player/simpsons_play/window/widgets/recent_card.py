"""A card of a recently played source: a picture and its name."""

from __future__ import annotations

import math
import os

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from simpsons_play.core.escaping import button_text, one_line, rich_text
from simpsons_play.window.widgets.icons import draw_icon
from simpsons_play.window.widgets.theme import ACCENT, MUTED, RAISED, SELECTED, TEXT

_CAPTION_EM, _PADDING_EM, _RADIUS_EM, _BADGE_EM = 2.0, 0.5, 0.4, 1.4
_EMPTY, _SHADE = QColor("#202020"), QColor(16, 16, 16, 190)
_PICTURE_ASPECT = 16 / 9


class RecentCard(QPushButton):
    """Plays a recent source when clicked; its context menu or Delete removes it from the list.

    Args:
        source: Path or address.
        name: What to call it; passwords are masked.
        parent: Qt parent.

    Attributes:
        source: Path or address.
        remove_requested: Signal(str): The user wants to remove this source from the list.
    """

    remove_requested = Signal(str)

    def __init__(self, source: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(button_text(name), parent)
        self.source, self._name = source, one_line(name)
        self._is_address = "://" in source
        self._is_folder = not self._is_address and os.path.isdir(source)
        self._picture: QImage | None = None
        self._scaled: QPixmap | None = None
        self.setToolTip(rich_text(source))
        self.setAutoDefault(True)  # Enter presses it
        self.setAccessibleName(self._name)
        self.setAccessibleDescription("Recently played")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @property
    def has_picture(self) -> bool:
        """Whether it shows a picture of the source instead of a symbol."""
        return self._picture is not None

    def set_picture(self, picture: QImage) -> None:
        """Show this picture of the source."""
        self._picture, self._scaled = picture, None
        self.update()

    def size_for(self, width: int) -> QSize:
        """Its size for a width, in pixels."""
        caption = round(QFontMetrics(self.font()).height() * _CAPTION_EM)
        return QSize(width, round(width / _PICTURE_ASPECT) + caption)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove the source with Delete; other keys as in any button."""
        if event.key() == Qt.Key.Key_Delete:
            self.remove_requested.emit(self.source)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to remove the source."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Remove from list").triggered.connect(lambda: self.remove_requested.emit(self.source))
        menu.popup(event.globalPos())

    def changeEvent(self, event: QEvent) -> None:
        """Scale the picture again on a screen with other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._scaled = None
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the picture, or a symbol if there is none, and the name below it."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        metrics = QFontMetrics(self.font())
        em = metrics.height()
        ring = max(2.0, em / 7)
        card = QRectF(self.rect()).adjusted(ring / 2, ring / 2, -ring / 2, -ring / 2)
        outline = QPainterPath()
        outline.addRoundedRect(card, em * _RADIUS_EM, em * _RADIUS_EM)
        active = self.underMouse() or self.hasFocus()
        painter.fillPath(outline, SELECTED if active else RAISED)
        caption = QRectF(card)
        caption.setTop(card.bottom() - em * _CAPTION_EM)
        above = QRectF(card)
        above.setBottom(caption.top())
        painter.setClipPath(outline)
        self._draw_picture(painter, above, em)
        padding = em * _PADDING_EM
        caption.adjust(padding, 0, -padding, 0)
        painter.setPen(TEXT)
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideMiddle, int(caption.width()))
        painter.drawText(caption, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setClipping(False)
        if self.hasFocus():
            painter.strokePath(outline, QPen(ACCENT, ring))

    def _draw_picture(self, painter: QPainter, rect: QRectF, em: float) -> None:
        painter.fillRect(rect, _EMPTY)
        if self._picture is not None:
            painter.drawPixmap(rect.topLeft(), self._fitted(self._picture, rect))
            if self._is_address:
                side = em * _BADGE_EM
                badge = QRectF(rect.left() + em * 0.4, rect.top() + em * 0.4, side, side)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(_SHADE)
                painter.drawEllipse(badge.adjusted(-2, -2, 2, 2))
                draw_icon(painter, "globe", badge, TEXT)
            return
        side = rect.height() * 0.5
        symbol = QRectF(rect.center().x() - side / 2, rect.center().y() - side / 2, side, side)
        name = "globe" if self._is_address else "folder" if self._is_folder else "play"
        draw_icon(painter, name, symbol, MUTED)

    def _fitted(self, picture: QImage, rect: QRectF) -> QPixmap:
        """The picture, scaled and cropped to fill a rectangle; made once for each size. Heads are high up."""
        ratio = self.devicePixelRatioF()
        wanted = QSize(math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
        if self._scaled is None or self._scaled.size() != wanted:
            filling = picture.scaled(
                wanted,
                Qt.AspectRatioMode.KeepAspectRatioByExpanding,
                Qt.TransformationMode.SmoothTransformation,
            )
            left, top = (filling.width() - wanted.width()) // 2, (filling.height() - wanted.height()) // 3
            self._scaled = QPixmap.fromImage(filling.copy(QRect(QPoint(left, top), wanted)))
            self._scaled.setDevicePixelRatio(ratio)
        return self._scaled
