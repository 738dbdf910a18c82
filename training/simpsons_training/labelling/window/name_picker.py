"""Asks who is on a picture: part of a name is enough, and a new one is confirmed first."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from simpsons_play.core.label_search import similar_labels
from simpsons_play.core.names import display_name
from simpsons_play.window.widgets.name_field import NameField, new_entry
from simpsons_play.window.widgets.theme import ACCENT, DISABLED, RAISED, SELECTED
from simpsons_training.labelling.name_search import NameMatch

FIELD_STYLE = f"""
QListWidget, QLineEdit, QPushButton {{
    background: {RAISED.name()}; border: 1px solid {SELECTED.name()}; border-radius: 3px; padding: 4px;
}}
QListWidget:focus, QLineEdit:focus, QPushButton:focus {{ border-color: {ACCENT.name()}; }}
QPushButton:hover {{ background: {SELECTED.name()}; }}
QPushButton:disabled, QLineEdit:disabled, QListWidget:disabled {{ color: {DISABLED.name()}; }}
"""
"""Style of the fields and buttons of the window; the one that has the focus has a border in the accent."""


class NamePicker(QWidget):
    """A field for a name, and the names that contain what was typed. No name is preselected.

    Args:
        match: Finds what a part of a name may mean.
        parent: Qt parent.

    Attributes:
        chosen: Signal(str): The label that was chosen, or that of a new character.
        cancelled: Signal(): The user has pressed Escape.
    """

    chosen = Signal(str)
    cancelled = Signal()

    def __init__(self, match: Callable[[str], NameMatch], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._match = match
        self._rows: list[str] = []
        self._new_label: str | None = None
        self._asked = ""
        self._question, self._text = plain_label(""), NameField(self)
        self._list = self._text.names
        self._question.setWordWrap(True)
        self._text.setPlaceholderText("Type part of the name")
        self._confirm, self._back = QPushButton("&Add", self), QPushButton("&Back", self)
        buttons = QHBoxLayout()
        for button in (self._confirm, self._back):
            button.setAutoDefault(True)
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._question)
        layout.addWidget(self._text)
        layout.addWidget(self._list, 1)
        layout.addLayout(buttons)
        layout.addStretch()
        for watched in (self._text, self._list, self._confirm, self._back):
            watched.installEventFilter(self)
        self._text.textChanged.connect(self._on_text)
        self._text.returnPressed.connect(self._accept)
        self._list.itemActivated.connect(lambda item: self._accept())
        self._list.itemClicked.connect(lambda item: self._accept())
        self._confirm.clicked.connect(self._add)
        self._back.clicked.connect(self._take_back)
        self.stop()

    @property
    def names(self) -> list[str]:
        """The names that are offered, as they are shown."""
        return self._text.listed

    @property
    def question(self) -> str:
        """What is asked now."""
        return self._question.text()

    def ask(self, question: str) -> None:
        """Ask for a name.

        Args:
            question: What is asked, such as who is in the left half.
        """
        self._start(question)
        self.setEnabled(True)
        self._text.setFocus()

    def stop(self) -> None:
        """Ask for nothing."""
        self._start("")
        self.setEnabled(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Escape go back."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        if event.key() == Qt.Key.Key_Escape:
            if self._confirm.isVisibleTo(self):
                self._take_back()
            else:
                self.cancelled.emit()
            return True
        return super().eventFilter(watched, event)

    def _on_text(self, text: str) -> None:
        match = self._match(text)
        self._new_label = match.new_label
        self._rows = [*match.labels, *([match.new_label] if match.new_label is not None else [])]
        new = [] if match.new_label is None else [new_entry(display_name(match.new_label))]
        self._text.show_names([*map(display_name, match.labels), *new])
        is_no_name = bool(text.strip()) and not self._rows
        self._question.setText("This cannot be a name." if is_no_name else self._asked)

    def _accept(self) -> None:
        row = self._text.row
        if row < 0:
            return
        if self._rows[row] == self._new_label:
            self._ask_first(self._rows[row])
        else:
            self.chosen.emit(self._rows[row])

    def _start(self, question: str) -> None:
        self._asked = question
        self._text.clear()
        self._on_text("")
        self._show(question, asks_first=False)

    def _ask_first(self, label: str) -> None:
        similar = similar_labels(self._text.text(), self._match("").labels)
        hint = f" Similar: {', '.join(map(display_name, similar))}." if similar else ""
        self._show(f"Add {display_name(label)} as a new character?{hint}", asks_first=True)
        self._confirm.setFocus()

    def _take_back(self) -> None:
        """Go back from the question about a new character to the name."""
        self._show(self._asked, asks_first=False)
        self._text.setFocus()

    def _show(self, question: str, *, asks_first: bool) -> None:
        """Show the field for a name, or the buttons that answer whether a new one is to be added."""
        self._question.setText(question)
        for field in (self._text, self._list):
            field.setVisible(not asks_first)
        for button in (self._confirm, self._back):
            button.setVisible(asks_first)

    def _add(self) -> None:
        if self._new_label is not None:
            self.chosen.emit(self._new_label)


def plain_label(text: str) -> QLabel:
    """A label that shows any text as it is."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
