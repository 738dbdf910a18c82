"""What a window shows before anything is played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from simpsons_play.core.escaping import button_text, rich_text
from simpsons_play.window.widgets.theme import ACCENT, GROUND, QUIET, TEXT, resized

_SHOWN = 5
_LARGE, _BUTTON = 1.8, 1.2
"""How many times as large as others these letters are."""

_STYLE = f"""
Welcome {{ background: {GROUND.name()}; }}
QLabel {{ color: {TEXT.name()}; }}
QLabel#more {{ color: {QUIET.name()}; }}
QPushButton {{
    background: {ACCENT.name()}; color: #000000; border: none; border-radius: 6px; padding: 8px 26px;
}}
QPushButton:hover, QPushButton:focus {{ background: {ACCENT.lighter(115).name()}; }}
QPushButton#recent {{ background: transparent; color: {TEXT.name()}; padding: 3px 12px; }}
QPushButton#recent:hover, QPushButton#recent:focus {{ color: {ACCENT.name()}; text-decoration: underline; }}
"""


class Welcome(QWidget):
    """Says how to begin.

    Args:
        recent: what was played last, the newest first.
        parent: that it covers.

    Attributes:
        source_picker: Signal(): the user wants to choose files.
        chosen: Signal(str): the user wants to play this again.
    """

    source_picker = Signal()
    chosen = Signal(str)

    def __init__(self, recent: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(_STYLE)
        self._rows = QVBoxLayout(self)
        self._rows.addStretch(1)
        self._words = QLabel("Drop an episode here", self)
        self._add(self._words, 14)
        self._button = QPushButton("Open files…", self)
        self._button.clicked.connect(self.source_picker)
        self._add(self._button, 14)
        self._add_words("videos, pictures, folders or playlists", 22)
        if recent:
            self._add_words("played last", 2)
        for source in recent[:_SHOWN]:
            again = QPushButton(button_text(source if "://" in source else Path(source).name), self)
            again.setObjectName("recent")
            again.setToolTip(rich_text(source))
            again.setCursor(Qt.CursorShape.PointingHandCursor)
            again.clicked.connect(lambda checked=False, source=source: self.chosen.emit(source))
            self._add(again, 0)
        self._rows.addStretch(1)

    def write_in(self, font: QFont) -> None:
        """Use this font, and larger ones of its kind."""
        self.setFont(font)
        self._words.setFont(resized(font, _LARGE))
        self._button.setFont(resized(font, _BUTTON))

    def _add_words(self, words: str, space_px: int) -> None:
        label = QLabel(words, self)
        label.setObjectName("more")
        self._add(label, space_px)

    def _add(self, widget: QWidget, space_px: int) -> None:
        self._rows.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        self._rows.addSpacing(space_px)
