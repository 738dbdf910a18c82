"""Loads the pictures of recent sources in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from simpsons_play.window.playback.scaling import to_qt
from simpsons_play.window.shell.recent_pictures import RecentPictures, picture_of_file


class PictureLoader(QObject):
    """Loads stored pictures first, and then makes those that are missing from the files themselves.

    It has no Qt parent: its thread may need it for a moment after the window is gone.

    Args:
        pictures: The stored pictures.

    Attributes:
        loaded: Signal(str, QImage): The picture of this source.
    """

    loaded = Signal(str, QImage)

    def __init__(self, pictures: RecentPictures) -> None:
        super().__init__()
        self._pictures = pictures
        self._stopped = threading.Event()

    def start(self, sources: Sequence[str]) -> None:
        """Load the pictures of these sources; `loaded` is emitted for each."""
        threading.Thread(target=self._load, args=(tuple(sources),), name="pictures", daemon=True).start()

    def stop(self) -> None:
        """Load no more pictures. Does not wait for the one that is being loaded."""
        self._stopped.set()

    def _load(self, sources: Sequence[str]) -> None:
        missing = []
        for source in sources:
            image = None if self._stopped.is_set() else self._pictures.load(source)
            if image is not None:
                self.loaded.emit(source, to_qt(image))
            elif "://" not in source:
                missing.append(source)
        for source in missing:
            if self._stopped.is_set():
                return
            image = picture_of_file(source)
            if image is not None and not self._stopped.is_set():
                self._pictures.store(source, image)
                self.loaded.emit(source, to_qt(image))
