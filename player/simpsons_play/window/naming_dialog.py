"""Asks who somebody really is; a part of the name is enough."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QListWidget, QVBoxLayout, QWidget

from simpsons_play.corrections import matching
from simpsons_play.names import display_name
from simpsons_play.types import Region

_STYLE = """
QDialog { background: #1c1c1c; }
QLabel { color: #d0d0d0; font-size: 13px; }
QLineEdit, QComboBox, QListWidget {
    background: #2a2a2a; color: #ffffff; border: 1px solid #444; padding: 4px;
}
QListWidget::item:selected { background: #ffd90f; color: #000000; }
"""


class NamingDialog(QDialog):
    """Which head is meant, and who it is; Return takes the name that is marked, Esc gives up.

    Args:
        heads: of the frame with the names that are shown at them, None for no name; the first is offered.
        labels: all that may be meant.
        parent: the window it belongs to.
    """

    def __init__(
        self, heads: Sequence[tuple[Region, str | None]], labels: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Who is it really?")
        self.setStyleSheet(_STYLE)
        self._labels = labels
        self._which, self._text, self._list = QComboBox(self), QLineEdit(self), QListWidget(self)
        for region, label in heads:
            self._which.addItem(f"{display_name(label) if label else 'no name'} ({_place(region)})")
        self._which.setVisible(len(heads) > 1)
        self._which.setAccessibleName("which head")
        self._text.setPlaceholderText("part of the name; up and down choose")
        self._text.setAccessibleName("right name")
        layout = QVBoxLayout(self)
        asks = ("This picture shows", f"Not {self._which.itemText(0)}, but", "This one is really")
        asked = QLabel(asks[min(len(heads), 2)], self)
        for widget in (asked, self._which, self._text, self._list):
            layout.addWidget(widget)
        self._text.textChanged.connect(self._on_text)
        self._text.installEventFilter(self)
        self._text.returnPressed.connect(self._on_return)
        self._list.itemActivated.connect(lambda item: self._on_return())
        self._on_text("")
        self._text.setFocus()

    @property
    def head(self) -> int:
        """Which head is meant: an index into `heads`; -1 where there are none."""
        return self._which.currentIndex()

    @property
    def label(self) -> str:
        """Who it is."""
        return self._found[self._list.currentRow()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and down move in the list while the text is being typed."""
        moves = (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in moves:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self._list.setCurrentRow(min(max(self._list.currentRow() + step, 0), self._list.count() - 1))
            return True
        return super().eventFilter(watched, event)

    def _on_text(self, text: str) -> None:
        self._found = matching(text, self._labels)
        self._list.clear()
        self._list.addItems([display_name(label) for label in self._found])
        self._list.setCurrentRow(0)

    def _on_return(self) -> None:
        if self._found:
            self.accept()


def _place(region: Region) -> str:
    return f"at {region.box.x_min}, {region.box.y_min}" if region.is_head else region.name
