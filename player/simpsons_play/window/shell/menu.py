"""The menu: the keys of the player for those who look for words, and files to open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from simpsons_play.core.escaping import button_text, rich_text
from simpsons_play.window.widgets.keys import BINDINGS, Binding


def fill_menu(
    bar: QMenuBar,
    *,
    act: Callable[[Binding], None],
    is_on: Callable[[Binding], bool],
    open_dialog: Callable[[], None],
    open_address: Callable[[], None],
    open_source: Callable[[str], None],
    recent: Callable[[], Sequence[str]],
) -> None:
    """Fill a menu bar from the table of keys.

    Args:
        bar: to be filled; takes the colours of the window.
        act: does what a binding says.
        is_on: whether what a switch turns on and off is on; asked whenever the menu opens.
        open_dialog: asks for files.
        open_address: asks for an address.
        open_source: plays a file, a folder or an address.
        recent: what was played last, the newest first; asked whenever the menu opens.
    """
    file = bar.addMenu("&File")
    source_picker = QAction("&Open…", file)
    source_picker.setShortcut(QKeySequence.StandardKey.Open)
    source_picker.triggered.connect(lambda: open_dialog())
    file.addAction(source_picker)
    address = QAction("Open &address…", file)
    address.setShortcut(QKeySequence("Ctrl+U"))
    address.triggered.connect(lambda: open_address())
    file.addAction(address)
    again = file.addMenu("Open &recent")
    again.aboutToShow.connect(lambda: _fill_recent(again, recent(), open_source))
    file.addSeparator()
    menus = {"File": file}
    last: Binding | None = None
    for binding in BINDINGS:
        if binding.menu not in menus:
            menus[binding.menu] = bar.addMenu(f"&{binding.menu}")
        menu = menus[binding.menu]
        if last is not None and last.menu == binding.menu and last.group != binding.group:
            menu.addSeparator()
        last = binding
        words = binding.words[0].upper() + binding.words[1:]
        # What follows a tab is shown as the key; the window itself listens to the keys.
        action = menu.addAction(f"{words}\t{binding.shown}")
        action.triggered.connect(lambda checked=False, binding=binding: act(binding))
        if binding.is_switch:
            action.setCheckable(True)
            menu.aboutToShow.connect(lambda action=action, binding=binding: action.setChecked(is_on(binding)))


def _fill_recent(menu: QMenu, sources: Sequence[str], open_source: Callable[[str], None]) -> None:
    menu.clear()
    menu.setToolTipsVisible(True)
    names = Counter(_name(source) for source in sources)
    for source in sources:
        name = _name(source)
        action = menu.addAction(button_text(source if names[name] > 1 else name))
        action.setToolTip(rich_text(source))
        action.triggered.connect(lambda checked=False, source=source: open_source(source))
    if not sources:
        menu.addAction("nothing played yet").setEnabled(False)


def _name(source: str) -> str:
    return source if "://" in source else Path(source).name
