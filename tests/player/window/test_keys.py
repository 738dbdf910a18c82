"""Key bindings on keyboards other than those of the US."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from simpsons_play.window.widgets import keyboard_layouts as layouts
from simpsons_play.window.widgets.keyboard_layouts import character_on_us_keyboard
from simpsons_play.window.widgets.keys import binding_for

Mod = Qt.KeyboardModifier


def key(text: str, *, scan: int = 0, virtual: int = 0, modifiers: Mod = Mod.NoModifier) -> QKeyEvent:
    unknown = Qt.Key.Key_unknown
    return QKeyEvent(QEvent.Type.KeyPress, unknown, modifiers, scan, virtual, 0, text)


def action(event: QKeyEvent) -> str | None:
    binding = binding_for(event)
    return None if binding is None else binding.action


@pytest.mark.parametrize(
    ("text", "evdev", "shift", "expected"),
    [
        ("й", 16, False, "quit"),
        ("Й", 16, True, "quit"),
        ("ь", 50, False, "toggle_mute"),
        ("ы", 31, False, "screenshot"),
        ("\N{CYRILLIC SMALL LETTER HA}", 26, False, "change_speed"),
        ("Ъ", 27, True, "change_speed"),
        ("ю", 52, False, "step"),
        ("№", 4, True, "next_sound"),
        ("ض", 16, False, "quit"),  # Arabic
        ("ξ", 45, False, "name_head"),  # Greek, on the key of x
        ("ם", 24, False, "toggle_names"),  # Hebrew
    ],
)
@pytest.mark.parametrize("platform", ["xcb", "wayland", "windows"])
def test_a_non_latin_letter_counts_as_the_us_key(
    monkeypatch: pytest.MonkeyPatch, text: str, evdev: int, shift: bool, expected: str, platform: str
) -> None:
    monkeypatch.setattr(layouts.QGuiApplication, "platformName", lambda: platform)
    scan = evdev + (0 if platform == "windows" else 8)
    assert action(key(text, scan=scan, modifiers=Mod.ShiftModifier if shift else Mod.NoModifier)) == expected


@pytest.mark.parametrize(
    ("text", "virtual", "expected"),
    [("й", 12, "quit"), ("ь", 46, "toggle_mute"), ("ю", 47, "step"), ("й", 200, None)],
)
def test_macs_have_their_own_key_codes(
    monkeypatch: pytest.MonkeyPatch, text: str, virtual: int, expected: str | None
) -> None:
    monkeypatch.setattr(layouts.QGuiApplication, "platformName", lambda: "cocoa")
    assert action(key(text, scan=1, virtual=virtual)) == expected


def test_every_mac_key_has_a_us_character() -> None:
    event = key("й", virtual=33, modifiers=Mod.ShiftModifier)
    assert character_on_us_keyboard(event, platform="cocoa") == "{"
    characters = {character_on_us_keyboard(key("й", virtual=code), platform="cocoa") for code in range(51)}
    assert characters - {""} == set("1234567890-=qwertyuiop[]asdfghjkl;'`\\zxcvbnm,./")


@pytest.mark.parametrize(
    ("text", "evdev", "expected"),
    [
        ("a", 16, None),  # AZERTY: a is on the key of q
        ("q", 30, "quit"),
        ("à", 11, None),  # Latin, and not a binding
        ("ü", 26, None),
        ("y", 44, "toggle_lanes"),  # QWERTZ: y is on the key of z
    ],
)
def test_latin_letters_count_by_character(
    monkeypatch: pytest.MonkeyPatch, text: str, evdev: int, expected: str | None
) -> None:
    monkeypatch.setattr(layouts.QGuiApplication, "platformName", lambda: "xcb")
    assert action(key(text, scan=evdev + 8)) == expected


ALT_GR_WINDOWS = Mod.ControlModifier | Mod.AltModifier


@pytest.mark.parametrize("modifiers", [ALT_GR_WINDOWS, Mod.GroupSwitchModifier])
@pytest.mark.parametrize(
    ("text", "expected"),
    [("[", "change_speed"), ("]", "change_speed"), ("{", "change_speed"), ("#", "next_sound"), ("@", None)],
)
def test_alt_gr_types_characters(qtbot: QtBot, modifiers: Mod, text: str, expected: str | None) -> None:
    assert action(key(text, modifiers=modifiers)) == expected


def test_option_types_characters_only_on_a_mac(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    assert action(key("[", modifiers=Mod.AltModifier)) is None
    monkeypatch.setattr(layouts.sys, "platform", "darwin")
    assert action(key("[", modifiers=Mod.AltModifier)) == "change_speed"


@pytest.mark.parametrize(
    "modifiers", [Mod.ControlModifier, Mod.AltModifier, Mod.MetaModifier, ALT_GR_WINDOWS]
)
def test_shortcuts_are_not_bindings(qtbot: QtBot, modifiers: Mod) -> None:
    assert action(key("\x11" if modifiers & Mod.ControlModifier else "q", modifiers=modifiers)) is None
