"""Saves the frame on screen: under the right name for training, or as a screenshot."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import FrameResult
from simpsons_play.window.playback.transport import Transport
from simpsons_play.window.shell.corrections import Corrections
from simpsons_play.window.shell.screenshot import save_screenshot
from simpsons_play.window.widgets.dialog_place import place_beside
from simpsons_play.window.widgets.layout import Layout
from simpsons_play.window.widgets.naming_dialog import NamingDialog, heads_of


class FrameSaver(QObject):
    """Saves frames of one source, and says where.

    Args:
        name: Name of the source, for file names.
        labels: The labels to choose the right name from.
        corrections: Saves pictures whose names were wrong.
        transport: Paused while a dialog is open.
        layout: Parent of the dialog.

    Attributes:
        message: Signal(str): One line to show to the user for a few seconds.
    """

    message = Signal(str)

    def __init__(
        self,
        name: str,
        labels: tuple[str, ...],
        corrections: Corrections,
        transport: Transport,
        layout: Layout,
    ) -> None:
        super().__init__()
        self._name, self._labels, self._corrections = name, labels, corrections
        self._transport, self._layout = transport, layout

    def correct(self, frame: Frame, result: FrameResult | None) -> None:
        """Ask for the right name of a head, and save the picture under that name for training.

        Args:
            frame: The frame on screen.
            result: Its result; None if it has none.
        """
        heads = heads_of(result)
        dialog = NamingDialog(heads, self._labels, self._layout)
        place_beside(dialog, self._layout.picture, [region.box for region, _ in heads if region.is_head])
        with self._transport.paused():
            accepted = dialog.exec()
        dialog.deleteLater()
        label = dialog.label
        if not accepted or label is None:
            return
        region = heads[dialog.head][0] if heads else None
        try:
            path = self._corrections.save(
                frame.image,
                label,
                head=region.box if region is not None and region.is_head else None,
                crop=region.box if region is not None and not region.is_head else None,
                others=[other.box for other, _ in heads if other is not region and other.is_head],
                source=self._name,
                time_s=frame.time_s,
            )
        except OSError as error:
            self._report(error)
            return
        self.message.emit(f"Saved for training: {path.absolute()}")

    def save_screenshot(self, image: Image, time_s: float) -> Path | None:
        """Save an image as a PNG in the current folder.

        Args:
            image: (H, W, 3) uint8 BGR.
            time_s: Time of the frame, in seconds.

        Returns:
            Path of the file; None if it cannot be written.
        """
        try:
            path = save_screenshot(image, name=self._name, time_s=time_s, folder=Path.cwd())
        except OSError as error:
            self._report(error)
            return None
        self.message.emit(f"Saved {path}")
        return path

    def _report(self, error: OSError) -> None:
        self.message.emit(f"Cannot save the picture: {clause_of(error)}")
