"""Fits the size of the window to the picture."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget

_MIN_HEIGHT_PX, _MAX_SCREEN_SHARE = 600, 0.8
_INITIAL_SIZE = QSize(960, 540)


class WindowFitter:
    """Fits a window to its first picture, unless the user has resized it.

    Args:
        window: The window to fit.
        chrome_size: Returns the space that everything but the picture takes in a window of this width.
    """

    def __init__(self, window: QWidget, chrome_size: Callable[[int], QSize]) -> None:
        self._window, self._chrome_size = window, chrome_size
        self._fitted = False
        self._set_size = _INITIAL_SIZE
        window.resize(_INITIAL_SIZE)

    def fit(self, width: int, height: int, pixel_aspect: float) -> None:
        """Fit to a picture of this size, in pixels; only the first call has an effect."""
        picture = QSize(round(width * pixel_aspect), height)
        if not self._fitted and not picture.isEmpty():
            self._fitted = True
            screen = self._window.screen().availableSize()
            size = window_size(picture, self._chrome_size(screen.width()), screen)
            self._resize(window_size(picture, self._chrome_size(size.width()), screen))

    def grow(self, pixels: int) -> None:
        """Grow in height by some pixels as far as the screen allows; negative values have no effect."""
        maximum = round(self._window.screen().availableSize().height() * _MAX_SCREEN_SHARE)
        height = self._window.height()
        self._resize(QSize(self._window.width(), max(height, min(height + pixels, maximum))))

    def _resize(self, size: QSize) -> None:
        window = self._window
        if window.size() == self._set_size and not window.isFullScreen() and not window.isMaximized():
            window.resize(size)
            self._set_size = window.size()


def window_size(picture: QSize, chrome: QSize, screen: QSize) -> QSize:
    """The size of a window that is neither too small to read nor too large for the screen.

    Args:
        picture: Size of the picture, with square pixels.
        chrome: Space that everything but the picture takes.
        screen: Available size of the screen.
    """
    available = screen * _MAX_SCREEN_SHARE - chrome
    size = picture * max(1.0, _MIN_HEIGHT_PX / picture.height())
    if size.width() > available.width() or size.height() > available.height():
        size = size.scaled(available, Qt.AspectRatioMode.KeepAspectRatio)
    return size + chrome
