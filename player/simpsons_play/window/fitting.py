"""How large a window is, so that a picture fits into it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt

_MIN_HEIGHT_PX, SCREEN_SHARE = 600, 0.8


def window_size(picture: QSize, around: QSize, screen: QSize) -> QSize:
    """Neither too small to read nor larger than the screen.

    Args:
        picture: with square pixels.
        around: what beside and below it takes.
        screen: what there is of it.
    """
    room = screen * SCREEN_SHARE - around
    size = picture * max(1.0, _MIN_HEIGHT_PX / picture.height())
    if size.width() > room.width() or size.height() > room.height():
        size = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
    return size + around
