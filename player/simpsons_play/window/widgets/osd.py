"""Says for a moment what a key has done, on the picture."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from simpsons_play.window.widgets.theme import PLATE

_SHOWN_MS = 1500


class Osd(QLabel):
    """A few words in the upper left corner of the picture, gone by themselves."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(f"{PLATE} padding: 2px 8px;")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        self._widest = 0
        self._gone = QTimer(self, singleShot=True, interval=_SHOWN_MS)
        self._gone.timeout.connect(self.hide)

    def show_words(self, words: str) -> None:
        """Show these; none take away what is shown."""
        self.setText(words)
        self.setVisible(bool(words))
        self._fit()
        self.raise_()
        self._gone.start()

    def place(self, left: int, top: int, *, widest: int) -> None:
        """Be there, and no wider than this, in pixels: longer words go on in the next line."""
        self._widest = widest
        self._fit()
        self.move(left, top)

    def _fit(self) -> None:
        self.setWordWrap(False)
        size = self.sizeHint()
        if size.width() > self._widest > 0:
            self.setWordWrap(True)
            size.setWidth(self._widest)
            size.setHeight(self.heightForWidth(self._widest))
        self.resize(size)
