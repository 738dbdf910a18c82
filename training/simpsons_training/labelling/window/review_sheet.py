"""A contact sheet: the pictures that are proposed for one character, as tiles that the arrow keys select."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from simpsons_play.core.escaping import rich_text
from simpsons_play.core.names import display_name
from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets.theme import BACKGROUND
from simpsons_training.labelling.proposal_folder import Pending
from simpsons_training.labelling.review_session import Entry, Sheet
from simpsons_training.labelling.window.review_tiles import (
    CAPTION,
    ENTRY,
    PICTURE,
    Index,
    TileDelegate,
    verdict_of,
)

Load = Callable[[Pending], QImage | None]
"""Reads the picture of a proposal; None if that fails."""


_THUMBNAIL_PX = 480
"""Longer side of the pictures that are kept in memory: sharp also on a screen with twice the pixels."""

_MAX_PICTURES = 300
"""How many pictures are kept in memory: more than fit on a screen; 200 MB at most."""


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

    def rowCount(self, parent: Index | None = None) -> int:
        """Number of entries."""
        return 0 if parent is not None and parent.isValid() else len(self._sheet.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The picture, and what to say about it."""
        entry = self.entry(index.row())
        if role == ENTRY:
            return entry
        if role == PICTURE:
            return self._picture(index.row())
        name = display_name(entry.item.character)
        if role == CAPTION:
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
            if len(self._pictures) >= _MAX_PICTURES:
                del self._pictures[next(iter(self._pictures))]  # the one that was read first
            self._pictures[row] = None if image is None else (QPixmap.fromImage(image), size)
        return self._pictures[row]


class SheetView(QListView):
    """The tiles, in as many columns as fit.

    Attributes:
        current_changed: Signal(): Another tile is the current one.
    """

    current_changed = Signal()

    def __init__(self, model: SheetModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setItemDelegate(TileDelegate(self))
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

    def current_rect(self) -> QRect:
        """Where the current tile is on the screen."""
        rect = self.visualRect(self.currentIndex())
        return QRect(self.viewport().mapToGlobal(rect.topLeft()), rect.size())

    def select_row(self, row: int) -> None:
        """Make a tile the current one, and scroll to it."""
        index = self.model().index(row, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tell that another tile is the current one."""
        super().currentChanged(current, previous)
        self.current_changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go on in the neighbouring row; up, down, Home and End as in any list."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if event.key() == Qt.Key.Key_Right else -1
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
