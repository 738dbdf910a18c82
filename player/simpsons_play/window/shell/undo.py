"""The menu entry that takes back the last change of the cast or of the strangers."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from simpsons_play.core.escaping import button_text
from simpsons_play.window.shell.current_presenter import CurrentPresenter


def undo_action(presenter: CurrentPresenter, parent: QObject) -> QAction:
    """An action that says what it takes back, and is disabled if there is nothing."""
    action = QAction("Undo", parent)
    action.setShortcut(QKeySequence.StandardKey.Undo)
    action.triggered.connect(lambda checked=False: presenter.undo())

    def refresh() -> None:
        change = presenter.last_change
        action.setText(button_text(f"Undo: {change}") if change else "Undo")
        action.setEnabled(bool(change))

    presenter.changed.connect(refresh)
    presenter.source_changed.connect(refresh)
    refresh()
    return action
