"""The menus: all key bindings, and what can be opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from simpsons_play.core.escaping import button_text, rich_text
from simpsons_play.window.shell.source_picker import SourcePicker
from simpsons_play.window.widgets.keys import BINDINGS, Binding, binding_for
from simpsons_play.window.widgets.recent_grid import CLEAR_TOOLTIP, shown_names

_CONTEXT = (
    ("toggle_pause", "toggle_full_screen"),
    ("toggle_names", "toggle_only", "toggle_cast", "toggle_lanes", "toggle_lane_order", "toggle_stats"),
    ("jump",),
    ("skip", "toggle_loop", "next_sound"),
    ("name_head", "screenshot"),
    ("toggle_help",),
)
"""The actions of the context menu, in groups."""

_ALWAYS = ("toggle_full_screen", "escape", "toggle_help", "quit")
"""Actions that need no source."""


class Menus(QObject):
    """The entries of all menus.

    Args:
        window: Contains the menu bar.
        run: Runs the action of a binding.
        is_on: Whether the toggle of a binding is on; called whenever a menu opens.
        picker: Opens files and addresses.
        exports: The entries for exports.
        undo: The entry that takes back what was taught.
        has_source: Whether anything is open that actions could work on.
    """

    def __init__(
        self,
        window: QWidget,
        *,
        run: Callable[[Binding], None],
        is_on: Callable[[Binding], bool],
        picker: SourcePicker,
        exports: Sequence[QAction],
        undo: QAction,
        has_source: Callable[[], bool],
    ) -> None:
        super().__init__(window)
        self._has_source, self._undo = has_source, undo
        self._window, self._is_on, self._picker, self._exports = window, is_on, picker, exports
        self._entries = [(binding, self._entry(binding, run)) for binding in BINDINGS]
        self._open_files = QAction("&Open…", self)
        self._open_files.setShortcut(QKeySequence.StandardKey.Open)
        self._open_files.triggered.connect(lambda: picker.open_dialog())
        self._open_folder = QAction("Open &folder…", self)
        self._open_folder.triggered.connect(lambda: picker.open_folder())
        self._open_address = QAction("Open &address…", self)
        self._open_address.setShortcut(QKeySequence("Ctrl+U"))
        self._open_address.triggered.connect(lambda: picker.open_address())
        self._open_sample = QAction("Open sample", self)
        self._open_sample.triggered.connect(lambda: picker.open_sample())

    def fill(self, bar: QMenuBar) -> None:
        """Fill the menu bar."""
        file = bar.addMenu("&File")
        file.addActions([self._open_files, self._open_folder, self._open_address, self._open_sample])
        recent = file.addMenu("Open &recent")
        recent.aboutToShow.connect(lambda: _fill_recent(recent, self._picker))
        file.addSeparator()
        file.addActions(self._exports)
        file.setToolTipsVisible(True)  # why there is nothing to export
        file.addSeparator()
        menus = {"File": file, "Edit": bar.addMenu("&Edit")}
        menus["Edit"].addAction(self._undo)
        last: Binding | None = None
        for binding, action in self._entries:
            if binding.menu not in menus:
                menus[binding.menu] = bar.addMenu(f"&{binding.menu}")
            menu = menus[binding.menu]
            if last is not None and last.menu == binding.menu and last.group != binding.group:
                menu.addSeparator()
            last = binding
            menu.addAction(action)
        for menu in menus.values():
            menu.aboutToShow.connect(self._refresh)
            menu.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let a key that a menu shows run its entry, also if the letter is underlined in another one."""
        if (
            isinstance(watched, QMenu)
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
        ):
            pressed = binding_for(event)
            for binding, action in self._entries:
                if binding is pressed and action.isEnabled() and action in watched.actions():
                    watched.close()
                    action.trigger()
                    return True
        return super().eventFilter(watched, event)

    def context_menu(self, *, naming: Callable[[], None] | None = None) -> QMenu:
        """A menu of the most useful actions, for the right mouse button.

        Args:
            naming: Names the head at the pointer; None if there is none.
        """
        menu = QMenu(self._window)
        menu.installEventFilter(self)
        self._refresh()
        if naming is not None:
            menu.addAction("Name this head…").triggered.connect(lambda checked=False: naming())
            menu.addSeparator()
        for group in _CONTEXT:
            menu.addActions([action for binding, action in self._entries if binding.action in group])
            menu.addSeparator()
        menu.addActions(self._exports)
        menu.setToolTipsVisible(True)
        menu.addSeparator()
        menu.addActions([self._open_files, self._open_folder, self._open_address])
        return menu

    def _entry(self, binding: Binding, run: Callable[[Binding], None]) -> QAction:
        # Qt shows the part after the tab as the shortcut; the window itself handles the keys.
        action = QAction(f"{binding.title}\t{binding.shown}", self)
        action.triggered.connect(lambda checked=False: run(binding))
        action.setCheckable(binding.is_toggle)
        return action

    def _refresh(self) -> None:
        """Check the toggles that are on, and disable what needs a source if there is none."""
        has_source = self._has_source()
        for binding, action in self._entries:
            action.setEnabled(has_source or binding.action in _ALWAYS)
            if binding.is_toggle:
                action.setChecked(self._is_on(binding))


def _fill_recent(menu: QMenu, picker: SourcePicker) -> None:
    sources = picker.recent()
    menu.clear()
    menu.setToolTipsVisible(True)
    for source, name in zip(sources, shown_names(sources), strict=True):
        action = menu.addAction(button_text(name))
        action.setToolTip(rich_text(source))
        action.triggered.connect(lambda checked=False, source=source: picker.play_instead(source))
    if sources:
        menu.addSeparator()
        clear = menu.addAction("&Clear list")
        clear.setToolTip(CLEAR_TOOLTIP)
        clear.triggered.connect(lambda: picker.clear_recent())
    else:
        menu.addAction("No recent files").setEnabled(False)
