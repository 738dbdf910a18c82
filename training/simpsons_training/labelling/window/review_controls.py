"""What is above and below a contact sheet: its heading, and buttons for those who do not know the keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from simpsons_play.window.widgets.theme import ACCENT, MUTED, RAISED, SELECTED, resized
from simpsons_training.labelling.proposal_folder import Pending
from simpsons_training.labelling.review_session import Sheet, State
from simpsons_training.labelling.window.review_keys import BINDINGS
from simpsons_training.labelling.window.sheet_list import title_of

_STATES = (State.PROPOSED, State.ACCEPTED, State.REJECTED)
_BUTTON_STYLE = f"""
QPushButton {{
    background: {RAISED.name()}; border: 1px solid {SELECTED.name()}; border-radius: 4px; padding: 5px 10px;
}}
QPushButton:hover {{ background: {SELECTED.name()}; }}
QPushButton:focus {{ border-color: {ACCENT.name()}; }}
"""


class Heading(QWidget):
    """The character of a sheet, and what became of its pictures.

    Args:
        sheets: all sheets.
        parent: Qt parent.
    """

    def __init__(self, sheets: Sequence[Sheet[Pending]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheets = sheets
        self._title, self._counts = QLabel(self), QLabel(self)
        self._title.setFont(resized(self.font(), 1.6, bold=True))
        self._counts.setStyleSheet(f"color: {MUTED.name()};")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._title)
        layout.addWidget(self._counts, stretch=1, alignment=Qt.AlignmentFlag.AlignBottom)
        for label in (self._title, self._counts):
            label.setTextFormat(Qt.TextFormat.PlainText)

    def show_sheet(self, index: int) -> None:
        """Show the heading of a sheet."""
        sheet = self._sheets[index]
        counts = ", ".join(f"{sheet.count(state)} {state.value}" for state in _STATES if sheet.count(state))
        self._title.setText(title_of(sheet))
        self._counts.setText(f"{counts}  \N{MIDDLE DOT}  {index + 1} of {len(self._sheets)}")


class ButtonRow(QWidget):
    """A button for each action that has a title.

    Args:
        actions: name of an action -> what runs it.
        parent: Qt parent.
    """

    def __init__(self, actions: Mapping[str, Callable[[], object]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(_BUTTON_STYLE)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for binding in BINDINGS:
            if not binding.title:
                continue
            button = QPushButton(f"{binding.title} ({binding.shown})", self)
            button.setAccessibleName(binding.title)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAutoDefault(True)  # Enter presses it
            button.clicked.connect(lambda checked=False, run=actions[binding.action]: run())
            layout.addWidget(button)
        layout.addStretch(1)
