"""Keeps what is typed between a click on a head and the dialog that asks for its name."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer
from PySide6.QtGui import QKeyEvent

from simpsons_play.window.widgets.name_field import NameField


class TypeAhead(QObject):
    """Keeps key presses from the player, and gives them to the field for a name once it has the focus.

    Args:
        parent: Qt parent.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._keys: list[QKeyEvent] = []

    def start(self) -> None:
        """Keep what is typed from now on."""
        self._keys = []
        _application().installEventFilter(self)

    def stop(self) -> None:
        """Keep nothing any more, and forget what was kept."""
        _application().removeEventFilter(self)
        self._keys = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep a key press, or give those that were kept to the field."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            self._keys.append(event.clone())
            return True
        if isinstance(watched, NameField) and event.type() == QEvent.Type.FocusIn:
            QTimer.singleShot(0, watched, lambda: self._give_to(watched))
        return False

    def _give_to(self, field: NameField) -> None:
        keys = self._keys
        self.stop()
        for key in keys:
            QCoreApplication.postEvent(field, key)


def _application() -> QCoreApplication:
    application = QCoreApplication.instance()
    if application is None:
        raise RuntimeError("there is no application")
    return application
