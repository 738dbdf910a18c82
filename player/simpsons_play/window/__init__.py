"""The window: draws, listens, decides nothing. Importing this package loads no Qt."""

from __future__ import annotations

from simpsons_play.window.playback.ports import Analysis, NetworkInfo, OpenFrames, PlayQueue
from simpsons_play.window.shell.app import Player, load_window
from simpsons_play.window.shell.display import has_display

__all__ = ["Analysis", "NetworkInfo", "OpenFrames", "PlayQueue", "Player", "has_display", "load_window"]
