"""Which key does what: the one table, for the listener and for the page of help."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import zip_longest

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys that do the same.

    Attributes:
        shown: their names, for people.
        words: what they do.
        action: the method they call, of the window or else of its transport; with `argument`, where given.
        argument: what to call it with.
        keys: keys without a character.
        characters: characters, whatever key they are on.
        menu: in which menu it is found.
    """

    shown: str
    words: str
    action: str
    argument: float | None = None
    keys: tuple[Qt.Key, ...] = ()
    characters: str = ""
    menu: str = "Play"


_Key = Qt.Key
# The keys of mpv, where it has them.
BINDINGS = (
    Binding("space", "pause or go on", "toggle_pause", keys=(_Key.Key_Space,)),
    Binding("left", "5 seconds back", "seek_by", -5.0, keys=(_Key.Key_Left,)),
    Binding("right", "5 seconds on", "seek_by", 5.0, keys=(_Key.Key_Right,)),
    Binding("down", "1 minute back", "seek_by", -60.0, keys=(_Key.Key_Down,)),
    Binding("up", "1 minute on", "seek_by", 60.0, keys=(_Key.Key_Up,)),
    Binding("home", "to the start", "seek_to", 0.0, keys=(_Key.Key_Home,)),
    Binding(",", "one frame back", "step", -1, characters=","),
    Binding(".", "one frame on", "step", 1, characters="."),
    Binding("[", "10 % slower", "change_speed", 1 / 1.1, characters="["),
    Binding("]", "10 % faster", "change_speed", 1.1, characters="]"),
    Binding("{", "half as fast", "change_speed", 0.5, characters="{"),
    Binding("}", "twice as fast", "change_speed", 2.0, characters="}"),
    Binding("backspace", "at its own speed", "change_speed", 0.0, keys=(_Key.Key_Backspace,)),
    Binding("<", "the source before", "skip", -1, characters="<"),
    Binding(">", "the next source", "skip", 1, characters=">"),
    Binding("l", "play again at the end", "toggle_loop", characters="l"),
    Binding("9, /", "softer", "change_volume", -0.05, characters="9/"),
    Binding("0, *", "louder", "change_volume", 0.05, characters="0*"),
    Binding("m", "sound off or on", "toggle_mute", characters="m"),
    Binding("n", "next appearance of whom you chose", "jump", 1, characters="n", menu="Names"),
    Binding("p", "the appearance before", "jump", -1, characters="p", menu="Names"),
    Binding("Tab", "choose the next one", "choose_next", 1, keys=(_Key.Key_Tab,), menu="Names"),
    Binding("Shift Tab", "the one before", "choose_next", -1, keys=(_Key.Key_Backtab,), menu="Names"),
    Binding("-", "more names: threshold down", "change_threshold", -0.05, characters="-", menu="Names"),
    Binding("+", "fewer names: threshold up", "change_threshold", 0.05, characters="+=", menu="Names"),
    Binding("x", "wrong name: save it corrected", "correct", characters="x", menu="Names"),
    Binding("o", "names off or on", "toggle_overlay", characters="o", menu="View"),
    Binding("t", "who is on screen: off or on", "toggle_panel", characters="t", menu="View"),
    Binding("i", "how fast it all is", "toggle_hud", characters="i", menu="View"),
    Binding("f, double click", "full screen", "toggle_full_screen", characters="f", menu="View"),
    Binding("h, ?", "these keys", "toggle_help", characters="h?", menu="View"),
    Binding("s", "save this picture here", "screenshot", characters="s", menu="File"),
    Binding("Esc", "leave full screen", "escape", keys=(_Key.Key_Escape,), menu="View"),
    Binding("q", "quit", "quit", characters="q", menu="File"),
)
# What goes on as long as the key is down; the others act once.
_REPEATED = ("seek_by", "step", "change_volume", "change_threshold", "change_speed")


def binding_of(event: QKeyEvent) -> Binding | None:
    """What a key that was pressed does; None where nothing."""
    held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
    if held != Qt.KeyboardModifier.NoModifier:
        return None
    for binding in BINDINGS:
        named = event.key() in binding.keys
        if named or (event.text() and event.text().lower() in binding.characters):
            return binding if binding.action in _REPEATED or not event.isAutoRepeat() else None
    return None


def help_html() -> str:
    """The table of keys, as rich text: two columns, to be read downwards."""
    half = (len(BINDINGS) + 1) // 2
    rows = "".join(
        f"<tr>{_cells(left)}{_cells(right) if right is not None else ''}</tr>"
        for left, right in zip_longest(BINDINGS[:half], BINDINGS[half:])
    )
    return f"<table cellspacing='3'>{rows}</table>"


def _cells(binding: Binding) -> str:
    key, words = (f"<td style='padding-right:{space}px{{}}'>{{}}</td>" for space in (14, 26))
    return key.format("; color:#ffd90f", escape(binding.shown)) + words.format("", escape(binding.words))
