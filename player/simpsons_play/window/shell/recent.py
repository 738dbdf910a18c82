"""Recently played sources."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QSettings

from simpsons_play.core.frames import Frame
from simpsons_play.sources.endings import is_regular
from simpsons_play.window.shell.recent_pictures import RecentPictures, pictures_folder, small_picture

_KEY, _MAX_SOURCES = "recent", 10
_OWNER_ONLY = 0o600


class RecentSources:
    """The last ten sources, stored in a settings file; only in memory if that cannot be written.

    Addresses are stored with their passwords, because they cannot be opened without them. Like `.netrc`, the
    file is readable only by its owner, and passwords are masked wherever addresses are shown (see
    `escaping.masked`).

    Attributes:
        pictures: A picture of each source.
    """

    def __init__(self) -> None:
        self.pictures = RecentPictures(pictures_folder())
        self._settings = QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "simpsons-play", "recent"
        )
        self._path = Path(self._settings.fileName())
        with suppress(OSError):  # earlier versions left it readable by everyone
            self._path.chmod(_OWNER_ONLY)

    def sources(self) -> list[str]:
        """Addresses, and files and folders that still exist, newest first."""
        stored = self._settings.value(_KEY, [])
        names = [stored] if isinstance(stored, str) else list(stored) if isinstance(stored, list) else []
        return [name for name in map(str, names) if "://" in name or is_regular(name)]

    def add(self, source: str) -> None:
        """Add a source; ignores everything but files and addresses, such as cameras and pipes."""
        if (name := _listed_name(source)) is not None:
            self._store([name, *self.sources()])

    def add_picture(self, source: str, frame: Frame, pixel_aspect: float) -> None:
        """Store a frame as the picture of a source, if it is listed.

        Args:
            source: As given to `add`.
            frame: The frame on screen.
            pixel_aspect: Width of a pixel over its height.
        """
        name = _listed_name(source)
        if name is not None and name in self.sources():
            self.pictures.store(name, small_picture(frame, pixel_aspect))

    def remove(self, source: str) -> None:
        """Remove a source and its picture."""
        self._store([name for name in self.sources() if name != source])

    def clear(self) -> None:
        """Remove all sources and their pictures."""
        self._store([])

    def _store(self, sources: Sequence[str]) -> None:
        kept = list(dict.fromkeys(sources))[:_MAX_SOURCES]
        with suppress(OSError):  # Qt would make it readable by everyone
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT, _OWNER_ONLY))
        self._settings.setValue(_KEY, kept)
        self._settings.sync()
        with suppress(OSError):
            self._path.chmod(_OWNER_ONLY)
        self.pictures.keep(kept)


class RecentRecorder:
    """Lists what is played among the recent sources, with the last frame on screen as its picture.

    Args:
        recent: The list.
    """

    def __init__(self, recent: RecentSources) -> None:
        self._recent = recent
        self._source = ""
        self._frame: Frame | None = None

    def open_source(self, source: str) -> None:
        """Start with another source; it is listed once its first frame is shown."""
        self._source, self._frame = source, None

    def on_frame(self, frame: Frame) -> bool:
        """A frame is shown; returns whether it is the first of its source."""
        first, self._frame = self._frame is None, frame
        if first:
            self._recent.add(self._source)
        return first

    def leave_source(self, pixel_aspect: float) -> None:
        """Store the last frame as the picture of the source.

        Args:
            pixel_aspect: Width of a pixel over its height.
        """
        if self._frame is not None:
            self._recent.add_picture(self._source, self._frame, pixel_aspect)
        self._frame = None


def _listed_name(source: str) -> str | None:
    """The name under which a source is listed; None for cameras, pipes and the like."""
    if "://" in source:
        return source
    return str(Path(source).absolute()) if is_regular(source) else None
