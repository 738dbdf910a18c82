"""The menu: the keys of the player for those who look for words, and files to open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from simpsons_play.window.keys import BINDINGS, Binding


def fill_menu(
    bar: QMenuBar,
    *,
    act: Callable[[Binding], None],
    open_dialog: Callable[[], None],
    open_path: Callable[[Path], None],
    recent: Callable[[], Sequence[Path]],
) -> None:
    """Fill a menu bar from the table of keys.

    Args:
        bar: to be filled; takes the colours of the window.
        act: does what a binding says.
        open_dialog: asks for a file.
        open_path: plays a file.
        recent: files that were played last, the newest first; asked whenever the menu opens.
    """
    file = bar.addMenu("&File")
    opening = QAction("&Open …", file)
    opening.setShortcut(QKeySequence.StandardKey.Open)
    opening.triggered.connect(lambda: open_dialog())
    file.addAction(opening)
    again = file.addMenu("Open &recent")
    again.aboutToShow.connect(lambda: _fill_recent(again, recent(), open_path))
    file.addSeparator()
    menus = {"File": file}
    for binding in BINDINGS:
        if binding.menu not in menus:
            menus[binding.menu] = bar.addMenu(f"&{binding.menu}")
        words = binding.words[0].upper() + binding.words[1:]
        # What follows a tab is shown as the key; the window itself listens to the keys.
        action = menus[binding.menu].addAction(f"{words}\t{binding.shown}")
        action.triggered.connect(lambda checked=False, binding=binding: act(binding))


def _fill_recent(menu: QMenu, paths: Sequence[Path], open_path: Callable[[Path], None]) -> None:
    menu.clear()
    for path in paths:
        action = menu.addAction(path.name)
        action.setToolTip(str(path))
        action.triggered.connect(lambda checked=False, path=path: open_path(path))
    if not paths:
        menu.addAction("nothing was played yet").setEnabled(False)
