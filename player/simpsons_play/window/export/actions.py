"""The menu entries for exports; every menu shows the same ones."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence

from simpsons_play.core.escaping import rich_text
from simpsons_play.window.export.exports import Exports
from simpsons_play.window.export.ports import ExportKind

_ENTRIES = (
    (ExportKind.VIDEO, "&Export video…", "Ctrl+E"),
    (ExportKind.SUBTITLES, "Export s&ubtitles…", ""),
    (ExportKind.TABLE, "Export &table…", ""),
    (ExportKind.REPORT, "Export re&port…", ""),
)


def export_actions(exports: Exports, parent: QObject) -> list[QAction]:
    """One action for each kind of export; disabled, with the reason as a tool tip, while it cannot be done.

    Args:
        exports: Opens the dialogs.
        parent: Qt parent.
    """
    actions = []
    for kind, text, key in _ENTRIES:
        action = QAction(text, parent)
        if key:
            action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda checked=False, kind=kind: exports.open_dialog(kind))
        actions.append(action)

    def refresh() -> None:
        for action in actions:
            action.setEnabled(not exports.unavailable)
            action.setToolTip(rich_text(exports.unavailable) if exports.unavailable else "")

    exports.changed.connect(refresh)
    refresh()
    return actions
