"""Files that were played last, for the menu."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

_KEY, _MOST = "recent", 10


class RecentFiles:
    """The last ten, kept between runs in a small file of settings; where that cannot be, in memory."""

    def __init__(self) -> None:
        self._settings = QSettings(
            QSettings.Format.IniFormat, QSettings.Scope.UserScope, "simpsons-play", "recent"
        )

    def paths(self) -> list[Path]:
        """Those that are still there, the newest first."""
        kept = self._settings.value(_KEY, [])
        names = [kept] if isinstance(kept, str) else list(kept) if isinstance(kept, list) else []
        return [path for name in names if (path := Path(str(name))).exists()]

    def add(self, path: Path) -> None:
        """Put a file first."""
        names = [str(path.absolute()), *(str(other) for other in self.paths())]
        self._settings.setValue(_KEY, list(dict.fromkeys(names))[:_MOST])
        self._settings.sync()
