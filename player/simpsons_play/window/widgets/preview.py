"""A small picture of another moment, above the seek bar and the lanes while the pointer is over them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from simpsons_play.core.escaping import one_line
from simpsons_play.core.timefmt import format_time
from simpsons_play.window.widgets.theme import OVERLAY_STYLE

_WIDTH_SHARE, _HEIGHT_SHARE, _MIN_WIDTH_PX = 0.22, 0.3, 120
"""Largest size of the picture, relative to the window."""

_GAP_PX = 6


class Preview(QWidget):
    """Shows a time, who is on screen then, and, once it has been read, the picture.

    Args:
        parent: The widget over which it floats.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setStyleSheet(
            f"Preview {{ {OVERLAY_STYLE} }} QLabel {{ background: transparent; border: none; }}"
        )
        self._time_s: float | None = None
        self._picture, self._text = QLabel(self), QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        for label in (self._picture, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._rows = rows = QVBoxLayout(self)
        rows.setContentsMargins(4, 4, 4, 3)
        rows.setSpacing(2)
        rows.addWidget(self._picture)
        rows.addWidget(self._text)
        self._at, self._pictures = QPoint(), 0
        self.hide()

    @property
    def time_s(self) -> float | None:
        """The time shown, in seconds; None while it is hidden."""
        return self._time_s

    @property
    def text(self) -> str:
        """The time and the description."""
        return self._text.text()

    @property
    def has_picture(self) -> bool:
        """Whether a picture is shown."""
        return not self._picture.pixmap().isNull()

    def picture_size(self) -> QSize:
        """The largest size of a picture, in logical pixels."""
        width = max(_MIN_WIDTH_PX, round(self._window.width() * _WIDTH_SHARE))
        return QSize(width, round(self._window.height() * _HEIGHT_SHARE))

    def show_numbers(self, pictures: int) -> None:
        """Show the numbers of this many pictures instead of times; 0 shows times."""
        self._pictures = pictures

    def show_time(self, time_s: float, text: str, at: QPoint) -> None:
        """Show a time, in seconds, and a description; the picture of before stays until the next one.

        Args:
            time_s: The time.
            text: Who is on screen then; may be empty.
            at: The point above which to float, in pixels of the parent.
        """
        self._time_s, self._at = time_s, at
        # Each picture of a folder is shown for a second.
        number = f"{min(int(time_s) + 1, self._pictures)} of {self._pictures}"
        when = number if self._pictures else format_time(time_s)
        self._text.setText("\n".join(part for part in (when, one_line(text)) if part))
        self._fit()
        self.show()
        self.raise_()

    def show_image(self, image: QImage) -> None:
        """Show the picture, if there is still a time to show; in physical pixels of the screen."""
        if self._time_s is None:
            return
        image.setDevicePixelRatio(self.devicePixelRatioF())
        self._picture.setPixmap(QPixmap.fromImage(image))
        self._fit()

    def clear(self) -> None:
        """Hide it."""
        self._time_s = None
        self._picture.clear()
        self.hide()

    def changeEvent(self, event: QEvent) -> None:
        """Pass a new font on: Qt does not to children of a widget with a style sheet."""
        if event.type() == QEvent.Type.FontChange:
            self._text.setFont(self.font())

    def _fit(self) -> None:
        self._picture.setVisible(self.has_picture)
        width = self.picture_size().width()
        self._text.setFixedWidth(width)
        self.setFixedSize(QSize(width + 8, self._rows.heightForWidth(width + 8)))
        left = min(max(self._at.x() - self.width() // 2, 2), self._window.width() - self.width() - 2)
        self.setGeometry(QRect(QPoint(left, max(0, self._at.y() - self.height() - _GAP_PX)), self.size()))
