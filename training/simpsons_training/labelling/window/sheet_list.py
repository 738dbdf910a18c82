"""The list of sheets: the characters, and how many pictures of each are left to review."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QWidget

from simpsons_play.core.names import display_name
from simpsons_play.window.widgets.theme import ACCENT, BACKGROUND, MUTED, SELECTED, TEXT
from simpsons_training.labelling.proposal_folder import Pending
from simpsons_training.labelling.review_session import Sheet, State

_WIDTH_EM = 15
_EVERYONE, _DONE = "Everyone", "\N{CHECK MARK}"
_STYLE = f"""
QListWidget {{ background: {BACKGROUND.name()}; border: none; outline: none; }}
QListWidget::item {{ padding: 5px 6px; border-left: 3px solid transparent; }}
QListWidget::item:selected {{
    background: {SELECTED.name()}; color: {TEXT.name()}; border-left-color: {ACCENT.name()};
}}
QListWidget:focus {{ border: 1px solid {ACCENT.name()}; }}
"""


def title_of(sheet: Sheet[Pending]) -> str:
    """The heading of a sheet."""
    return _EVERYONE if sheet.character is None else display_name(sheet.character)


class SheetList(QListWidget):
    """One row for each sheet.

    Args:
        sheets: the sheets.
        parent: Qt parent.
    """

    def __init__(self, sheets: Sequence[Sheet[Pending]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sheets = sheets
        self.setStyleSheet(_STYLE)
        self.setAccessibleName("Characters")
        self.setFixedWidth(_WIDTH_EM * self.fontMetrics().height())
        self.addItems([title_of(sheet) for sheet in sheets])
        self.refresh()

    def refresh(self) -> None:
        """Show how many pictures are left."""
        for row, sheet in enumerate(self._sheets):
            left, item = sheet.count(State.PROPOSED), self.item(row)
            item.setText(f"{title_of(sheet)}  {left or _DONE}")
            item.setForeground(TEXT if left else MUTED)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title_of(sheet)}, {left} left to review")
