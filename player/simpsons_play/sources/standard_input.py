"""A video that comes through a pipe."""

from __future__ import annotations

import os
import select
import sys
import threading
from pathlib import Path
from typing import Self

import av

from simpsons_play.errors import SourceError
from simpsons_play.sources.access import NOTHING
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.video import VideoFile

_NAME = "standard input"
_LOOK_S = 0.1


class StandardInput(VideoFile):
    """The frames of a video on standard input: a `Source`.

    It is read once, from its beginning: it cannot be sought, and nobody knows how long it lasts. No frame is
    lost, however slowly they are taken.

    Args:
        start_s: only 0 makes sense.
        duration_s: how much of it, in seconds; None for all.
        descriptor: to read from.

    Raises:
        SourceError: `start_s` is not 0.
        ValueError: `start_s` is negative or `duration_s` is not positive.
    """

    _one_pass = True

    def __init__(self, *, start_s: float = 0.0, duration_s: float | None = None, descriptor: int = 0) -> None:
        super().__init__(_NAME, start_s=start_s, duration_s=duration_s)
        if start_s:
            raise SourceError(f"{_NAME} can only be read from its beginning; give no start")
        self._pipe = _Pipe(descriptor)

    @property
    def path(self) -> Path | None:
        """None: there is no file."""
        return None

    def __enter__(self) -> Self:
        try:
            super().__enter__()
        except SourceError:
            if not self._pipe.interrupted:
                raise
        if self._pipe.interrupted:
            self._close()
            raise KeyboardInterrupt
        return self

    def interrupt(self) -> None:
        """Let whoever waits for the pipe come back soon; from another thread."""
        self._pipe.stop()

    def _open_media(self) -> Demuxer:
        if os.isatty(self._pipe.descriptor):
            raise SourceError(f"{_NAME} is a terminal; send a video into it: cat film.mkv | simpsons-play -")
        try:
            container = av.open(self._pipe, mode="r", metadata_errors="replace", options=NOTHING)
        except Exception as error:  # parsers of dozens of formats raise what they like
            if not self._pipe.taken:
                raise SourceError(f"{_NAME} is empty; send a video into it") from error
            reason = getattr(error, "strerror", None) or str(error)
            raise SourceError(f"{_NAME} is no video that ffmpeg can read from a pipe ({reason})") from error
        return Demuxer(_NAME, container=container)


class _Pipe:
    """What PyAV reads from: bytes as they come; nothing more once it was stopped."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor, self.taken, self.interrupted = descriptor, 0, False
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()

    def read(self, size: int) -> bytes:
        try:
            content = self._read(size)
        except KeyboardInterrupt:  # ffmpeg's C code stands between this and whoever should know
            self.interrupted, content = True, b""
            self.stop()
        self.taken += len(content)
        return content

    def _read(self, size: int) -> bytes:
        if sys.platform != "win32":  # there only sockets can be waited for
            while not self._stopped.is_set() and not select.select([self.descriptor], [], [], _LOOK_S)[0]:
                pass
        return b"" if self._stopped.is_set() else os.read(self.descriptor, size)
