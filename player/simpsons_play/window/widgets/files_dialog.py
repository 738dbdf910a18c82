"""The dialogs for opening files and folders."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from simpsons_play.sources.endings import PICTURES, VIDEOS
from simpsons_play.sources.playlist_file import PLAYLISTS

_PATTERNS = " ".join(f"*{end} *{end.upper()}" for end in sorted(VIDEOS | PLAYLISTS | PICTURES))
_FILTERS = f"Videos, playlists and pictures ({_PATTERNS});;All files (*)"


def ask_for_files(folder: Path, parent: QWidget | None = None) -> tuple[Path, ...]:
    """Ask the user for files.

    Args:
        folder: Where the dialog starts.
        parent: Qt parent.

    Returns:
        The files in order; empty if cancelled.
    """
    # With the endings, the list of types would be as wide as the screen.
    options = QFileDialog.Option.HideNameFilterDetails
    names, _ = QFileDialog.getOpenFileNames(parent, "Open", str(folder), _FILTERS, "", options)
    return tuple(Path(name) for name in names)


def ask_for_folder(folder: Path, parent: QWidget | None = None) -> Path | None:
    """Ask the user for a folder.

    Args:
        folder: Where the dialog starts.
        parent: Qt parent.

    Returns:
        The folder; None if cancelled.
    """
    name = QFileDialog.getExistingDirectory(parent, "Open folder", str(folder))
    return Path(name) if name else None
