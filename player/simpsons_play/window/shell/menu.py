"""The menu bar: all key bindings, and what can be opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from simpsons_play.core.escaping import button_text, rich_text
from simpsons_play.window.shell.source_picker import SourcePicker
from simpsons_play.window.widgets.keys import BINDINGS, Binding


def fill_menu(
    bar: QMenuBar,
    *,
    run: Callable[[Binding], None],
    is_on: Callable[[Binding], bool],
    picker: SourcePicker,
) -> None:
    """Fill the menu bar from the key bindings.

    Args:
        bar: The menu bar to fill.
        run: Runs the action of a binding.
        is_on: Whether the toggle of a binding is on; called whenever its menu opens.
        picker: Opens files and addresses.
    """
    file = bar.addMenu("&File")
    open_files = QAction("&Open…", file)
    open_files.setShortcut(QKeySequence.StandardKey.Open)
    open_files.triggered.connect(lambda: picker.open_dialog())
    file.addAction(open_files)
    open_address = QAction("Open &address…", file)
    open_address.setShortcut(QKeySequence("Ctrl+U"))
    open_address.triggered.connect(lambda: picker.open_address())
    file.addAction(open_address)
    file.addAction("Open &sample").triggered.connect(lambda: picker.open_sample())
    recent = file.addMenu("Open &recent")
    recent.aboutToShow.connect(lambda: _fill_recent(recent, picker.recent(), picker.play_instead))
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
        text = binding.description[0].upper() + binding.description[1:]
        # Qt shows the part after the tab as the shortcut; the window itself handles the keys.
        action = menu.addAction(f"{text}\t{binding.shown}")
        action.triggered.connect(lambda checked=False, binding=binding: run(binding))
        if binding.is_toggle:
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
        menu.addAction("no recent files").setEnabled(False)


def _name(source: str) -> str:
    return source if "://" in source else Path(source).name
