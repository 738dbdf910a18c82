"""A field for part of a name, with a list of the names that contain it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QWidget


class NameField(QLineEdit):
    """A field for part of a name. The up and down keys move in the list while typing.

    Args:
        parent: Qt parent.

    Attributes:
        names: The list of names, in a place of its own. Without a text, none is selected.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.names = QListWidget(parent)
        self.names.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Name")
        self.names.setAccessibleName("Matching names")

    @property
    def row(self) -> int:
        """Row of the selected name; -1 if none is. The current row of a list need not be selected."""
        selected = self.names.selectedItems()
        return self.names.row(selected[0]) if selected else -1

    @property
    def listed(self) -> list[str]:
        """The names in the list."""
        return [self.names.item(row).text() for row in range(self.names.count())]

    def show_names(self, names: Sequence[str]) -> None:
        """List these names; the first one is selected if something is typed."""
        self.names.clear()
        self.names.addItems(names)
        if self.text().strip():
            self.names.setCurrentRow(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move in the list, or as other fields."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.names.count():
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self.names.setCurrentRow(min(max(self.row + step, 0), self.names.count() - 1))
        else:
            super().keyPressEvent(event)

    def minimumSizeHint(self) -> QSize:
        """Wide enough for the placeholder."""
        hint, metrics = super().minimumSizeHint(), self.fontMetrics()
        width = metrics.horizontalAdvance(self.placeholderText()) + 2 * metrics.height()
        return QSize(max(hint.width(), width), hint.height())


def new_entry(name: str) -> str:
    """The entry of a new character."""
    return f"New character \N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"
