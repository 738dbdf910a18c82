"""Keeps Qt's messages off the terminal."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

_log = logging.getLogger("simpsons_play.window.qt")

# Importing opencv-python points Qt to plugins of another version.
_OPENCV = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")


@contextmanager
def quiet_qt() -> Iterator[None]:
    """Log Qt's messages as DEBUG to `simpsons_play.window.qt`, and remove OpenCV's settings for Qt.

    Enter it before creating the QApplication. Restores environment and message handler on exit.
    """
    from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

    def log(kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
        _log.debug("%s: %s", kind.name, message)

    before = {name: os.environ.pop(name, None) for name in _OPENCV}
    handler = qInstallMessageHandler(log)
    try:
        yield
    finally:
        qInstallMessageHandler(handler)
        for name, old in before.items():
            if old is not None:
                os.environ[name] = old
