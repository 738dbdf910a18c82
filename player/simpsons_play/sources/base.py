"""What all sources have in common."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import TracebackType

from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.sources.time_range import Range

_CLOSE_S = 0.1
"""So long closing waits for another thread to come back from reading."""


class BaseSource:
    """Keeps what a source knows of itself; a `Source` adds entering, `_frames` and `_close`.

    Args:
        start_s: first moment to give, in seconds from the start of the source.
        duration_s: how much of it, in seconds; None for all.

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
        """What is known before the first frame is read; once entered."""
        if self._info is None:
            raise RuntimeError("enter the source before asking what it holds")
        return self._info

    @property
    def warnings(self) -> list[str]:
        """One line for each thing the user should know; grows while reading."""
        return self._warnings

    @property
    def opens_quickly(self) -> bool:
        """Whether entering it waits neither for a device nor for the network."""
        return self._opens_quickly

    def defer_images(self) -> None:
        """Convert images only when they are asked for, where the source can; before it is entered."""

    def interrupt(self) -> None:
        """Make whoever reads it return soon; called from another thread. Files return soon anyway."""

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
        # To close what another thread is reading would crash: where that hangs, it stays open.
        if self._reading.acquire(timeout=_CLOSE_S):
            try:
                self._close()
            finally:
                self._reading.release()

    def _frames(self) -> Iterator[Frame]:
        """Its frames, once it is entered."""
        raise NotImplementedError

    def _close(self) -> None:
        """Gives back what entering took; may be called twice."""
        raise NotImplementedError
