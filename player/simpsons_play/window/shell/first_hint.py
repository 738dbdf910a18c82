"""The hint of the most important keys, shown once, when the first video plays."""

from __future__ import annotations

from PySide6.QtCore import QSettings

_PARTS = ("Space pauses", "n jumps to the next appearance", "? shows all keys")
HINT = " · ".join(part.replace(" ", "\N{NO-BREAK SPACE}") for part in _PARTS)
_KEY = "keys_hint_shown"


def take_hint() -> str:
    """The hint the first time it is called for this user, and an empty text afterwards.

    It is also empty if the settings file cannot be written, as the hint would be shown again each time.
    """
    settings = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "simpsons-play", "window")
    if settings.value(_KEY, False, type=bool):
        return ""
    settings.setValue(_KEY, True)
    settings.sync()
    return HINT if settings.status() == QSettings.Status.NoError else ""
