"""Connects the welcome page: what it opens, and the pictures of recent sources."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from simpsons_play.window.shell.picture_loader import PictureLoader
from simpsons_play.window.shell.source_picker import SourcePicker
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.welcome import Welcome


class WelcomePage(QObject):
    """Shows the welcome page in the window.

    Args:
        layout: Contains the page.
        picker: Opens what the user chooses, and remembers recent sources.
        parent: Qt parent.
    """

    def __init__(self, layout: Layout, picker: SourcePicker, parent: QObject) -> None:
        super().__init__(parent)
        self._layout, self._picker = layout, picker
        self._page: Welcome | None = None
        self._loader: PictureLoader | None = None
        picker.recent_cleared.connect(self._update)

    def show(self) -> None:
        """Show the page; pictures of recent sources follow when it has been painted."""
        self.close()
        recent = self._picker.recent()
        page = self._page = self._layout.show_welcome(recent)
        page.open_requested.connect(self._picker.open_dialog)
        page.folder_requested.connect(self._picker.open_folder)
        page.address_requested.connect(self._picker.open_address)
        page.sample_requested.connect(self._picker.open_sample)
        page.source_selected.connect(self._picker.play_instead)
        page.dropped.connect(self._picker.drop)
        page.grid.remove_requested.connect(self._forget)
        page.grid.clear_requested.connect(self._picker.clear_recent)
        loader = self._loader = PictureLoader(self._picker.recent_sources.pictures)
        loader.loaded.connect(page.set_picture)
        page.painted_first.connect(lambda: loader.start(recent))

    def close(self) -> None:
        """Stop loading pictures; the page itself disappears when a source is opened."""
        if self._loader is not None:
            self._loader.stop()
            self._layout.setFocus()  # the focus was on the page
        self._page = self._loader = None

    def move_focus(self, *, forward: bool, beside: Sequence[QWidget] = ()) -> bool:
        """Move the focus on the page, for Tab; returns False if the page is not shown.

        Args:
            forward: Whether to move to the next widget, not to the previous one.
            beside: Widgets that are not on the page and can be reached as well.
        """
        if self._page is None:
            return False
        banner = self._layout.banner
        widgets = [*self._page.focusable(), *([] if banner.isHidden() else [banner.close_button]), *beside]
        focused = self._layout.window().focusWidget()
        if focused in widgets:
            place = widgets.index(focused) + (1 if forward else -1)
        else:
            place = 0 if forward else -1
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        chosen = widgets[place % len(widgets)]
        chosen.setFocus(reason)
        self._page.scroll_to(chosen)
        return True

    def _forget(self, source: str) -> None:
        self._picker.recent_sources.remove(source)
        self._update()

    def _update(self) -> None:
        """Show the sources that are left; the focus stays in its place."""
        if self._page is None:
            return
        before = self._page.focusable()
        focused = self._layout.window().focusWidget()
        place = before.index(focused) if focused in before else None
        self._page.grid.set_recent(self._picker.recent())
        if place is not None:
            after = self._page.focusable()
            after[min(place, len(after) - 1)].setFocus()
