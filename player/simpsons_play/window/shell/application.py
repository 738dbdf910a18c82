"""Qt itself: loaded with words for what is missing, one application, and Ctrl-C heard by it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simpsons_play.core.errors import DependencyError, DisplayError
from simpsons_play.window.playback.multimedia import missing_library

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

_GUI_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}
_LISTEN_MS = 100


def import_qt() -> None:
    """Load Qt.

    Raises:
        DependencyError: PySide6 is not installed, or a version that cannot run here is.
        DisplayError: a library that it needs is missing.
    """
    try:
        import PySide6.QtWidgets
    except ModuleNotFoundError as error:
        raise DependencyError(
            "the window needs PySide6: pip install PySide6-Essentials PySide6-Addons"
        ) from error
    except ImportError as error:
        raise DisplayError(
            f"Qt cannot be loaded: {missing_library(error, _GUI_PACKAGES)}; without a window: add --no-window"
        ) from error
    if _steals_references():
        version, python = PySide6.__version__, sys.version.split()[0]
        raise DependencyError(
            f"PySide6 {version} crashes on Python {python}: "
            "pip install 'PySide6-Essentials<6.12' 'PySide6-Addons<6.12'"
        )


def _steals_references() -> bool:
    """Whether each call into Qt takes a reference to None away.

    PySide6 6.12.0 does so before Python 3.12, which made None immortal: the process dies after some
    thousand calls.
    """
    from PySide6.QtCore import QObject

    probe, calls = QObject(), 50
    before = sys.getrefcount(None)
    for _ in range(calls):
        probe.setObjectName("")
    return sys.getrefcount(None) <= before - calls // 2


def application() -> QApplication:
    """The one there is, or a new one in the player's colours."""
    from PySide6.QtWidgets import QApplication

    from simpsons_play.window.widgets.theme import dress

    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(["simpsons-play"])
        application.setApplicationName("simpsons-play")
        application.setDesktopFileName("simpsons-play")
        dress(application)
    return application


@contextmanager
def interruptible(window: QWidget) -> Iterator[threading.Event]:
    """Ctrl-C closes the window, once it is open; the event says that it came."""
    from PySide6.QtCore import QTimer

    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted  # signals are for the main thread alone
        return

    def look() -> None:
        if interrupted.is_set():
            window.close()

    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    # Python sees a signal only when it runs, and a paused window runs no Python by itself. A window that is
    # closed before it is shown opens all the same, so that the signal itself must not close it.
    listen = QTimer(window, interval=_LISTEN_MS)
    listen.timeout.connect(look)
    listen.start()
    try:
        yield interrupted
    finally:
        listen.stop()
        signal.signal(signal.SIGINT, before)
