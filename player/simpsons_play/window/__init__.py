"""The window: draws, listens, decides nothing. Importing this package loads no Qt."""

from __future__ import annotations

from simpsons_play.window.app import Player, load_window
from simpsons_play.window.display import has_display
from simpsons_play.window.ports import Annotator, NetworkInfo, OpenFrames, Programme

__all__ = ["Annotator", "NetworkInfo", "OpenFrames", "Player", "Programme", "has_display", "load_window"]
