"""Widgets whose room depends on how large their letters are."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget


class Lettered(QWidget):
    """Fits itself anew when its letters change."""

    def changeEvent(self, event: QEvent) -> None:
        """Other letters need other room."""
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """Take the room that the letters ask for."""
        raise NotImplementedError
