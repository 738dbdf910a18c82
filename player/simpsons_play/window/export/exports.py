"""The exports of a window: started from its menu, shown in its corner, and not lost when it closes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from simpsons_play.window.export.boxes import ExportBoxes
from simpsons_play.window.export.dialog import ExportDialog
from simpsons_play.window.export.ports import Exporter, ExportKind, NoExporter
from simpsons_play.window.playback.transport import Transport

_NOTHING_OPEN = NoExporter("Open a video first.")


class Exports(QObject):
    """Exports the current source, and goes on when it changes.

    Args:
        boxes: Show the progress.
        transport: Paused while a dialog is open.
        followed: Returns the label of the character that is followed, None for all, and whether only that one
            is shown.
        window: Parent of the dialogs.

    Attributes:
        changed: Signal(): Another source can be exported now, or none.
    """

    changed = Signal()

    def __init__(
        self,
        boxes: ExportBoxes,
        transport: Transport,
        *,
        followed: Callable[[], tuple[str | None, bool]],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._followed = followed
        self._boxes, self._transport, self._window = boxes, transport, window
        self._exporter: Exporter = _NOTHING_OPEN
        self._folder: Path | None = None

    @property
    def unavailable(self) -> str:
        """Why nothing can be exported now, as a sentence; empty if something can be."""
        return self._exporter.unavailable

    def set_exporter(self, exporter: Exporter | None) -> None:
        """Export another source from now on; None if there is none."""
        self._exporter = exporter or _NOTHING_OPEN
        self.changed.emit()

    def open_dialog(self, kind: ExportKind) -> None:
        """Ask how to export the current source, and start."""
        if self.unavailable:
            return
        label, only = self._followed()
        dialog = ExportDialog(
            kind, self._exporter, folder=self._folder, followed=label, only=only, parent=self._window
        )
        with self._transport.paused():
            dialog.exec()
        dialog.deleteLater()
        if dialog.job is not None:
            self._folder = dialog.job.path.parent
            self._boxes.add(dialog.job)

    def running(self) -> tuple[Path, ...]:
        """What is being exported."""
        return self._boxes.running()

    def cancel(self) -> None:
        """Cancel all exports that run."""
        self._boxes.cancel()

    def may_close(self) -> bool:
        """Ask the user if exports run and would be cancelled; returns whether the window may close."""
        running = self._boxes.running()
        if not running:
            return True
        names, several = ", ".join(path.name for path in running), len(running) > 1
        box = QMessageBox(
            QMessageBox.Icon.Question,
            "An export is running",
            f"{names} {'are' if several else 'is'} being exported. If you close the window, "
            f"{'these exports are' if several else 'the export is'} cancelled.",
            parent=self._window,
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        keep = box.addButton("&Keep the window open", QMessageBox.ButtonRole.RejectRole)
        close = box.addButton("&Cancel and close", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)

        def close_if_done() -> None:
            if not self._boxes.running():
                box.done(0)

        self._boxes.ended.connect(close_if_done)
        box.exec()
        self._boxes.ended.disconnect(close_if_done)
        box.deleteLater()
        return box.clickedButton() is close or not self._boxes.running()
