"""The dialog that asks for the name of a head; part of a known name is enough."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from simpsons_play.cast.members import new_name
from simpsons_play.core.label_search import by_name, exact_labels, matching_labels, similar_labels
from simpsons_play.core.names import display_name
from simpsons_play.core.results import FrameResult, Region
from simpsons_play.window.widgets.name_field import NameField, new_entry
from simpsons_play.window.widgets.theme import ACCENT, MUTED, SELECTED

PORTRAIT_PX = 96
"""Width and height of the picture of the head."""

_CROPS = {"full": "whole picture", "left": "left half", "right": "right half"}
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}
_LIST_STYLE = f"""
QListWidget {{ border: 1px solid {SELECTED.name()}; }}
QListWidget:focus {{ border-color: {ACCENT.name()}; }}
"""


class NamingDialog(QDialog):
    """Asks which head is meant and who it is. No name is preselected: the user types part of it or picks it.

    The name that is shown for the head is not offered: it is the wrong one. A text that is no known name can
    be a new one, which is the first entry if nothing else fits, before similar names, and otherwise the last.

    Args:
        heads: Heads of the frame with the names shown next to them, None for no name.
        labels: The labels to choose from.
        selected: Index of the head that is preselected.
        portraits: A picture of each head; empty shows none.
        notes: What to say of each head, such as why it cannot be taught; empty texts say nothing.
        may_add: Whether new names can be given.
        parent: Qt parent.
    """

    def __init__(
        self,
        heads: Sequence[tuple[Region, str | None]],
        labels: Sequence[str],
        *,
        selected: int = 0,
        portraits: Sequence[QPixmap] = (),
        notes: Sequence[str] = (),
        may_add: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Name this head" if heads else "Name this picture")
        self._shown = [label for _, label in heads]
        self._all_labels, self._may_add = by_name(labels), may_add
        self._portraits, self._notes = portraits, notes
        self._matches: list[str | None] = []  # None: the text, as a new name
        self._heads, self._text = QComboBox(self), NameField(self)
        self._list = self._text.names
        for (_, label), place in zip(heads, _places([region for region, _ in heads]), strict=True):
            self._heads.addItem(f"{_name(label)} ({place})")
        if heads:
            self._heads.setCurrentIndex(selected)
        self._heads.setVisible(len(heads) > 1)
        self._heads.setAccessibleName("Head")
        self._text.setPlaceholderText(
            "Type part of the name, or a new one" if may_add else "Type part of the name"
        )
        self._list.setStyleSheet(_LIST_STYLE)
        self._portrait, self._note, self._no_match = QLabel(self), _plain_label(""), _plain_label("")
        self._portrait.setAccessibleName("The head")
        self._note.setWordWrap(True)
        self._note.setStyleSheet(f"color: {MUTED.name()};")
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
            form.addRow("Shown as", _plain_label(_name(self._shown[0])))
        form.addRow("&Name", self._text)
        top = QHBoxLayout()
        top.addWidget(self._portrait, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(form, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        for widget in (self._note, self._list, self._no_match, buttons):
            layout.addWidget(widget)
        self._text.textChanged.connect(self._on_text_changed)
        self._heads.currentIndexChanged.connect(self._on_head_changed)
        self._list.itemSelectionChanged.connect(self._on_selected)
        self._list.itemActivated.connect(lambda item: self._accept_match())
        self._on_head_changed()
        self._text.setFocus()

    @property
    def head(self) -> int:
        """Index of the selected head in `heads`; -1 if there are no heads."""
        return self._heads.currentIndex()

    @property
    def label(self) -> str | None:
        """The selected label, which may be a new one; None if none is selected."""
        return None if self.chosen is None else self.chosen[0]

    @property
    def chosen(self) -> tuple[str, str | None] | None:
        """The selected label, and the display name of a new one that its label does not show."""
        if self._text.row < 0:
            return None
        label = self._matches[self._text.row]
        return new_name(self._text.text()) if label is None else (label, None)

    @property
    def _shown_label(self) -> str | None:
        """The name that is shown for the selected head."""
        return self._shown[self.head] if self.head >= 0 else None

    def _on_head_changed(self) -> None:
        has_portrait = 0 <= self.head < len(self._portraits)
        self._portrait.setVisible(has_portrait)
        if has_portrait:
            self._portrait.setPixmap(self._portraits[self.head])
        note = self._notes[max(0, self.head)] if self._notes else ""
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._on_text_changed(self._text.text())

    def _on_text_changed(self, text: str) -> None:
        labels = [label for label in self._all_labels if label != self._shown_label]
        found = matching_labels(text, labels)
        self._matches = list(dict.fromkeys((*exact_labels(text, found), *found)))
        problem = "" if found else self._why_no_match(text)
        shown = self._shown_label
        is_known = exact_labels(text, self._all_labels) or (shown and matching_labels(text, [shown]))
        if self._may_add and text.strip() and not is_known:
            try:
                new_name(text)
            except ValueError as error:
                problem = problem and f"{str(error)[0].upper()}{str(error)[1:]}"
            else:
                self._matches.append(None)
                if not found:  # perhaps a slip of the pen
                    self._matches += similar_labels(text, labels)
                problem = ""
        self._text.show_names([self._entry(label, text) for label in self._matches])
        self._no_match.setText(problem)
        self._on_selected()

    def _entry(self, label: str | None, text: str) -> str:
        if label is not None:
            return display_name(label)
        new, own = new_name(text)
        return new_entry(own or display_name(new))

    def _why_no_match(self, text: str) -> str:
        shown = self._shown_label
        if shown is not None and matching_labels(text, [shown]):
            return f"{display_name(shown)} is the name that is shown"
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
