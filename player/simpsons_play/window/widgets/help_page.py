"""The help page: all keys, shown over the picture."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from simpsons_play.window.widgets.keys import BINDINGS
from simpsons_play.window.widgets.theme import ACCENT, BACKGROUND, MUTED, SELECTED, TEXT, resized

_TITLES = {"Play": "Playing", "Names": "Names", "View": "View", "File": "Files"}
_STYLE = f"""
HelpPage {{ background: {BACKGROUND.name()}; border: 1px solid {SELECTED.name()}; }}
HelpPage QLabel {{ background: {BACKGROUND.name()}; color: {TEXT.name()}; }}
"""
_CLOSE = "h, Esc or a click closes this page"
_SCROLL_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_MOUSE = (
    ("click", "play or pause"),
    ("double click", "full screen"),
    ("wheel", "louder, quieter; on the timeline, zoom"),
    ("right click", "menu"),
)


class HelpPage(QScrollArea):
    """All keys by group: in two columns, in a smaller font if needed, or else in one that scrolls.

    Attributes:
        closed: Signal(): The user has clicked the page.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setStyleSheet(_STYLE)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Keys and mouse")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.setMargin(18)
        self._text.setWordWrap(False)
        self.setWidget(self._text)
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close the page."""
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll; all other keys belong to the player."""
        if self.verticalScrollBar().maximum() > 0 and event.key() in _SCROLL_KEYS:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def fit(self, available: QSize) -> None:
        """Set size and position: centred in a space of this size, at most as large."""
        for columns, scale in ((2, 1.0), (2, 0.9), (2, 0.8), (2, 0.7), (1, 1.0)):
            self._text.setFont(resized(self.font(), scale))
            self._text.setText(help_html(columns=columns))
            wanted = self._text.sizeHint()
            if wanted.width() <= available.width() and wanted.height() <= available.height():
                break
        scrolls = wanted.height() > available.height()
        width = wanted.width() + (self.verticalScrollBar().sizeHint().width() if scrolls else 0)
        frame = 2 * self.frameWidth()
        size = QSize(width + frame, wanted.height() + frame).boundedTo(available)
        self._text.setWordWrap(wanted.width() > available.width())
        self.setGeometry(
            (available.width() - size.width()) // 2,
            (available.height() - size.height()) // 2,
            size.width(),
            size.height(),
        )


def help_html(*, columns: int) -> str:
    """All keys and what the mouse does, as rich text, by group, in one or two columns."""
    groups = [
        (_TITLES[menu], [(binding.shown, binding.description) for binding in bindings])
        for menu, bindings in groupby(BINDINGS, key=lambda b: b.menu)
    ]
    first, rest = [*groups[:1], ("Mouse", list(_MOUSE))], groups[1:]
    parts = [first, rest] if columns == 2 else [first + rest]
    cells = "".join(
        f"<td style='padding-right:{30 if part is not parts[-1] else 0}px'>{_table(part)}</td>"
        for part in parts
    )
    return (
        f"<div style='font-size:large; font-weight:bold'>Keys and mouse "
        f"<span style='font-size:small; font-weight:normal; color:{MUTED.name()}'>"
        f"&nbsp; {_CLOSE}</span></div>"
        f"<table cellspacing='0' cellpadding='0'><tr>{cells}</tr></table>"
    )


def _table(groups: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str:
    rows = []
    for title, entries in groups:
        rows.append(f"<tr><td colspan='2' style='padding-top:9px'><b>{escape(title)}</b></td></tr>")
        for shown, description in entries:
            key = f"<td style='padding-right:14px; color:{ACCENT.name()}'>{escape(shown)}</td>"
            rows.append(f"<tr>{key}<td>{escape(description)}</td></tr>")
    return f"<table cellspacing='0' cellpadding='1'>{''.join(rows)}</table>"
