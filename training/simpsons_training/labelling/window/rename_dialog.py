"""The dialog that asks for another name of a picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from simpsons_play.core.names import display_name
from simpsons_training.labelling.name_search import NameMatch
from simpsons_training.labelling.window.name_picker import FIELD_STYLE, NamePicker

_SIZE_PX = (360, 420)


class RenameDialog(QDialog):
    """Asks for a name; part of it is enough, and a new one is confirmed first.

    Args:
        match: Finds what a part of a name may mean.
        label: The label that the picture has.
        parent: Qt parent.

    Attributes:
        chosen: Signal(str): The label that was chosen; the dialog closes.
    """

    chosen = Signal(str)

    def __init__(self, match: Callable[[str], NameMatch], label: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Rename")
        self.setStyleSheet(FIELD_STYLE)
        self.resize(*_SIZE_PX)
        self._picker = NamePicker(match, self)
        layout = QVBoxLayout(self)
        layout.addWidget(self._picker)
        self._picker.chosen.connect(self._choose)
        self._picker.cancelled.connect(self.reject)
        self._picker.ask(f"Who is it, if not {display_name(label)}?")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keep Return from pressing a button that has only just got the focus."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def _choose(self, label: str) -> None:
        self.accept()
        self.chosen.emit(label)
