"""Keeps what Qt and its ffmpeg say of themselves off the terminal."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

_log = logging.getLogger("simpsons_play.window.qt")

# QT_FFMPEG_DEBUG sends ffmpeg's words to Qt's message handler; without it they go straight to stderr, and no
# other switch stops them. Hardware decoders are left out: every frame is needed in main memory anyway, and
# drivers print to stderr as they are tried.
_SETTINGS = {"QT_FFMPEG_DEBUG": "1", "QT_FFMPEG_DECODING_HW_DEVICE_TYPES": ","}
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

    before = {name: os.environ.get(name) for name in (*_SETTINGS, *_OPENCV)}
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    for name in _OPENCV:
        os.environ.pop(name, None)
    handler = qInstallMessageHandler(log)
    try:
        yield
    finally:
        qInstallMessageHandler(handler)
        for name, old in before.items():
            if old is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = old
