"""What was played last, for the menu."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSettings

_KEY, _MOST = "recent", 10


class RecentSources:
    """The last ten, kept between runs in a small file of settings; where that cannot be, in memory."""

    def __init__(self) -> None:
        self._settings = QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "simpsons-play", "recent"
        )

    def sources(self) -> list[str]:
        """Addresses, and files and folders that are still there, the newest first."""
        kept = self._settings.value(_KEY, [])
        names = [kept] if isinstance(kept, str) else list(kept) if isinstance(kept, list) else []
        return [name for name in map(str, names) if "://" in name or os.path.exists(name)]

    def add(self, source: str) -> None:
        """Put one first; what is no file and no address, such as a camera, is left out."""
        if "://" not in source:
            if not os.path.exists(source):
                return
            source = str(Path(source).absolute())
        self._settings.setValue(_KEY, list(dict.fromkeys([source, *self.sources()]))[:_MOST])
        self._settings.sync()
