"""The window: draws, listens, decides nothing. Importing this package loads no Qt."""

from __future__ import annotations

from simpsons_play.window.app import choose_files, run_window
from simpsons_play.window.asked import Asked, Habits
from simpsons_play.window.display import has_display, require_display
from simpsons_play.window.ports import Annotator, OpenFrames

__all__ = [
    "Annotator",
    "Asked",
    "Habits",
    "OpenFrames",
    "choose_files",
    "has_display",
    "require_display",
    "run_window",
]
