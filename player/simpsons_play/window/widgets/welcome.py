"""The page that the window shows before anything is played."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from simpsons_play.core.escaping import button_text, rich_text
from simpsons_play.window.widgets.theme import ACCENT, BACKGROUND, MUTED, TEXT, resized

_MAX_RECENT = 5
_TITLE_SCALE, _BUTTON_SCALE = 1.8, 1.2
"""Font sizes relative to the window's."""

_STYLE = f"""
Welcome {{ background: {BACKGROUND.name()}; }}
QLabel {{ color: {TEXT.name()}; }}
QLabel#hint {{ color: {MUTED.name()}; }}
QPushButton {{
    background: {ACCENT.name()}; color: #000000; border: none; border-radius: 6px; padding: 8px 26px;
}}
QPushButton:hover, QPushButton:focus {{ background: {ACCENT.lighter(115).name()}; }}
QPushButton#recent {{ background: transparent; color: {TEXT.name()}; padding: 3px 12px; }}
QPushButton#recent:hover, QPushButton#recent:focus {{ color: {ACCENT.name()}; text-decoration: underline; }}
"""


class Welcome(QWidget):
    """Tells the user how to start, and offers recent sources.

    Args:
        recent: Recently played sources, newest first.
        parent: The widget it covers.

    Attributes:
        open_requested: Signal(): The user wants to open files.
        source_selected: Signal(str): The user wants to play this recent source.
    """

    open_requested = Signal()
    source_selected = Signal(str)

    def __init__(self, recent: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(_STYLE)
        self._rows = QVBoxLayout(self)
        self._rows.addStretch(1)
        self._title = QLabel("Drop an episode here", self)
        self._add(self._title, 14)
        self._button = QPushButton("Open files…", self)
        self._button.clicked.connect(self.open_requested)
        self._add(self._button, 14)
        self._add_hint("videos, pictures, folders or playlists", 22)
        if recent:
            self._add_hint("recently played", 2)
        for source in recent[:_MAX_RECENT]:
            button = QPushButton(button_text(source if "://" in source else Path(source).name), self)
            button.setObjectName("recent")
            button.setToolTip(rich_text(source))
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda checked=False, source=source: self.source_selected.emit(source))
            self._add(button, 0)
        self._rows.addStretch(1)

    def set_font(self, font: QFont) -> None:
        """Use this font, and larger sizes of it for the title and the button."""
        self.setFont(font)
        self._title.setFont(resized(font, _TITLE_SCALE))
        self._button.setFont(resized(font, _BUTTON_SCALE))

    def _add_hint(self, text: str, space_px: int) -> None:
        label = QLabel(text, self)
        label.setObjectName("hint")
        self._add(label, space_px)

    def _add(self, widget: QWidget, space_px: int) -> None:
        self._rows.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        self._rows.addSpacing(space_px)
