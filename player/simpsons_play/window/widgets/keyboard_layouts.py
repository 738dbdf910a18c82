"""Keyboard layouts: which modifiers type characters, and what a US keyboard has on the same key."""

from __future__ import annotations

import sys
import unicodedata

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent

_Mod = Qt.KeyboardModifier
_TYPING = _Mod.ShiftModifier | _Mod.KeypadModifier | _Mod.GroupSwitchModifier
"""Modifiers that select a character; GroupSwitch is AltGr on Linux."""

_ALT_GR = _Mod.ControlModifier | _Mod.AltModifier
"""AltGr on Windows."""

_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
)
"""First scan code of each row of keys, and its characters without and with Shift; the same on Windows and in
the Linux kernel (`linux/input-event-codes.h`)."""

_SHIFTED = {one: other for _, plain, upper in _ROWS for one, other in zip(plain, upper, strict=True)}

_X11_OFFSET = 8
"""X11 and Wayland add this to the kernel's codes."""

_MAC = "asdfhgzxcv bqweryt123465=97-80]ou[ip lj'k;\\,/nm.  `"
"""Characters of the virtual keys of macOS, by code (`kVK_ANSI_*` in Events.h of HIToolbox)."""


def command_modifiers(event: QKeyEvent) -> Qt.KeyboardModifier:
    """The modifiers that make a shortcut, such as Ctrl, without those that typed the character."""
    held = event.modifiers() & ~_TYPING
    typed = event.text().isprintable() and bool(event.text().strip())
    if typed and (held == _ALT_GR or (held == _Mod.AltModifier and sys.platform == "darwin")):
        return _Mod.NoModifier
    return held


def character_on_us_keyboard(event: QKeyEvent, *, platform: str | None = None) -> str:
    """The character of this key on a US keyboard if the layout is of a non-Latin script; otherwise empty.

    Args:
        event: A key press.
        platform: Qt's name of the platform, such as `xcb`; None asks Qt.
    """
    if not _is_non_latin(event.text()):
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


def _is_non_latin(text: str) -> bool:
    """Whether a character is of a non-Latin script; the Russian layout has a numero sign in place of #."""
    if len(text) != 1 or text.isascii():
        return False
    letter = text.isalpha() and not unicodedata.name(text, "").startswith("LATIN")
    return letter or text == "\N{NUMERO SIGN}"
