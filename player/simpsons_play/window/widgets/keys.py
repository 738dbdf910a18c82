"""Which key does what: the one table, for the listener, the menu and the page of help."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from simpsons_play.window.widgets.keyboard_layouts import character_on_us_keyboard, commands_of


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys that do the same.

    Attributes:
        shown: their names, for people.
        words: what they do.
        action: the method they call, of the window or of one of its parts; with `argument`, where given.
        argument: what to call it with.
        keys: keys without a character.
        characters: characters, whatever key they are on.
        menu: in which menu it is found.
        group: within the menu; a line is drawn between groups.
        is_switch: turns something on and off.
    """

    shown: str
    words: str
    action: str
    argument: float | None = None
    keys: tuple[Qt.Key, ...] = ()
    characters: str = ""
    menu: str = "Play"
    group: int = 0
    is_switch: bool = False


_Key = Qt.Key
# The keys of mpv, where it has them.
BINDINGS = (
    Binding("space", "pause or play", "toggle_pause", keys=(_Key.Key_Space,)),
    Binding("left", "5 seconds back", "seek_by", -5.0, keys=(_Key.Key_Left,), group=1),
    Binding("right", "5 seconds forward", "seek_by", 5.0, keys=(_Key.Key_Right,), group=1),
    Binding("down", "1 minute back", "seek_by", -60.0, keys=(_Key.Key_Down,), group=1),
    Binding("up", "1 minute forward", "seek_by", 60.0, keys=(_Key.Key_Up,), group=1),
    Binding("home", "go to the start", "seek_to", 0.0, keys=(_Key.Key_Home,), group=1),
    Binding(",", "one frame back", "step", -1, characters=",", group=1),
    Binding(".", "one frame forward", "step", 1, characters=".", group=1),
    Binding("[", "10 % slower", "change_speed", 1 / 1.1, characters="[", group=2),
    Binding("]", "10 % faster", "change_speed", 1.1, characters="]", group=2),
    Binding("{", "half the speed", "change_speed", 0.5, characters="{", group=2),
    Binding("}", "twice the speed", "change_speed", 2.0, characters="}", group=2),
    Binding("backspace", "normal speed", "change_speed", 0.0, keys=(_Key.Key_Backspace,), group=2),
    Binding("<", "previous file", "skip", -1, characters="<", group=3),
    Binding(">", "next file", "skip", 1, characters=">", group=3),
    Binding("l", "loop: play again at the end", "toggle_loop", characters="l", group=3, is_switch=True),
    Binding("9, /", "quieter", "change_volume", -0.05, characters="9/", group=4),
    Binding("0, *", "louder", "change_volume", 0.05, characters="0*", group=4),
    Binding("m", "mute", "toggle_mute", characters="m", group=4, is_switch=True),
    Binding("#", "next sound stream", "next_sound", characters="#", group=4),
    Binding("n", "next appearance of the chosen character", "jump", 1, characters="n", menu="Names"),
    Binding("p", "previous appearance of the chosen character", "jump", -1, characters="p", menu="Names"),
    Binding(
        "Tab", "choose the next character", "choose_next", 1, keys=(_Key.Key_Tab,), menu="Names", group=1
    ),
    Binding(
        "Shift Tab",
        "choose the previous character",
        "choose_next",
        -1,
        keys=(_Key.Key_Backtab,),
        menu="Names",
        group=1,
    ),
    Binding(
        "-", "lower threshold: more names", "change_threshold", -0.05, characters="-", menu="Names", group=2
    ),
    Binding(
        "+", "higher threshold: fewer names", "change_threshold", 0.05, characters="+=", menu="Names", group=2
    ),
    Binding(
        "x",
        "wrong name: save the picture with the right one",
        "correct",
        characters="x",
        menu="Names",
        group=3,
    ),
    Binding("o", "names on the picture", "toggle_overlay", characters="o", menu="View", is_switch=True),
    Binding("t", "panel of who is on screen", "toggle_panel", characters="t", menu="View", is_switch=True),
    Binding("i", "performance figures", "toggle_hud", characters="i", menu="View", is_switch=True),
    Binding(
        "f, double click",
        "full screen",
        "toggle_full_screen",
        characters="f",
        menu="View",
        group=1,
        is_switch=True,
    ),
    Binding("Esc", "leave full screen", "escape", keys=(_Key.Key_Escape,), menu="View", group=1),
    Binding("h, ?", "this page of keys", "toggle_help", characters="h?", menu="View", group=2),
    Binding("s", "save this picture in the current folder", "screenshot", characters="s", menu="File"),
    Binding("q", "quit", "quit", characters="q", menu="File", group=1),
)
# What goes on as long as the key is down; the others act once.
_REPEATED = ("seek_by", "step", "change_volume", "change_threshold", "change_speed")


def binding_of(event: QKeyEvent) -> Binding | None:
    """What a key that was pressed does; None where nothing.

    The character counts, wherever its key lies. Where the layout is of letters that are not Latin, it is the
    character that a US keyboard has on that key.
    """
    if commands_of(event) != Qt.KeyboardModifier.NoModifier:
        return None
    characters = (event.text().lower(), character_on_us_keyboard(event).lower())
    for binding in BINDINGS:
        named = event.key() in binding.keys
        if named or any(character and character in binding.characters for character in characters):
            return binding if binding.action in _REPEATED or not event.isAutoRepeat() else None
    return None
