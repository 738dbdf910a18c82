"""Fetches the pictures of the preview above the seek bar and the lanes."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from simpsons_play.window.playback.previews import Previews
from simpsons_play.window.widgets.layout import Layout


class PreviewFeed(QObject):
    """Shows a picture of the time at the pointer.

    Args:
        layout: Contains the preview.
        parent: Qt parent.
    """

    def __init__(self, layout: Layout, parent: QObject) -> None:
        super().__init__(parent)
        self._layout = layout
        self._previews: Previews | None = None
        layout.preview_requested.connect(self._on_requested)

    def read_from(self, previews: Previews | None) -> None:
        """Take ownership of what reads the pictures; None shows none."""
        if self._previews is not None:
            self._previews.stop()
            self._previews.deleteLater()
        self._previews = previews
        self._layout.preview.clear()
        if previews is not None:
            previews.setParent(self)
            previews.ready.connect(self._on_ready)

    def _on_requested(self, time_s: float) -> None:
        if self._previews is not None:
            preview = self._layout.preview
            self._previews.request(time_s, preview.picture_size() * preview.devicePixelRatioF())

    def _on_ready(self, time_s: float, image: QImage) -> None:
        self._layout.preview.show_image(image)
