"""A hint over the picture that disappears by itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QWindow
from PySide6.QtWidgets import QLabel, QWidget

from simpsons_play.window.widgets.theme import OVERLAY_STYLE
from simpsons_play.window.widgets.wrapping import wrapped_size

_SHOWN_MS = 8000
_ABOVE_BOTTOM_EM = 1.5
_ENDING = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin)


class HintBox(QLabel):
    """One line near the bottom of the picture, for eight seconds or until a key or mouse button is pressed.

    Keys and clicks have their usual effect, too.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(f"{OVERLAY_STYLE} padding: 6px 14px;")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._area = QRect()
        self._watched: QWindow | None = None
        self._timer = QTimer(self, singleShot=True, interval=_SHOWN_MS)
        self._timer.timeout.connect(self.dismiss)

    def show_hint(self, text: str) -> None:
        """Show a hint."""
        self.setText(text)
        self.show()
        self.raise_()
        self.place(self._area)
        self._timer.start()
        self._watched = self.window().windowHandle()
        if self._watched is not None:  # sees the keys and clicks of all widgets
            self._watched.installEventFilter(self)

    def dismiss(self) -> None:
        """Hide the hint."""
        self._timer.stop()
        self.hide()
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched = None

    def place(self, area: QRect) -> None:
        """Centre it near the bottom of an area, such as that of the picture."""
        self._area = area
        if self.isHidden():
            return
        em = QFontMetrics(self.font()).height()
        size = wrapped_size(self, max(1, area.width() - 2 * em))
        bottom = area.bottom() - round(em * _ABOVE_BOTTOM_EM)
        self.setGeometry(
            area.left() + (area.width() - size.width()) // 2,
            bottom - size.height(),
            size.width(),
            size.height(),
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide the hint at the next key or click."""
        if event.type() in _ENDING:
            self.dismiss()
        return False
