"""Keeps what Qt says of itself off the terminal."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

_log = logging.getLogger("simpsons_play.window.qt")

# Importing opencv-python points Qt at its own plugins, which are of another version.
_OPENCV = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")


@contextmanager
def quiet_qt() -> Iterator[None]:
    """Qt's messages go to the logger `simpsons_play.window.qt` as DEBUG; opencv's settings for Qt are lifted.

    Enter it before the QApplication is made. Environment and message handler are as before afterwards.
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
