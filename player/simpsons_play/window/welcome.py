"""What a window shows before anything is played."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

_STYLE = """
QWidget { background: #101010; }
QLabel { color: #e0e0e0; font-size: 22px; }
QLabel#more { color: #a0a0a0; font-size: 13px; }
QPushButton {
    background: #ffd90f; color: #000000; border: none; border-radius: 6px; padding: 9px 26px; font-size: 15px;
}
QPushButton:hover, QPushButton:focus { background: #ffe45c; }
"""


class Welcome(QWidget):
    """Says how to begin.

    Attributes:
        opening: Signal(): the user wants to choose files.
    """

    opening = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet(_STYLE)
        words = QLabel("Drop an episode here", self)
        more = QLabel("videos, pictures, folders, playlists - what was played last is in the File menu", self)
        more.setObjectName("more")
        more.setWordWrap(True)
        button = QPushButton("Open files…", self)
        button.clicked.connect(self.opening)
        rows = QVBoxLayout(self)
        rows.addStretch(1)
        for widget in (words, button, more):
            rows.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
            rows.addSpacing(10)
        more.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        rows.addStretch(1)
