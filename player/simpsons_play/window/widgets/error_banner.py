"""A banner with errors that stays until it is closed."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QLabel, QScrollArea, QWidget

from simpsons_play.core.escaping import one_line
from simpsons_play.window.widgets.icons import draw_icon
from simpsons_play.window.widgets.theme import ACCENT, TEXT

_BACKGROUND, _EDGE = QColor("#5c1f1f"), QColor("#8f3a3a")
_MARGIN_EM, _SYMBOL_EM, _CLOSE_EM = 0.6, 1.3, 1.8
_STYLE = f"""
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QLabel {{
    color: {TEXT.name()}; selection-background-color: {ACCENT.name()}; selection-color: #000000;
}}
"""


class _CloseButton(QAbstractButton):
    """A cross."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTip("Close (Esc)")
        self.setAccessibleName("Close the error message")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if self.underMouse() or self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen if not self.hasFocus() else ACCENT)
            painter.setBrush(_EDGE)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
        inset = rect.width() * 0.2
        draw_icon(painter, "close", rect.adjusted(inset, inset, -inset, -inset), TEXT)


class ErrorBanner(QFrame):
    """Lists errors, one line each, until the user closes it; the text can be selected.

    Attributes:
        changed: Signal(): It was shown or hidden, or needs another height.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[str, ...] = ()
        self.setStyleSheet(_STYLE)
        self._text = QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._scroll = QScrollArea(self)
        self._scroll.setWidget(self._text)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.close_button = _CloseButton(self)
        self.close_button.clicked.connect(self.clear)
        self.hide()

    @property
    def lines(self) -> tuple[str, ...]:
        """The errors shown, oldest first."""
        return self._lines

    def add(self, line: str) -> None:
        """Show an error below those that are shown; one that is shown already moves to the end."""
        line = one_line(line)
        self._show([*(other for other in self._lines if other != line), line])
        self._scroll.verticalScrollBar().setValue(self._scroll.verticalScrollBar().maximum())
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def remove(self, lines: Collection[str]) -> None:
        """Remove some errors; the banner closes if none is left."""
        if lines:
            self._show([line for line in self._lines if line not in lines])

    def clear(self) -> None:
        """Remove all errors and close."""
        self._show([])

    def place(self, width: int, *, max_height: int) -> int:
        """Lay it over the top of its parent.

        Args:
            width: Width, in pixels.
            max_height: Maximum height, in pixels; more lines can be scrolled.

        Returns:
            The height it takes, in pixels; 0 while it is hidden.
        """
        if self.isHidden():
            return 0
        em = QFontMetrics(self.font()).height()
        margin, close = round(em * _MARGIN_EM), round(em * _CLOSE_EM)
        left = margin + round(em * _SYMBOL_EM) + margin
        text_width = max(em, width - left - close - 2 * margin)
        wanted = max(self._text.heightForWidth(text_width), close)
        shown = min(wanted, max(close, max_height - 2 * margin))
        self.setGeometry(0, 0, width, shown + 2 * margin)
        self._scroll.setGeometry(left, margin, text_width, shown)
        self.close_button.setGeometry(width - margin - close, margin, close, close)
        return self.height()

    def set_font(self, font: QFont) -> None:
        """Use this font."""
        self.setFont(font)
        self._text.setFont(font)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background and the exclamation mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), _BACKGROUND)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), _EDGE)
        em = QFontMetrics(self.font()).height()
        margin, side = round(em * _MARGIN_EM), em * _SYMBOL_EM
        top = margin + (em * _CLOSE_EM - side) / 2
        draw_icon(painter, "warning", QRectF(margin, top, side, side), ACCENT)

    def _show(self, lines: Collection[str]) -> None:
        self._lines = tuple(lines)
        self._text.setText("\n".join(self._lines))
        self.setAccessibleName("Error" if len(self._lines) == 1 else "Errors")
        self.setAccessibleDescription(self._text.text())
        self.setVisible(bool(self._lines))
        self.raise_()
        self.changed.emit()
