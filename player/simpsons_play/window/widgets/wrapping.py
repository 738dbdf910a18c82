"""The size of labels that wrap only if they must."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel


def wrapped_size(label: QLabel, max_width: int) -> QSize:
    """The size that a label needs, in pixels; its text wraps if it would be wider than `max_width`."""
    label.setWordWrap(False)
    size = label.sizeHint()
    if size.width() > max_width:
        label.setWordWrap(True)
        size = QSize(max_width, label.heightForWidth(max_width))
    return size
