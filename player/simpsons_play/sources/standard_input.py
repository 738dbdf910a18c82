"""Videos from pipes: standard input, named pipes and process substitution of a shell."""

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
from simpsons_play.sources.access import NO_FILES, check_file
from simpsons_play.sources.demux import Demuxer
from simpsons_play.sources.opening import reason_for
from simpsons_play.sources.video import VideoFile

_NAME = "standard input"
_POLL_S = 0.1
_DESCRIPTOR = re.compile(r"/dev/fd/(\d{1,9})|/proc/self/fd/(\d{1,9})|/dev/std(in)")


def is_pipe(name: str) -> bool:
    """Whether a path leads to a pipe or device, which can only be read once, from its start."""
    try:
        mode = os.stat(name).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


class PipedVideo(VideoFile):
    """The frames of a video from a pipe: a `Source`.

    It is read once, from its start; it cannot be sought, and its length is unknown. No frame is lost, however
    slowly they are read. Entering blocks until data arrive.

    Args:
        name: path of a named pipe or device, or a name for `descriptor`.
        start_s: must be 0.
        duration_s: length wanted, in seconds; None for the rest.
        deinterlace: deinterlace frames that are flagged as interlaced.
        descriptor: file descriptor to read from, which stays open; None opens `name`.

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
            raise SourceError(f"{name} can only be read from its beginning; omit the start")
        self._descriptor = descriptor
        self._pipe = _Pipe()

    def interrupt(self) -> None:
        """Make a blocked reader in another thread return soon."""
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
                f"{self._name} is a terminal; pipe a video into it: cat film.mkv | simpsons-play -"
            )
        try:
            container = av.open(self._pipe, mode="r", metadata_errors="replace", options=NO_FILES)
        except Exception as error:  # parsers of dozens of formats raise nearly anything
            if not self._pipe.bytes_read:
                raise SourceError(f"{self._name} is empty; pipe a video into it") from error
            raise SourceError(
                f"{self._name} is not a video format ffmpeg can read from a pipe ({reason_for(error)})"
            ) from error
        return Demuxer(self._name, container=container)


class StandardInput(PipedVideo):
    """The frames of a video from standard input: a `Source`, see `PipedVideo`."""

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
    """A file object for PyAV: bytes as they arrive, and the end of the file once it is stopped."""

    def __init__(self) -> None:
        self.bytes_read, self.interrupted = 0, False
        self._descriptor, self._owns_descriptor = -1, False
        self._stopped = threading.Event()

    @property
    def is_terminal(self) -> bool:
        return os.isatty(self._descriptor)

    def open(self, name: str, descriptor: int | None) -> None:
        """Read from a descriptor, or open a path; a named pipe needs no writer yet.

        Raises:
            SourceError: it cannot be opened.
        """
        if descriptor is None:
            match = _DESCRIPTOR.fullmatch(name)
            descriptor = None if match is None else int(match[1] or match[2] or 0)
        if descriptor is not None:
            self._descriptor = descriptor
            return
        check_file(name)
        try:
            self._descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            self._owns_descriptor = True
        except OSError as error:
            raise SourceError(f"{name} cannot be opened: {clause_of(error)}") from error

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        if self._owns_descriptor:
            os.close(self._descriptor)
            self._owns_descriptor = False

    def read(self, size: int) -> bytes:
        try:
            content = self._read(size)
        except KeyboardInterrupt:  # it cannot pass through ffmpeg's C code
            self.interrupted, content = True, b""
            self.stop()
        self.bytes_read += len(content)
        return content

    def _read(self, size: int) -> bytes:
        while not self._stopped.is_set():
            # Windows can only wait for sockets.
            if sys.platform == "win32" or select.select([self._descriptor], [], [], _POLL_S)[0]:
                try:
                    return os.read(self._descriptor, size)
                except BlockingIOError:  # another process read the data
                    continue
        return b""
