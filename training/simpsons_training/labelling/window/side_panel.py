"""Beside the frame: where it is, the name that is asked for, and what has been saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from PySide6.QtWidgets import QLabel, QListWidget, QVBoxLayout, QWidget

from simpsons_play.core.names import counted, display_name
from simpsons_play.window.widgets.announcement import announce
from simpsons_play.window.widgets.theme import ACCENT, MUTED, TEXT
from simpsons_training.labelling.name_search import NameMatch
from simpsons_training.labelling.window.name_picker import NamePicker, plain_label

_WIDTH_PX = 300
_HINT = "Select a part of the frame, or drag a box around somebody."


class SidePanel(QWidget):
    """The panel beside the frame.

    Args:
        match: Finds what a part of a name may mean.
        parent: Qt parent.

    Attributes:
        picker: Asks for the name.
    """

    def __init__(self, match: Callable[[str], NameMatch], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(_WIDTH_PX)
        self.picker = NamePicker(match, self)
        self._place, self._total, self._message = _wrapped(""), plain_label(""), _wrapped("")
        self._counts = QListWidget(self)
        self._counts.setAccessibleName("Saved pictures of each character")
        hint = _wrapped(_HINT)
        hint.setStyleSheet(f"color: {MUTED.name()}")
        layout = QVBoxLayout(self)
        for widget, stretch in (
            (self._place, 0),
            (hint, 0),
            (self.picker, 3),
            (self._total, 0),
            (self._counts, 2),
            (self._message, 0),
        ):
            layout.addWidget(widget, stretch)

    @property
    def place(self) -> str:
        """Where the frame is."""
        return self._place.text()

    @property
    def message(self) -> str:
        """The last message."""
        return self._message.text()

    def show_place(self, text: str) -> None:
        """Say where the frame is."""
        self._place.setText(text)

    def show_counts(self, counts: Counter[str]) -> None:
        """Show the number of saved pictures of each character."""
        self._total.setText(f"{counted(counts.total(), 'picture')} saved")
        self._counts.clear()
        for label, number in counts.most_common():
            self._counts.addItem(f"{number:,}  {display_name(label)}")

    def tell(self, line: str, *, is_error: bool = False) -> None:
        """Show a message until the next, and let screen readers say it."""
        self._message.setText(line)
        self._message.setStyleSheet(f"color: {(ACCENT if is_error else TEXT).name()}")
        if line:
            announce(self._message, line, urgent=is_error)


def _wrapped(text: str) -> QLabel:
    label = plain_label(text)
    label.setWordWrap(True)
    return label
