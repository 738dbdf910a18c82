"""The window: draws, listens, decides nothing. Importing this package loads no Qt."""

from __future__ import annotations

from simpsons_play.window.playback.ports import Annotator, NetworkInfo, OpenFrames, Programme
from simpsons_play.window.shell.app import Player, load_window
from simpsons_play.window.shell.display import has_display

__all__ = ["Annotator", "NetworkInfo", "OpenFrames", "Player", "Programme", "has_display", "load_window"]
