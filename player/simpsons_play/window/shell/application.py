"""Qt: imported with readable errors, the application object, and Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from simpsons_play.core.errors import DependencyError, DisplayError
from simpsons_play.core.extras import missing
from simpsons_play.window.playback.multimedia import missing_library
from simpsons_play.window.shell.display import NO_WINDOW

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon
    from PySide6.QtWidgets import QApplication, QWidget

_GUI_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}
_SIGNAL_INTERVAL_MS = 100
_ICON_SIZES_PX = (16, 24, 32, 48, 64, 128, 256)


def import_shiboken() -> None:
    """Import the part of PySide6 that must not be imported while another thread imports anything.

    It iterates over `sys.modules`, and ends the process if that changes meanwhile. Does nothing if PySide6
    cannot be imported: `import_qt` says why.
    """
    with suppress(ImportError):
        import PySide6  # noqa: F401 - for later


def import_qt(*, remedy: str = NO_WINDOW) -> None:
    """Import Qt.

    Args:
        remedy: What the user can do instead if Qt cannot be loaded, for the message.

    Raises:
        DependencyError: PySide6 is not installed, or this version of it does not work here.
        DisplayError: A library that Qt needs is missing.
    """
    try:
        import PySide6.QtWidgets
    except ModuleNotFoundError as error:
        raise missing("the window", error.name or "PySide6", otherwise=remedy) from error
    except ImportError as error:
        raise DisplayError(f"cannot load Qt: {missing_library(error, _GUI_PACKAGES)}; {remedy}") from error
    if _steals_references():
        version, python = PySide6.__version__, sys.version.split()[0]
        raise DependencyError(
            f"PySide6 {version} crashes on Python {python}: "
            "pip install 'PySide6-Essentials<6.12' 'PySide6-Addons<6.12'"
        )


def _steals_references() -> bool:
    """Whether each call into Qt drops a reference to None too many.

    PySide6 6.12.0 does so on Python 3.11, where None is not immortal yet: the process crashes after a few
    thousand calls.
    """
    from PySide6.QtCore import QObject

    probe, calls = QObject(), 50
    before = sys.getrefcount(None)
    for _ in range(calls):
        probe.setObjectName("")
    return sys.getrefcount(None) <= before - calls // 2


def application() -> QApplication:
    """The existing QApplication, or a new one in the player's colours."""
    from PySide6.QtWidgets import QApplication

    from simpsons_play.window.widgets.theme import apply_theme

    application = QApplication.instance()
    if not isinstance(application, QApplication):
        _name_for_taskbar()
        application = QApplication(["simpsons-play"])
        application.setApplicationName("simpsons-play")
        application.setDesktopFileName("simpsons-play")
        application.setWindowIcon(application_icon())
        apply_theme(application)
    return application


def application_icon() -> QIcon:
    """The icon of the application, in all usual sizes; empty if QtSvg cannot be loaded."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QIcon, QPainter, QPixmap

    from simpsons_play.core.assets import icon

    result = QIcon()
    try:
        from PySide6.QtSvg import QSvgRenderer
    except ImportError:  # some distributions package it separately
        return result
    renderer = QSvgRenderer(str(icon()))
    for size_px in _ICON_SIZES_PX if renderer.isValid() else ():
        picture = QPixmap(size_px, size_px)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer.render(painter)
        painter.end()
        result.addPixmap(picture)
    return result


def _name_for_taskbar() -> None:
    """Let the taskbar of Windows show the icon of the window instead of that of Python."""
    if sys.platform == "win32":
        import ctypes

        with suppress(AttributeError, OSError):
            ctypes.windll.shell32.SetCurrentProcessExplicitAppUserModelID("simpsons-play")


@contextmanager
def interruptible(window: QWidget, close: Callable[[], object]) -> Iterator[threading.Event]:
    """Close the window on Ctrl-C once it is shown; the event tells whether Ctrl-C was pressed.

    Args:
        window: The window.
        close: Closes it; also called while a dialog is open.
    """
    from PySide6.QtCore import QTimer

    interrupted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield interrupted  # only the main thread can handle signals
        return

    def check() -> None:
        if interrupted.is_set():
            close()

    before = signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    # Python handles signals only while it runs Python code, which a paused window does not: hence the timer.
    # The handler itself must not close the window: one that is closed before it is shown opens regardless.
    timer = QTimer(window, interval=_SIGNAL_INTERVAL_MS)
    timer.timeout.connect(check)
    timer.start()
    try:
        yield interrupted
    finally:
        timer.stop()
        signal.signal(signal.SIGINT, before)
