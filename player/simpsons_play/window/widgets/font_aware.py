"""A base class of widgets whose size depends on their font."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget


class FontAware(QWidget):
    """Fits its size to its font whenever the font changes."""

    def changeEvent(self, event: QEvent) -> None:
        """Fit to a new font."""
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """Set the size that the font needs."""
        raise NotImplementedError
