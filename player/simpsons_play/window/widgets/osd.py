"""On-screen display: shows briefly, on top of the picture, what a key has done."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from simpsons_play.window.widgets.announcement import announce
from simpsons_play.window.widgets.theme import OVERLAY_STYLE
from simpsons_play.window.widgets.wrapping import wrapped_size

_SHOWN_MS = 1500


class OnScreenDisplay(QLabel):
    """A short message in the upper left corner of the picture that disappears after a moment."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(f"{OVERLAY_STYLE} padding: 2px 8px;")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._max_width = 0
        self._hide_timer = QTimer(self, singleShot=True, interval=_SHOWN_MS)
        self._hide_timer.timeout.connect(self.hide)

    def show_message(self, message: str) -> None:
        """Show a message; an empty one hides the display."""
        self.setText(message)
        self.setVisible(bool(message))
        self._fit()
        self.raise_()
        self._hide_timer.start()
        if message:
            announce(self, message)

    def place(self, left: int, top: int, *, max_width: int) -> None:
        """Set the position and the maximum width, in pixels; longer messages wrap."""
        self._max_width = max_width
        self._fit()
        self.move(left, top)

    def _fit(self) -> None:
        self.resize(wrapped_size(self, self._max_width) if self._max_width > 0 else self.sizeHint())
