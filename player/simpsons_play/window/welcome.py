"""What a window shows before anything is played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

_SHOWN = 5
_STYLE = """
QWidget { background: #101010; }
QLabel { color: #e0e0e0; font-size: 22px; }
QLabel#more { color: #a0a0a0; font-size: 13px; }
QPushButton {
    background: #ffd90f; color: #000000; border: none; border-radius: 6px; padding: 9px 26px; font-size: 15px;
}
QPushButton:hover, QPushButton:focus { background: #ffe45c; }
QPushButton#recent { background: transparent; color: #d0d0d0; padding: 3px 12px; font-size: 13px; }
QPushButton#recent:hover, QPushButton#recent:focus { color: #ffd90f; text-decoration: underline; }
"""


class Welcome(QWidget):
    """Says how to begin.

    Args:
        recent: what was played last, the newest first.
        parent: that it covers.

    Attributes:
        opening: Signal(): the user wants to choose files.
        chosen: Signal(str): the user wants to play this again.
    """

    opening = Signal()
    chosen = Signal(str)

    def __init__(self, recent: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(_STYLE)
        self._rows = QVBoxLayout(self)
        self._rows.addStretch(1)
        self._add(QLabel("Drop an episode here", self), 14)
        button = QPushButton("Open files…", self)
        button.clicked.connect(self.opening)
        self._add(button, 14)
        self._add_words("videos, pictures, folders or playlists", 22)
        if recent:
            self._add_words("played last", 2)
        for source in recent[:_SHOWN]:
            again = QPushButton(source if "://" in source else Path(source).name, self)
            again.setObjectName("recent")
            again.setToolTip(source)
            again.setCursor(Qt.CursorShape.PointingHandCursor)
            again.clicked.connect(lambda checked=False, source=source: self.chosen.emit(source))
            self._add(again, 0)
        self._rows.addStretch(1)

    def _add_words(self, words: str, space_px: int) -> None:
        label = QLabel(words, self)
        label.setObjectName("more")
        self._add(label, space_px)

    def _add(self, widget: QWidget, space_px: int) -> None:
        self._rows.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        self._rows.addSpacing(space_px)
