"""Where an export is written unless the user chooses another place."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from simpsons_play.core.assets import is_installed
from simpsons_play.window.export.ports import ExportKind

FORMATS: dict[ExportKind, tuple[tuple[str, str], ...]] = {
    ExportKind.VIDEO: (("MP4", ".mp4"), ("Matroska", ".mkv"), ("WebM", ".webm")),
    ExportKind.SUBTITLES: (
        ("SubRip", ".srt"),
        ("WebVTT, beside the characters", ".vtt"),
        ("ASS, beside the characters", ".ass"),
    ),
    ExportKind.TABLE: (
        ("One row for each frame and name", ".csv"),
        ("One row for each frame and name, with typed columns", ".parquet"),
        ("Everything the models found", ".jsonl"),
    ),
    ExportKind.REPORT: (),
}
"""The formats of each kind, as name and suffix; the first is the default."""

_ENDINGS = {
    ExportKind.VIDEO: "-named",
    ExportKind.SUBTITLES: "-names",
    ExportKind.TABLE: "-names",
    ExportKind.REPORT: "-report",
}


def suggested_path(kind: ExportKind, source: Path, *, folder: Path | None = None) -> Path:
    """The file of an export, or the folder of a report: `episode-named.mp4` next to `episode.avi`.

    Args:
        kind: What is exported.
        source: The file that is exported.
        folder: Folder of the last export; None chooses that of the source or, if that is read-only or part
            of this installation, the user's folder for videos or documents, or the home folder.
    """
    suffix = FORMATS[kind][0][1] if FORMATS[kind] else ""
    return (folder or _default_folder(source)) / f"{source.stem}{_ENDINGS[kind]}{suffix}"


def _default_folder(source: Path) -> Path:
    beside = source.absolute().parent
    if os.access(beside, os.W_OK) and not is_installed(beside):
        return beside
    standard = QStandardPaths.StandardLocation
    for kind in (standard.MoviesLocation, standard.DocumentsLocation):
        folder = QStandardPaths.writableLocation(kind)
        if folder and Path(folder).is_dir():
            return Path(folder)
    return Path.home()
