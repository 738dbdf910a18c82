"""The keys of a review: one table for key presses and buttons."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from simpsons_play.window.widgets.keyboard_layouts import character_on_us_keyboard, command_modifiers

_Key = Qt.Key


@dataclass(frozen=True, slots=True)
class Binding:
    """Keys that run an action.

    Attributes:
        action: name of the action, see `ReviewWindow`.
        shown: the key, for people.
        keys: keys without a character.
        characters: characters, whichever keys they are on.
        title: what the action does, for a button; empty for none.
    """

    action: str
    shown: str
    keys: tuple[Qt.Key, ...] = ()
    characters: str = ""
    title: str = ""


BINDINGS = (
    Binding("accept_rest", "Enter", (_Key.Key_Return, _Key.Key_Enter), "a", "Accept all"),
    Binding("toggle", "Space", (_Key.Key_Space,), title="Reject"),
    Binding("rename", "r", characters="r", title="Rename"),
    Binding("undo", "u", characters="u", title="Undo"),
    Binding("toggle_zoom", "z", characters="z", title="Zoom"),
    Binding("previous", "p", (_Key.Key_PageUp,), "p", "Previous"),
    Binding("next", "n", (_Key.Key_PageDown,), "n", "Next"),
    Binding("escape", "Esc", (_Key.Key_Escape,)),
    Binding("close", "q", characters="q"),
)


def binding_for(event: QKeyEvent) -> Binding | None:
    """The binding of a key press; None if there is none, or a shortcut such as Ctrl+A is meant."""
    if event.matches(QKeySequence.StandardKey.Undo):
        return next(binding for binding in BINDINGS if binding.action == "undo")
    if command_modifiers(event) != Qt.KeyboardModifier.NoModifier:
        return None
    characters = {event.text().lower(), character_on_us_keyboard(event).lower()} - {""}
    for binding in BINDINGS:
        if event.key() in binding.keys or characters & set(binding.characters):
            return binding
    return None
