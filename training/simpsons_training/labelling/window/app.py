"""Opens the window for labelling, or another one. Loads Qt only when needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from simpsons_play.window.shell.application import application, import_qt, interruptible
from simpsons_play.window.shell.display import require_display
from simpsons_play.window.shell.qt_log import quiet_qt
from simpsons_training.labelling.session import LabelSession

if TYPE_CHECKING:
    from simpsons_training.labelling.window.label_window import LabelWindow
    from simpsons_training.labelling.window.review_window import ReviewWindow

_REMEDY = "add --terminal to label in the terminal"


def load_window() -> None:
    """Import Qt and the window.

    Raises:
        DependencyError: PySide6 is not installed, or this version of it does not work here.
        DisplayError: There is no display, or a library that Qt needs is missing.
    """
    require_display(remedy=_REMEDY)
    import_qt(remedy=_REMEDY)
    import simpsons_training.labelling.window.label_window  # noqa: F401 - for later


def label_in_window(session: LabelSession, folder: Path) -> None:
    """Show the window until the user closes it.

    Args:
        session: The session; entered.
        folder: Where it saves.

    Raises:
        DependencyError: See `load_window`.
        DisplayError: See `load_window`.
        KeyboardInterrupt: The user pressed Ctrl-C in the terminal; the window has been closed.
    """
    load_window()
    from simpsons_training.labelling.window.label_window import LabelWindow

    show_until_closed(lambda: LabelWindow(session, folder))


def show_until_closed(make_window: Callable[[], LabelWindow | ReviewWindow]) -> None:
    """Make a window and show it until the user closes it.

    Args:
        make_window: Makes it, once there is a QApplication.

    Raises:
        KeyboardInterrupt: The user pressed Ctrl-C in the terminal; the window has been closed.
    """
    with quiet_qt():
        running = application()
        from PySide6.QtCore import QEventLoop

        window, loop = make_window(), QEventLoop()
        window.closed.connect(loop.quit)
        with interruptible(window, window.close) as interrupted:
            window.show()
            loop.exec()
        window.deleteLater()
        running.processEvents()
        if interrupted.is_set():
            raise KeyboardInterrupt
