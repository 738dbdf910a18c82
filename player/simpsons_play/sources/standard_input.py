"""A video that comes through a pipe: standard input, a named pipe, or what a shell puts in its place."""

from __future__ import annotations

import os
import re
import select
import stat
import sys
import threading
from collections.abc import Iterator

import av

from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Frame
from simpsons_play.sources.access import NOTHING, check_file
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.video import VideoFile

_NAME = "standard input"
_LOOK_S = 0.1
_DESCRIPTOR = re.compile(r"/dev/fd/(\d{1,9})|/proc/self/fd/(\d{1,9})|/dev/std(in)")


def is_pipe(name: str) -> bool:
    """Whether a path leads to a pipe or device, which is read once and from its beginning."""
    try:
        mode = os.stat(name).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


class PipedVideo(VideoFile):
    """The frames of a video that comes through a pipe: a `Source`.

    It is read once, from its beginning: it cannot be sought, and nobody knows how long it lasts. No frame is
    lost, however slowly they are taken. Whoever enters it waits until something is sent.

    Args:
        name: of a named pipe or a device, or what `descriptor` is called.
        start_s: only 0 makes sense.
        duration_s: how much of it, in seconds; None for all.
        descriptor: to read from; None opens `name`. It stays open.

    Raises:
        SourceError: `start_s` is not 0.
        ValueError: `start_s` is negative or `duration_s` is not positive.
    """

    _one_pass = True
    _opens_quickly = False

    def __init__(
        self,
        name: str,
        *,
        start_s: float = 0.0,
        duration_s: float | None = None,
        deinterlace: bool = True,
        descriptor: int | None = None,
    ) -> None:
        super().__init__(name, start_s=start_s, duration_s=duration_s, deinterlace=deinterlace)
        if start_s:
            raise SourceError(f"{name} can only be read from its beginning; give no start")
        self._descriptor = descriptor
        self._pipe = _Pipe()

    def interrupt(self) -> None:
        """Let whoever waits for the pipe come back soon; from another thread."""
        self._pipe.stop()

    def _close(self) -> None:
        super()._close()
        self._pipe.close()

    def _frames(self) -> Iterator[Frame]:
        yield from super()._frames()
        if self._pipe.interrupted:
            raise KeyboardInterrupt

    def _open_media(self) -> Demuxer:
        self._pipe.open(self._name, self._descriptor)
        try:
            return self._open_pipe()
        except BaseException:
            self._pipe.close()
            raise

    def _open_pipe(self) -> Demuxer:
        if self._pipe.is_terminal:
            raise SourceError(
                f"{self._name} is a terminal; send a video into it: cat film.mkv | simpsons-play -"
            )
        try:
            container = av.open(self._pipe, mode="r", metadata_errors="replace", options=NOTHING)
        except Exception as error:  # parsers of dozens of formats raise what they like
            if not self._pipe.taken:
                raise SourceError(f"{self._name} is empty; send a video into it") from error
            reason = getattr(error, "strerror", None) or str(error)
            raise SourceError(
                f"{self._name} is no video that ffmpeg can read from a pipe ({reason})"
            ) from error
        return Demuxer(self._name, container=container)


class StandardInput(PipedVideo):
    """The frames of a video on standard input, see `PipedVideo`."""

    def __init__(
        self,
        *,
        start_s: float = 0.0,
        duration_s: float | None = None,
        deinterlace: bool = True,
        descriptor: int = 0,
    ) -> None:
        super().__init__(
            _NAME, start_s=start_s, duration_s=duration_s, deinterlace=deinterlace, descriptor=descriptor
        )


class _Pipe:
    """What PyAV reads from: bytes as they come; nothing more once it was stopped."""

    def __init__(self) -> None:
        self.taken, self.interrupted = 0, False
        self._descriptor, self._own = -1, False
        self._stopped = threading.Event()

    @property
    def is_terminal(self) -> bool:
        return os.isatty(self._descriptor)

    def open(self, name: str, descriptor: int | None) -> None:
        """Read from a descriptor, or from what is called so; nobody need write into that yet.

        Raises:
            SourceError: it cannot be opened.
        """
        if descriptor is None:
            named = _DESCRIPTOR.fullmatch(name)
            descriptor = None if named is None else int(named[1] or named[2] or 0)
        if descriptor is not None:
            self._descriptor = descriptor
            return
        check_file(name)
        try:
            self._descriptor, self._own = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), True
        except OSError as error:
            raise SourceError(f"{name} cannot be opened: {clause_of(error)}") from error

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        if self._own:
            os.close(self._descriptor)
            self._own = False

    def read(self, size: int) -> bytes:
        try:
            content = self._read(size)
        except KeyboardInterrupt:  # ffmpeg's C code stands between this and whoever should know
            self.interrupted, content = True, b""
            self.stop()
        self.taken += len(content)
        return content

    def _read(self, size: int) -> bytes:
        while not self._stopped.is_set():
            # On Windows only sockets can be waited for.
            if sys.platform == "win32" or select.select([self._descriptor], [], [], _LOOK_S)[0]:
                try:
                    return os.read(self._descriptor, size)
                except BlockingIOError:  # somebody else reads as well
                    continue
        return b""
