"""The dialog that asks for the right name of a character; part of the name is enough."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from simpsons_play.core.label_search import NOBODY, matching_labels
from simpsons_play.core.names import display_name
from simpsons_play.core.results import FrameResult, Region
from simpsons_play.window.widgets.theme import ACCENT, SELECTED

_CROPS = {"full": "whole picture", "left": "left half", "right": "right half"}
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}
_LIST_STYLE = f"""
QListWidget {{ border: 1px solid {SELECTED.name()}; }}
QListWidget:focus {{ border-color: {ACCENT.name()}; }}
"""


class NamingDialog(QDialog):
    """Asks which head is meant and who it is. No name is preselected: the user types part of it or picks it.

    Args:
        heads: Heads of the frame with the names shown next to them, None for no name; the first is
            preselected. The name of an only head is not offered: it is the wrong one.
        labels: The labels to choose from.
        parent: Qt parent.
    """

    def __init__(
        self, heads: Sequence[tuple[Region, str | None]], labels: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Correct this name")
        self._shown = heads[0][1] if len(heads) == 1 else None
        self._labels = tuple(label for label in (*labels, NOBODY) if label != self._shown)
        self._matches: list[str] = []
        self._heads, self._text, self._list = QComboBox(self), QLineEdit(self), QListWidget(self)
        for (_, label), place in zip(heads, _places([region for region, _ in heads]), strict=True):
            self._heads.addItem(f"{_name(label)} ({place})")
        self._heads.setVisible(len(heads) > 1)
        self._heads.setAccessibleName("Head")
        self._text.setPlaceholderText("Type part of the name")
        self._text.setAccessibleName("Correct name")
        self._list.setAccessibleName("Matching names")
        self._list.setStyleSheet(_LIST_STYLE)
        self._no_match = _plain_label("")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._save = buttons.button(QDialogButtonBox.StandardButton.Save)
        buttons.accepted.connect(self._accept_match)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        if len(heads) > 1:
            form.addRow("&Head", self._heads)
        elif heads:
            form.addRow("Shown as", _plain_label(_name(self._shown)))
        form.addRow("Correct &name", self._text)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        for widget in (self._list, self._no_match, buttons):
            layout.addWidget(widget)
        self._text.textChanged.connect(self._on_text_changed)
        self._text.installEventFilter(self)
        self._list.itemSelectionChanged.connect(self._on_selected)
        self._list.itemActivated.connect(lambda item: self._accept_match())
        self._on_text_changed("")
        self._text.setFocus()

    @property
    def head(self) -> int:
        """Index of the selected head in `heads`; -1 if there are no heads."""
        return self._heads.currentIndex()

    @property
    def label(self) -> str | None:
        """The selected label; None if none is selected."""
        row = self._selected_row
        return self._matches[row] if row >= 0 else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the up and down keys move in the list while typing."""
        keys = (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in keys:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self._list.setCurrentRow(min(max(self._selected_row + step, 0), self._list.count() - 1))
            return True
        return super().eventFilter(watched, event)

    @property
    def _selected_row(self) -> int:
        """Row of the selected name; -1 if none is. The current row of a list need not be selected."""
        selected = self._list.selectedItems()
        return self._list.row(selected[0]) if selected else -1

    def _on_text_changed(self, text: str) -> None:
        self._list.clear()
        self._matches = matching_labels(text, self._labels)
        self._list.addItems([display_name(label) for label in self._matches])
        if text.strip():
            self._list.setCurrentRow(0)
        self._no_match.setText("" if self._matches else self._why_no_match(text))
        self._on_selected()

    def _why_no_match(self, text: str) -> str:
        if self._shown is not None and matching_labels(text, [self._shown]):
            return f"{display_name(self._shown)} is the name that is shown"
        return f"No name contains “{text}”"

    def _on_selected(self) -> None:
        self._save.setEnabled(self.label is not None)

    def _accept_match(self) -> None:
        if self.label is not None:
            self.accept()


def heads_of(result: FrameResult | None) -> list[tuple[Region, str | None]]:
    """The regions of a result with the names shown for them; named ones first, then unnamed heads."""
    if result is None:
        return []
    named = {caption.region.name: (caption.region, caption.label) for caption in result.captions}
    unnamed = [
        (p.region, None) for p in result.predictions if p.region.name not in named and p.region.is_head
    ]
    return [*named.values(), *unnamed]


def _places(regions: Sequence[Region]) -> list[str]:
    """Describe where each region is: `left head`, `3rd head from the left`, `whole picture`, `left half`."""
    order = sorted((region for region in regions if region.is_head), key=lambda r: r.box.x_min + r.box.x_max)
    few = {1: ("head",), 2: ("left head", "right head"), 3: ("left head", "middle head", "right head")}
    many = [
        f"{number}{_ORDINALS.get(number, 'th')} head from the left" for number in range(1, len(order) + 1)
    ]
    words = few.get(len(order), many)
    return [words[order.index(region)] if region.is_head else _CROPS[region.name] for region in regions]


def _name(label: str | None) -> str:
    return display_name(label) if label else "No name"


def _plain_label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
