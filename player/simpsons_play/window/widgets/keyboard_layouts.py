"""Keyboard layouts: which modifiers help to type a character, and what a US keyboard has on a key."""

from __future__ import annotations

import sys
import unicodedata

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent

_Mod = Qt.KeyboardModifier
_TYPING = _Mod.ShiftModifier | _Mod.KeypadModifier | _Mod.GroupSwitchModifier
"""Modifiers that choose a character; GroupSwitch is AltGr on Linux."""

_ALT_GR = _Mod.ControlModifier | _Mod.AltModifier
"""What AltGr is on Windows."""

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
)
"""The first scan code of each row of keys, and what is on them, alone and with Shift. Windows and the Linux
kernel (`linux/input-event-codes.h`) count alike."""

_SHIFTED = {one: other for _, plain, upper in _ROWS for one, other in zip(plain, upper, strict=True)}

_X11_OFFSET = 8
"""X11 and Wayland count from here."""

_MAC = "asdfhgzxcv bqweryt123465=97-80]ou[ip lj'k;\\,/nm.  `"
"""The virtual keys of macOS in their order (`kVK_ANSI_*` in Events.h of HIToolbox)."""


def commands_of(event: QKeyEvent) -> Qt.KeyboardModifier:
    """The modifiers that make a key a command, such as Ctrl; not those that a character was typed with."""
    held = event.modifiers() & ~_TYPING
    typed = event.text().isprintable() and bool(event.text().strip())
    if typed and (held == _ALT_GR or (held == _Mod.AltModifier and sys.platform == "darwin")):
        return _Mod.NoModifier
    return held


def character_on_us_keyboard(event: QKeyEvent, *, platform: str | None = None) -> str:
    """What a US keyboard has on this key, where what was typed is of a script other than Latin; else nothing.

    Args:
        event: a key that was pressed.
        platform: as Qt calls it, `xcb`; None asks Qt.
    """
    if not _is_foreign(event.text()):
        return ""
    platform = platform or QGuiApplication.platformName()
    shifted = bool(event.modifiers() & _Mod.ShiftModifier)
    if platform == "cocoa":
        plain = _MAC[event.nativeVirtualKey() : event.nativeVirtualKey() + 1].strip()
        return _SHIFTED.get(plain, plain) if shifted else plain
    code = event.nativeScanCode() - (0 if platform == "windows" else _X11_OFFSET)
    for first, plain, upper in _ROWS:
        if first <= code < first + len(plain):
            return (upper if shifted else plain)[code - first]
    return ""


def _is_foreign(text: str) -> bool:
    """Whether a letter is of another script; the Russian layout has a numero sign in place of #."""
    if len(text) != 1 or text.isascii():
        return False
    letter = text.isalpha() and not unicodedata.name(text, "").startswith("LATIN")
    return letter or text == "\N{NUMERO SIGN}"
