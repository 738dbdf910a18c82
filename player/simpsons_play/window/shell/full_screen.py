"""Full screen."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow

from simpsons_play.window.widgets.layout import Layout


class FullScreen:
    """Enters and leaves full screen.

    Args:
        window: The window, with a menu bar.
        layout: Its contents.
    """

    def __init__(self, window: QMainWindow, layout: Layout) -> None:
        self._window, self._layout = window, layout

    def toggle(self) -> None:
        """Enter or leave full screen."""
        full_screen = not self._window.isFullScreen()
        self._layout.set_full_screen(full_screen)
        self._window.menuBar().setVisible(not full_screen)
        if full_screen:
            self._window.showFullScreen()
        else:
            self._window.showNormal()

    def escape(self) -> None:
        """Close the help page or the banner with errors, give the player the keys, or leave full screen."""
        if self._layout.help_shown:
            self._layout.toggle_help()
        elif not self._layout.banner.isHidden():
            self._layout.banner.clear()
        elif not self._layout.hasFocus():
            self._layout.setFocus()
        elif self._window.isFullScreen():
            self.toggle()
