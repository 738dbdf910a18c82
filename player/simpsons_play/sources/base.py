"""What all sources have in common."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from types import TracebackType

from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.sources.time_range import Range

LIVE_TIME_BASE = Fraction(1, 90_000)
"""Seconds per tick of live sources, the clock of MPEG: fine enough, and supported by every container."""
_CLOSE_S = 0.1
"""How long closing waits for another thread to finish reading, in seconds."""


class BaseSource:
    """Base class of sources; a `Source` adds `__enter__`, `_frames` and `_close`.

    Args:
        start_s: first time wanted, in seconds from the start of the source.
        duration_s: length wanted, in seconds; None for the rest.

    Raises:
        ValueError: `start_s` is negative or `duration_s` is not positive.
    """

    _opens_quickly = True

    def __init__(self, start_s: float, duration_s: float | None) -> None:
        self._range = Range(start_s, duration_s)
        self._info: SourceInfo | None = None
        self._warnings: list[str] = []
        self._reading = threading.Lock()

    @property
    def info(self) -> SourceInfo:
        """What is known about the source before its first frame is read; available once it is entered."""
        if self._info is None:
            raise RuntimeError("enter the source before reading its info")
        return self._info

    @property
    def warnings(self) -> list[str]:
        """One line for each problem the user should know about; grows while the source is read."""
        return self._warnings

    @property
    def opens_quickly(self) -> bool:
        """Whether entering it waits neither for a device nor for the network."""
        return self._opens_quickly

    def defer_images(self) -> None:
        """Convert images on first access, if the source supports it; call it before entering."""

    def interrupt(self) -> None:
        """Make a blocked reader in another thread return soon. Reading a file never blocks for long."""

    def __iter__(self) -> Iterator[Frame]:
        frames = self._frames()
        while True:
            with self._reading:
                frame = next(frames, None)
            if frame is None:
                return
            yield frame

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.interrupt()
        # Closing during a read in another thread would crash; if that read hangs, the source stays open.
        if self._reading.acquire(timeout=_CLOSE_S):
            try:
                self._close()
            finally:
                self._reading.release()

    def _frames(self) -> Iterator[Frame]:
        """The frames; called once the source is entered."""
        raise NotImplementedError

    def _close(self) -> None:
        """Release what entering acquired; may be called twice."""
        raise NotImplementedError
