"""Text files that grow line by line; a line is in them whole or not at all."""

from __future__ import annotations

import select
from contextlib import suppress
from io import FileIO
from pathlib import Path

from simpsons_play.sinks.partial import PartialFile


class LineFile:
    """A text file that is being written, under another name until it is closed.

    Args:
        path: the final name; replaced if it exists.
    """

    def __init__(self, path: Path) -> None:
        self._partial = PartialFile(path)
        self._file: FileIO | None = None
        self._size = 0

    @property
    def is_open(self) -> bool:
        """Whether lines may be added."""
        return self._file is not None

    def open(self, first: str) -> None:
        """Make the file, with its first line.

        Raises:
            SinkError: it cannot be written; nothing is left of it then.
        """
        self._partial.create()
        try:
            self._file = self._partial.open()
        except OSError as error:
            raise self._partial.error(error) from error
        try:
            self.add(first)
        except BaseException:
            self.discard()
            raise

    def add(self, line: str) -> None:
        """Add a line, which ends with its line break.

        Raises:
            SinkError: it cannot be written.
            BrokenPipeError: it is a pipe that nobody reads any more.
        """
        if self._file is None:
            raise RuntimeError("enter the sink before writing to it")
        data = line.encode("utf-8")
        try:
            done = 0
            while done < len(data):
                taken = self._file.write(data[done:])
                if taken is None:  # a pipe that does not wait, and is full
                    select.select([], [self._file], [])
                done += taken or 0
        except BrokenPipeError:
            raise  # whoever read it has seen enough
        except OSError as error:
            if not self._partial.is_direct:  # half a line would spoil the file
                with suppress(OSError):
                    self._file.seek(self._size)
                    self._file.truncate()
            raise self._partial.error(error) from error
        self._size += len(data)

    def close(self, *, complete: bool) -> None:
        """Close it and give it its name: see `PartialFile.commit`.

        Raises:
            SinkError: it is complete and cannot be renamed.
        """
        self._close()
        self._partial.commit(complete=complete)

    def discard(self) -> None:
        """Close it and leave nothing of it."""
        self._close()
        self._partial.discard()

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # nothing is held back: each line has been written or reported
                self._file.close()
            self._file = None
