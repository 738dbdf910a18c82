"""The key bindings: one table for key presses, the menu and the help page."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from simpsons_play.window.widgets.keyboard_layouts import character_on_us_keyboard, command_modifiers


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys that run an action.

    Attributes:
        shown: Names of the keys, for people.
        description: What the action does, for people.
        action: Name of the action, see `shell.actions`.
        argument: Argument of the action, if it takes one.
        keys: Keys without a character.
        characters: Characters, whichever keys they are on.
        menu: Title of the menu that contains the action.
        group: Group within the menu; separators divide groups.
        is_toggle: Whether the action turns something on and off.
    """

    shown: str
    description: str
    action: str
    argument: float | None = None
    keys: tuple[Qt.Key, ...] = ()
    characters: str = ""
    menu: str = "Play"
    group: int = 0
    is_toggle: bool = False

    @property
    def title(self) -> str:
        """The description as the text of a menu entry."""
        return self.description[0].upper() + self.description[1:]

    @property
    def tooltip(self) -> str:
        """The description and the keys, such as `Full screen (f)`."""
        return f"{self.title} ({self.shown})"


_Key = Qt.Key
# The same keys as in mpv where it has them.
BINDINGS = (
    Binding("Space", "play or pause", "toggle_pause", keys=(_Key.Key_Space,)),
    Binding("Left", "back 5 seconds", "seek_by", -5.0, keys=(_Key.Key_Left,), group=1),
    Binding("Right", "forward 5 seconds", "seek_by", 5.0, keys=(_Key.Key_Right,), group=1),
    Binding("Down", "back 1 minute", "seek_by", -60.0, keys=(_Key.Key_Down,), group=1),
    Binding("Up", "forward 1 minute", "seek_by", 60.0, keys=(_Key.Key_Up,), group=1),
    Binding("Home", "go to the beginning", "seek_to", 0.0, keys=(_Key.Key_Home,), group=1),
    Binding(",", "previous frame", "step", -1, characters=",", group=1),
    Binding(".", "next frame", "step", 1, characters=".", group=1),
    Binding("[", "10% slower", "change_speed", 1 / 1.1, characters="[", group=2),
    Binding("]", "10% faster", "change_speed", 1.1, characters="]", group=2),
    Binding("{", "half speed", "change_speed", 0.5, characters="{", group=2),
    Binding("}", "double speed", "change_speed", 2.0, characters="}", group=2),
    Binding("Backspace", "normal speed", "change_speed", 0.0, keys=(_Key.Key_Backspace,), group=2),
    Binding("<", "previous file", "skip", -1, characters="<", group=3),
    Binding(">", "next file", "skip", 1, characters=">", group=3),
    Binding("l", "loop", "toggle_loop", characters="l", group=3, is_toggle=True),
    Binding("9, /", "quieter", "change_volume", -0.05, characters="9/", group=4),
    Binding("0, *", "louder", "change_volume", 0.05, characters="0*", group=4),
    Binding("m", "mute", "toggle_mute", characters="m", group=4, is_toggle=True),
    Binding("#", "next sound stream", "next_sound", characters="#", group=4),
    Binding("n", "next appearance", "jump", 1, characters="n", menu="Names"),
    Binding("p", "previous appearance", "jump", -1, characters="p", menu="Names"),
    Binding(
        "PgDn", "select next character", "select_next", 1, keys=(_Key.Key_PageDown,), menu="Names", group=1
    ),
    Binding(
        "PgUp", "select previous character", "select_next", -1, keys=(_Key.Key_PageUp,), menu="Names", group=1
    ),
    Binding(
        "c",
        "only the selected character",
        "toggle_only",
        characters="c",
        menu="Names",
        group=1,
        is_toggle=True,
    ),
    Binding(
        "-", "lower threshold: more names", "change_threshold", -0.05, characters="-", menu="Names", group=2
    ),
    Binding(
        "+", "higher threshold: fewer names", "change_threshold", 0.05, characters="+=", menu="Names", group=2
    ),
    Binding("x", "name a head", "name_head", characters="x", menu="Names", group=3),
    Binding("o", "show names", "toggle_names", characters="o", menu="View", is_toggle=True),
    Binding("t", "cast panel", "toggle_cast", characters="t", menu="View", is_toggle=True),
    Binding("y", "timeline", "toggle_lanes", characters="y", menu="View", is_toggle=True),
    Binding(
        "u", "sort timeline by screen time", "toggle_lane_order", characters="u", menu="View", is_toggle=True
    ),
    Binding("i", "performance statistics", "toggle_stats", characters="i", menu="View", is_toggle=True),
    Binding(
        "f",
        "full screen",
        "toggle_full_screen",
        characters="f",
        menu="View",
        group=1,
        is_toggle=True,
    ),
    Binding("Esc", "leave full screen", "escape", keys=(_Key.Key_Escape,), menu="View", group=1),
    Binding("h, ?", "keyboard shortcuts", "toggle_help", characters="h?", menu="View", group=2),
    Binding("s", "save picture in the current folder", "screenshot", characters="s", menu="File"),
    Binding("q", "quit", "quit", characters="q", menu="File", group=1),
)
_REPEATED = ("seek_by", "step", "change_volume", "change_threshold", "change_speed")
"""Actions that repeat while the key is held down."""


def binding_of(action: str, argument: float | None = None) -> Binding:
    """The binding of an action.

    Raises:
        KeyError: There is none.
    """
    for binding in BINDINGS:
        if (binding.action, binding.argument) == (action, argument):
            return binding
    raise KeyError(action)


def binding_for(event: QKeyEvent) -> Binding | None:
    """The binding of a key press; None if there is none.

    The character counts, whichever key it is on. On keyboard layouts of non-Latin scripts, the character that
    a US keyboard has on that key counts as well.
    """
    if command_modifiers(event) != Qt.KeyboardModifier.NoModifier:
        return None
    characters = (event.text().lower(), character_on_us_keyboard(event).lower())
    for binding in BINDINGS:
        if event.key() in binding.keys or any(c and c in binding.characters for c in characters):
            return binding if binding.action in _REPEATED or not event.isAutoRepeat() else None
    return None
