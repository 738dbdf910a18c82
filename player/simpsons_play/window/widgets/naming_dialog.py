"""The dialog that asks for the right name of a character; part of the name is enough."""

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

from simpsons_play.core.label_search import NOBODY, matching_labels
from simpsons_play.core.names import display_name
from simpsons_play.core.results import FrameResult, Region

_CROPS = {"full": "whole picture", "left": "left half", "right": "right half"}
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


class NamingDialog(QDialog):
    """Asks which head is meant and who it is. Return accepts the selected name, Esc cancels.

    Args:
        heads: Heads of the frame with the names shown next to them, None for no name; the first is
            preselected.
        labels: The labels to choose from.
        parent: Qt parent.
    """

    def __init__(
        self, heads: Sequence[tuple[Region, str | None]], labels: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Correct this name")
        self._labels = labels
        self._heads, self._text, self._list = QComboBox(self), QLineEdit(self), QListWidget(self)
        for (_, label), place in zip(heads, _places([region for region, _ in heads]), strict=True):
            self._heads.addItem(f"{display_name(label) if label else 'No name'} ({place})")
        self._heads.setVisible(len(heads) > 1)
        self._heads.setAccessibleName("Head")
        self._text.setPlaceholderText("Part of the name; Up and Down choose")
        self._text.setAccessibleName("Correct name")
        self._list.setAccessibleName("Matching names")
        self._no_match = QLabel("No name matches", self)
        self._no_match.setTextFormat(Qt.TextFormat.PlainText)
        shown = display_name(heads[0][1]) if heads and heads[0][1] else ""
        prompts = ("This picture shows", f"Not {shown}, but" if shown else "This head is", "The head of")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._ok.setText("Save")
        buttons.accepted.connect(self._accept_match)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(prompts[min(len(heads), 2)], self))
        layout.addWidget(self._heads)
        if len(heads) > 1:
            layout.addWidget(QLabel("is really", self))
        for widget in (self._text, self._list, self._no_match, buttons):
            layout.addWidget(widget)
        self._text.textChanged.connect(self._on_text_changed)
        self._text.installEventFilter(self)
        self._list.itemActivated.connect(lambda item: self._accept_match())
        self._on_text_changed("")
        self._text.setFocus()

    @property
    def head(self) -> int:
        """Index of the selected head in `heads`; -1 if there are no heads."""
        return self._heads.currentIndex()

    @property
    def label(self) -> str:
        """The selected label."""
        return self._matches[self._list.currentRow()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the up and down keys move in the list while typing."""
        keys = (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in keys:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            self._list.setCurrentRow(min(max(self._list.currentRow() + step, 0), self._list.count() - 1))
            return True
        return super().eventFilter(watched, event)

    def _on_text_changed(self, text: str) -> None:
        self._matches = matching_labels(text, (*self._labels, NOBODY))
        self._list.clear()
        self._list.addItems([display_name(label) for label in self._matches])
        self._list.setCurrentRow(0)
        self._no_match.setText("" if self._matches else f"No name contains “{text}”")
        self._ok.setEnabled(bool(self._matches))

    def _accept_match(self) -> None:
        if self._matches:
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
