"""A contact sheet: the pictures that are proposed for one character, as tiles that the arrow keys select."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QImage, QKeyEvent, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from simpsons_play.core.escaping import rich_text
from simpsons_play.core.geometry import Box
from simpsons_play.core.names import display_name
from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets.icons import draw_icon
from simpsons_play.window.widgets.theme import ACCENT, BACKGROUND, MUTED, RAISED, SELECTED, TEXT
from simpsons_training.labelling.proposal_folder import Pending
from simpsons_training.labelling.review_session import Entry, Sheet, State

Load = Callable[[Pending], QImage | None]
"""Reads the picture of a proposal; None if that fails."""

_Index = QModelIndex | QPersistentModelIndex

_TILE_EM, _ASPECT, _CAPTION_EM, _GAP_EM, _RADIUS_EM = 12, 4 / 3, 1.8, 0.6, 0.4
_VERDICT_SHARE = 0.7
"""Share of the line below a picture that the verdict may take."""

_THUMBNAIL_PX = 480
"""Longer side of the pictures that are kept in memory: sharp also on a screen with twice the pixels."""

_OPACITY = {State.PROPOSED: 1.0, State.ACCEPTED: 0.55, State.REJECTED: 0.2}
_ENTRY, _PICTURE, _CAPTION = (Qt.ItemDataRole.UserRole + number for number in range(3))


def verdict_of(entry: Entry[Pending]) -> str:
    """What became of a picture; how probable its name is if nothing has."""
    if entry.state is State.PROPOSED:
        return "by hand" if entry.item.probability is None else f"{entry.item.probability:.0%}"
    if entry.state is State.ACCEPTED and entry.character != entry.item.character:
        return display_name(entry.character)
    return {State.ACCEPTED: "Accepted", State.REJECTED: "Rejected"}[entry.state]


class SheetModel(QAbstractListModel):
    """The entries of one sheet; pictures are read when they are first shown.

    Args:
        load: reads a picture.
        parent: Qt parent.
    """

    def __init__(self, load: Load, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._load = load
        self._sheet: Sheet[Pending] = Sheet(None)
        self._pictures: dict[int, tuple[QPixmap, QSize] | None] = {}

    def set_sheet(self, sheet: Sheet[Pending]) -> None:
        """Show another sheet."""
        self.beginResetModel()
        self._sheet = sheet
        self._pictures.clear()
        self.endResetModel()

    def entry(self, row: int) -> Entry[Pending]:
        """The entry in a row."""
        return self._sheet.entries[row]

    def row_of(self, entry: Entry[Pending]) -> int:
        """The row of an entry of this sheet."""
        return self._sheet.entries.index(entry)

    def refresh(self) -> None:
        """Show what has become of the entries; all pictures are read by then, or not shown yet."""
        if self._sheet.entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._sheet.entries) - 1))

    def rowCount(self, parent: _Index | None = None) -> int:
        """Number of entries."""
        return 0 if parent is not None and parent.isValid() else len(self._sheet.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The picture, and what to say about it."""
        entry = self.entry(index.row())
        if role == _ENTRY:
            return entry
        if role == _PICTURE:
            return self._picture(index.row())
        name = display_name(entry.item.character)
        if role == _CAPTION:
            return name if self._sheet.character is None else format_time(entry.item.saved.time_s or 0.0)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{name}, {verdict_of(entry)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return rich_text(entry.item.place)
        return None

    def _picture(self, row: int) -> tuple[QPixmap, QSize] | None:
        """A picture, scaled down, and the size of its file."""
        if row not in self._pictures:
            image = self._load(self.entry(row).item)
            size, limit = QSize() if image is None else image.size(), QSize(_THUMBNAIL_PX, _THUMBNAIL_PX)
            if image is not None and max(size.width(), size.height()) > _THUMBNAIL_PX:
                keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
                image = image.scaled(limit, keep, smooth)
            self._pictures[row] = None if image is None else (QPixmap.fromImage(image), size)
        return self._pictures[row]


class _Tiles(QStyledItemDelegate):
    """Paints a picture, and below it how probable its name is and what became of it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """The same for all."""
        em = QFontMetrics(option.font).height()
        width = _TILE_EM * em
        return QSize(width, round(width / _ASPECT + _CAPTION_EM * em))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a tile; the current one has a ring, also while the focus is elsewhere."""
        entry: Entry[Pending] = index.data(_ENTRY)
        picture: tuple[QPixmap, QSize] | None = index.data(_PICTURE)
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
        left = metrics.elidedText(index.data(_CAPTION), Qt.TextElideMode.ElideRight, room)
        painter.setPen(MUTED)
        painter.drawText(caption, middle | Qt.AlignmentFlag.AlignLeft, left)
        painter.setClipping(False)
        if current:
            painter.strokePath(outline, QPen(ACCENT, ring))
        painter.restore()


class SheetView(QListView):
    """The tiles, in as many columns as fit.

    Attributes:
        current_changed: Signal(): Another tile is the current one.
    """

    current_changed = Signal()

    def __init__(self, model: SheetModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(_Tiles(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setStyleSheet(f"QListView {{ background: {BACKGROUND.name()}; }}")
        self.setAccessibleName("Pictures")

    @property
    def row(self) -> int:
        """Row of the current tile; -1 if there is none."""
        return self.currentIndex().row()

    def select_row(self, row: int) -> None:
        """Make a tile the current one, and scroll to it."""
        index = self.model().index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def currentChanged(self, current: _Index, previous: _Index) -> None:
        """Tell that another tile is the current one."""
        super().currentChanged(current, previous)
        self.current_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go on in the neighbouring row; up, down, Home and End as in any list."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self.select_row(min(max(self.row + step, 0), self.model().rowCount() - 1))
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            super().keyPressEvent(event)
        else:
            event.ignore()  # a list would search for what is typed

    def changeEvent(self, event: QEvent) -> None:
        """Arrange tiles of another size for another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.scheduleDelayedItemsLayout()


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
