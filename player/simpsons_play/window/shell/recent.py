"""Recently played sources."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QSettings

from simpsons_play.sources.endings import is_regular

_KEY, _MAX_SOURCES = "recent", 10
_OWNER_ONLY = 0o600


class RecentSources:
    """The last ten sources, stored in a settings file; only in memory if that cannot be written.

    Addresses are stored with their passwords, because they cannot be opened without them. Like `.netrc`, the
    file is readable only by its owner, and passwords are masked wherever addresses are shown (see
    `escaping.masked`).
    """

    def __init__(self) -> None:
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
        if "://" not in source:
            if not is_regular(source):
                return
            source = str(Path(source).absolute())
        with suppress(OSError):  # Qt would make it readable by everyone
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT, _OWNER_ONLY))
        self._settings.setValue(_KEY, list(dict.fromkeys([source, *self.sources()]))[:_MAX_SOURCES])
        self._settings.sync()
        with suppress(OSError):
            self._path.chmod(_OWNER_ONLY)
