"""Paints the tiles of a contact sheet, and outlines heads."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from simpsons_play.core.geometry import Box
from simpsons_play.core.names import display_name
from simpsons_play.window.widgets.icons import draw_icon
from simpsons_play.window.widgets.theme import ACCENT, BACKGROUND, MUTED, RAISED, SELECTED, TEXT
from simpsons_training.labelling.proposal_folder import Pending
from simpsons_training.labelling.review_session import Entry, State

Index = QModelIndex | QPersistentModelIndex

ENTRY, PICTURE, CAPTION = (Qt.ItemDataRole.UserRole + number for number in range(3))
"""Roles: the entry; its picture, scaled down, with the size of the file; the text below the picture."""

_TILE_EM, _ASPECT, _CAPTION_EM, _GAP_EM, _RADIUS_EM = 12, 4 / 3, 1.8, 0.6, 0.4
_VERDICT_SHARE = 0.7
"""Share of the line below a picture that the verdict may take."""

_OPACITY = {State.PROPOSED: 1.0, State.ACCEPTED: 0.55, State.REJECTED: 0.2}


def verdict_of(entry: Entry[Pending]) -> str:
    """What became of a picture; how probable its name is if nothing has."""
    if entry.state is State.PROPOSED:
        return "by hand" if entry.item.probability is None else f"{entry.item.probability:.0%}"
    if entry.state is State.ACCEPTED and entry.character != entry.item.character:
        return display_name(entry.character)
    return {State.ACCEPTED: "Accepted", State.REJECTED: "Rejected"}[entry.state]


class TileDelegate(QStyledItemDelegate):
    """Paints a picture, and below it how probable its name is and what became of it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """The same for all."""
        em = QFontMetrics(option.font).height()
        width = _TILE_EM * em
        return QSize(width, round(width / _ASPECT + _CAPTION_EM * em))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a tile; the current one has a ring, also while the focus is elsewhere."""
        entry: Entry[Pending] = index.data(ENTRY)
        picture: tuple[QPixmap, QSize] | None = index.data(PICTURE)
        em = QFontMetrics(option.font).height()
        current = bool(option.state & QStyle.StateFlag.State_Selected)
        gap, ring = em * _GAP_EM / 2, max(2.0, em / 6)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        tile = QRectF(option.rect).adjusted(gap, gap, -gap, -gap)
        outline = QPainterPath()
        outline.addRoundedRect(tile, em * _RADIUS_EM, em * _RADIUS_EM)
        painter.fillPath(outline, SELECTED if current else RAISED)
        painter.setClipPath(outline)
        caption = QRectF(tile)
        caption.setTop(tile.bottom() - em * _CAPTION_EM)
        above = QRectF(tile)
        above.setBottom(caption.top())
        painter.fillRect(above, BACKGROUND)
        painter.setOpacity(_OPACITY[entry.state])
        if picture is None:
            _draw_symbol(painter, "warning", above, MUTED)
        else:
            pixmap, size = picture
            shown = fitted(size, above)
            painter.drawPixmap(shown, pixmap, QRectF(pixmap.rect()))
            draw_head(painter, entry.item.head, shown, size=size, width=max(1.0, em / 10))
        painter.setOpacity(1)
        if entry.state is State.REJECTED:
            _draw_symbol(painter, "close", above, TEXT)
        metrics, middle = QFontMetrics(option.font), Qt.AlignmentFlag.AlignVCenter
        caption.adjust(em * 0.5, 0, -em * 0.5, 0)
        painter.setPen(TEXT)
        right = metrics.elidedText(
            verdict_of(entry), Qt.TextElideMode.ElideRight, round(caption.width() * _VERDICT_SHARE)
        )
        painter.drawText(caption, middle | Qt.AlignmentFlag.AlignRight, right)
        room = round(caption.width() - metrics.horizontalAdvance(right) - em / 2)
        left = metrics.elidedText(index.data(CAPTION), Qt.TextElideMode.ElideRight, room)
        painter.setPen(MUTED)
        painter.drawText(caption, middle | Qt.AlignmentFlag.AlignLeft, left)
        painter.setClipping(False)
        if current:
            painter.strokePath(outline, QPen(ACCENT, ring))
        painter.restore()


def fitted(size: QSize, area: QRectF) -> QRectF:
    """Where a picture of this size is shown in an area: as large as possible, centred."""
    scale = min(area.width() / max(1, size.width()), area.height() / max(1, size.height()))
    width, height = size.width() * scale, size.height() * scale
    return QRectF(area.center().x() - width / 2, area.center().y() - height / 2, width, height)


def draw_head(painter: QPainter, head: Box | None, shown: QRectF, *, size: QSize, width: float) -> None:
    """Outline the head that is meant.

    Args:
        painter: where to draw.
        head: in pixels of the picture; None draws nothing.
        shown: where the picture is shown.
        size: size of the picture, in pixels.
        width: width of the line, in pixels of the screen.
    """
    if head is None or size.isEmpty():
        return
    across, down = shown.width() / size.width(), shown.height() / size.height()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    box = QRectF(head.x_min * across, head.y_min * down, head.width * across, head.height * down)
    box.translate(shown.topLeft())
    painter.setPen(QPen(QColor("#000000"), 2 * width))
    painter.drawRect(box)
    painter.setPen(QPen(ACCENT, width))
    painter.drawRect(box)


def _draw_symbol(painter: QPainter, name: str, area: QRectF, colour: QColor) -> None:
    side = area.height() * 0.4
    draw_icon(
        painter, name, QRectF(area.center().x() - side / 2, area.center().y() - side / 2, side, side), colour
    )
