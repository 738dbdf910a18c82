"""The dialog for opening files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from simpsons_play.sources.endings import PICTURES, VIDEOS
from simpsons_play.sources.playlist_file import PLAYLISTS


def ask_for_files(parent: QWidget | None = None) -> tuple[Path, ...]:
    """Ask the user for files; returns them in order, empty if cancelled."""
    patterns = " ".join(f"*{end} *{end.upper()}" for end in sorted(VIDEOS | PLAYLISTS | PICTURES))
    filters = f"Videos, playlists and pictures ({patterns});;All files (*)"
    names, _ = QFileDialog.getOpenFileNames(parent, "Open", str(Path.cwd()), filters)
    return tuple(Path(name) for name in names)
