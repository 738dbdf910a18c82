"""The exports of a window: boxes in the lower right corner of the picture."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from simpsons_play.window.export.box import ExportBox
from simpsons_play.window.export.ports import ExportJob

_POLL_MS = 200
_EDGE_PX = 10


class ExportBoxes(QWidget):
    """The boxes of all exports, one above the other; Alt and a letter press the buttons of the newest.

    Args:
        picture: The widget in whose corner they are; a sibling.
        controls: A sibling that may lie over the bottom of the picture; the boxes stay above it.
        parent: Parent of all of them.

    Attributes:
        ended: Signal(): An export has ended.
    """

    ended = Signal()

    def __init__(self, picture: QWidget, controls: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture, self._controls, self._container = picture, controls, parent
        self._boxes: list[ExportBox] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self._poll)
        for widget in (picture, controls, parent):
            widget.installEventFilter(self)
        self.hide()

    def add(self, job: ExportJob) -> None:
        """Show an export until it is cancelled, or has ended and its box is closed."""
        box = ExportBox(job, self)
        box.closed.connect(lambda: self._remove(box))
        box.grown.connect(self._place)
        box.focus_returned.connect(self._container.setFocus)
        self._boxes.append(box)
        self._layout.addWidget(box)
        box.set_font_for(self._container.height())
        box.show()
        self._share_mnemonics()
        self._timer.start()
        self.show()
        self._place()

    @property
    def boxes(self) -> tuple[ExportBox, ...]:
        """The boxes that are shown, oldest first."""
        return tuple(self._boxes)

    def focusable(self) -> list[QWidget]:
        """The widgets that Tab goes through, in order."""
        return [button for box in self._boxes for button in box.buttons if button.isVisible()]

    def running(self) -> tuple[Path, ...]:
        """What is being exported."""
        return tuple(box.job.path for box in self._boxes if box.running)

    def cancel(self) -> None:
        """Cancel all exports."""
        for box in self._boxes:
            box.cancel()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner of the picture."""
        kinds = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
        if watched is self._container and event.type() == QEvent.Type.Resize:
            for box in self._boxes:
                box.set_font_for(self._container.height())
        if self._boxes and event.type() in kinds:
            QTimer.singleShot(0, self, self._place)  # when the others have their places
        return super().eventFilter(watched, event)

    def _poll(self) -> None:
        for box in self.boxes:
            had_ended = box.has_ended
            box.update_progress()
            if box.has_ended and not had_ended:
                self.ended.emit()
        if all(box.has_ended for box in self._boxes):
            self._timer.stop()
        self._place()

    def _remove(self, box: ExportBox) -> None:
        if box in self._boxes:
            self._boxes.remove(box)
            self._layout.removeWidget(box)
            if box.has_focus:  # Qt would move it to the next widget
                self._container.setFocus()
            box.hide()
            box.deleteLater()
            self._share_mnemonics()
        self.setVisible(bool(self._boxes))
        self._place()

    def _share_mnemonics(self) -> None:
        """Let Alt and a letter act on the newest box: with several, Qt would only move the focus."""
        for box in self._boxes:
            box.set_mnemonics(enabled=box is self._boxes[-1])

    def _place(self) -> None:
        picture, size = self._picture.geometry(), QSize(0, 0)
        for box in self._boxes:
            height = box.heightForWidth(box.width()) if box.hasHeightForWidth() else box.sizeHint().height()
            spacing = self._layout.spacing() if size.height() else 0
            size = QSize(max(size.width(), box.width()), size.height() + spacing + height)
        bottom = picture.y() + picture.height()
        if self._controls.isVisible():
            bottom = min(bottom, self._controls.y())
        left = picture.x() + picture.width() - size.width() - _EDGE_PX
        self.setGeometry(max(0, left), max(0, bottom - size.height() - _EDGE_PX), size.width(), size.height())
        self.raise_()
