"""What was played last, for the menu."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QSettings

from simpsons_play.sources.endings import is_regular

_KEY, _MOST = "recent", 10
_OWNER_ALONE = 0o600


class RecentSources:
    """The last ten, kept between runs in a small file of settings; where that cannot be, in memory.

    Addresses are kept with their passwords, without which they could not be opened again. So the file is for
    its owner's eyes alone, as `.netrc` is, and nothing shows them: see `escaping.masked`.
    """

    def __init__(self) -> None:
        self._settings = QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "simpsons-play", "recent"
        )
        self._path = Path(self._settings.fileName())
        with suppress(OSError):  # earlier versions left it open to all
            self._path.chmod(_OWNER_ALONE)

    def sources(self) -> list[str]:
        """Addresses, and files and folders that are still there, the newest first."""
        kept = self._settings.value(_KEY, [])
        names = [kept] if isinstance(kept, str) else list(kept) if isinstance(kept, list) else []
        return [name for name in map(str, names) if "://" in name or is_regular(name)]

    def add(self, source: str) -> None:
        """Put one first; what is no file and no address, such as a camera or a pipe, is left out."""
        if "://" not in source:
            if not is_regular(source):
                return
            source = str(Path(source).absolute())
        with suppress(OSError):  # Qt would make it open to all
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT, _OWNER_ALONE))
        self._settings.setValue(_KEY, list(dict.fromkeys([source, *self.sources()]))[:_MOST])
        self._settings.sync()
        with suppress(OSError):
            self._path.chmod(_OWNER_ALONE)
