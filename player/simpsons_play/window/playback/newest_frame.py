"""Hands frames from the reader's thread to the window's. Does not depend on Qt."""

from __future__ import annotations

import threading

from simpsons_play.core.frames import Frame


class NewestFrame:
    """Holds the newest frame until the window takes it; newer frames replace it.

    Attributes:
        dropped: Number of frames that were replaced by others of the same seek.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: tuple[Frame, int] | None = None
        self.dropped = 0

    def put(self, frame: Frame, number: int) -> bool:
        """Store a frame with its seek number; returns whether the window has to be notified."""
        with self._lock:
            before, self._newest = self._newest, (frame, number)
            self.dropped += before is not None and before[1] == number
            return before is None

    def take(self) -> tuple[Frame, int] | None:
        """Remove and return the frame with its seek number."""
        with self._lock:
            newest, self._newest = self._newest, None
            return newest
