"""How large a window is, so that a picture fits into it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget

_MIN_HEIGHT_PX, _SCREEN_SHARE = 600, 0.8
_AT_FIRST = QSize(960, 540)


class WindowFitter:
    """Makes a window fit its first picture, and leaves it alone where the user has chosen its size.

    Args:
        window: to be fitted.
        around: what beside, above and below the picture takes.
    """

    def __init__(self, window: QWidget, around: Callable[[], QSize]) -> None:
        self._window, self._around = window, around
        self._fitted = False
        self._given = _AT_FIRST
        window.resize(_AT_FIRST)

    @property
    def fitted(self) -> bool:
        """Whether a picture has come that it was fitted to, or would have been."""
        return self._fitted

    def fit(self, picture: QSize) -> None:
        """Fit a picture with square pixels, once: neither too small to read nor larger than the screen."""
        if not self._fitted and not picture.isEmpty():
            self._fitted = True
            self._give(window_size(picture, self._around(), self._window.screen().availableSize()))

    def grow(self, more: int) -> None:
        """Be so many pixels higher, or lower where negative, as far as there is room."""
        room = round(self._window.screen().availableSize().height() * _SCREEN_SHARE)
        height = self._window.height()
        self._give(QSize(self._window.width(), max(height, min(height + more, room))))

    def _give(self, size: QSize) -> None:
        window = self._window
        if window.size() == self._given and not window.isFullScreen() and not window.isMaximized():
            window.resize(size)
            self._given = window.size()


def window_size(picture: QSize, around: QSize, screen: QSize) -> QSize:
    """Neither too small to read nor larger than the screen.

    Args:
        picture: with square pixels.
        around: what beside and below it takes.
        screen: what there is of it.
    """
    room = screen * _SCREEN_SHARE - around
    size = picture * max(1.0, _MIN_HEIGHT_PX / picture.height())
    if size.width() > room.width() or size.height() > room.height():
        size = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    return size + around
