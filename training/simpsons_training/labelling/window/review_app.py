"""Opens the window for reviews. Loads Qt only when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpsons_play.window.shell.application import import_qt
from simpsons_play.window.shell.display import require_display
from simpsons_training.labelling.proposal_folder import Pending
from simpsons_training.labelling.review_decisions import FolderDecisions
from simpsons_training.labelling.review_session import ReviewSession
from simpsons_training.labelling.window.app import show_until_closed

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

_REMEDY = "use --list or --accept-all, which open no window"


def load_review_window() -> None:
    """Import Qt and the window.

    Raises:
        DependencyError: PySide6 is not installed, or this version of it does not work here.
        DisplayError: There is no display, or a library that Qt needs is missing.
    """
    require_display(remedy=_REMEDY)
    import_qt(remedy=_REMEDY)
    import simpsons_training.labelling.window.review_window  # noqa: F401 - for later


def review_in_window(
    session: ReviewSession[Pending], decisions: FolderDecisions, *, labels: tuple[str, ...]
) -> None:
    """Show the window until the user closes it.

    Args:
        session: What is reviewed.
        decisions: Carries the decisions of the session out.
        labels: The labels that the data set and the cast of the user have.

    Raises:
        DependencyError: See `load_review_window`.
        DisplayError: See `load_review_window`.
        KeyboardInterrupt: The user pressed Ctrl-C in the terminal; the window has been closed.
    """
    load_review_window()
    from simpsons_play.window.playback.scaling import to_qt
    from simpsons_training.labelling.window.review_window import ReviewWindow

    def load(item: Pending) -> QImage | None:
        image = decisions.image(item)
        return None if image is None else to_qt(image)

    show_until_closed(lambda: ReviewWindow(session, load=load, labels=labels))
