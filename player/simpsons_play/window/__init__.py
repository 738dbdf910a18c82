"""The window of the player. Importing this package does not load Qt."""

from __future__ import annotations

from simpsons_play.window.export.ports import (
    Exporter,
    ExportJob,
    ExportKind,
    ExportOptions,
    ExportProgress,
    ExportState,
    NoExporter,
)
from simpsons_play.window.playback.ports import (
    Analysis,
    HeadExample,
    NetworkInfo,
    NoTeacher,
    OpenFrames,
    PlayQueue,
    Teacher,
)
from simpsons_play.window.shell.app import Player, load_window
from simpsons_play.window.shell.application import import_shiboken
from simpsons_play.window.shell.display import require_display

__all__ = [
    "Analysis",
    "ExportJob",
    "ExportKind",
    "ExportOptions",
    "ExportProgress",
    "ExportState",
    "Exporter",
    "HeadExample",
    "NetworkInfo",
    "NoExporter",
    "NoTeacher",
    "OpenFrames",
    "PlayQueue",
    "Player",
    "Teacher",
    "import_shiboken",
    "load_window",
    "require_display",
]
