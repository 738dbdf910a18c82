"""What is on and what is off: for the marks in the menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.widgets.keys import Binding
from simpsons_play.window.widgets.layout import Layout


class Switches:
    """Says of each key that is a switch whether what it turns on and off is on.

    Args:
        window: that may fill the screen.
        transport: that may loop or be mute.
        layout: that may show the panel and what the machine does.
        names_shown: whether names are drawn on the picture.
    """

    def __init__(
        self, window: QWidget, *, transport: Transport, layout: Layout, names_shown: Callable[[], bool]
    ) -> None:
        self._states = {
            "toggle_loop": lambda: transport.looping,
            "toggle_mute": lambda: transport.muted,
            "toggle_overlay": names_shown,
            "toggle_panel": lambda: layout.cast_wanted,
            "toggle_hud": lambda: not layout.hud.isHidden(),
            "toggle_full_screen": window.isFullScreen,
        }

    def is_on(self, binding: Binding) -> bool:
        """Whether it is on."""
        return self._states[binding.action]()
