"""Asks who somebody really is; a part of the name is enough."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from simpsons_play.core.names import display_name
from simpsons_play.core.results import Region
from simpsons_play.window.shell.corrections import matching


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
        self._labels = labels
        self._which, self._text, self._list = QComboBox(self), QLineEdit(self), QListWidget(self)
        for (_, label), place in zip(heads, _places([region for region, _ in heads]), strict=True):
            self._which.addItem(f"{display_name(label) if label else 'No name'} ({place})")
        self._which.setVisible(len(heads) > 1)
        self._which.setAccessibleName("which head")
        self._text.setPlaceholderText("part of the name; up and down choose")
        self._text.setAccessibleName("right name")
        self._list.setAccessibleName("names that match")
        self._none = QLabel("no name matches", self)
        self._none.setTextFormat(Qt.TextFormat.PlainText)
        named = display_name(heads[0][1]) if heads and heads[0][1] else ""
        asks = ("This picture shows", f"Not {named}, but" if named else "This head is", "The head of")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setText("Save")
        buttons.accepted.connect(self._on_return)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(asks[min(len(heads), 2)], self))
        layout.addWidget(self._which)
        if len(heads) > 1:
            layout.addWidget(QLabel("is really", self))
        for widget in (self._text, self._list, self._none, buttons):
            layout.addWidget(widget)
        self._text.textChanged.connect(self._on_text)
        self._text.installEventFilter(self)
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
        self._none.setText("" if self._found else f"no name has “{text}” in it")
        self._ok.setEnabled(bool(self._found))

    def _on_return(self) -> None:
        if self._found:
            self.accept()


def _places(regions: Sequence[Region]) -> list[str]:
    """Each of them in words, such as `left head`, `3rd head from the left`, `whole picture`, `left half`."""
    order = sorted((region for region in regions if region.is_head), key=lambda r: r.box.x_min + r.box.x_max)
    few = {1: ("head",), 2: ("left head", "right head"), 3: ("left head", "middle head", "right head")}
    many = [f"{number}{_ENDINGS.get(number, 'th')} head from the left" for number in range(1, len(order) + 1)]
    words = few.get(len(order), many)
    return [words[order.index(region)] if region.is_head else _PARTS[region.name] for region in regions]


_PARTS = {"full": "whole picture", "left": "left half", "right": "right half"}
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
