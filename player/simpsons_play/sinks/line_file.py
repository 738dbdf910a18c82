"""Text files that grow line by line and never contain an incomplete line."""

from __future__ import annotations

import select
from contextlib import suppress
from io import FileIO
from pathlib import Path

from simpsons_play.sinks.partial import PartialFile


class LineFile:
    """A text file that is written line by line, under a temporary name until it is closed.

    Args:
        path: the final name; replaced if it exists.
    """

    def __init__(self, path: Path) -> None:
        self._partial = PartialFile(path)
        self._file: FileIO | None = None
        self._size = 0

    @property
    def is_open(self) -> bool:
        """Whether lines can be appended."""
        return self._file is not None

    def create(self, first_line: str) -> None:
        """Create the file with its first line.

        Raises:
            SinkError: it cannot be written; no file is left then.
        """
        self._partial.create()
        try:
            self._file = self._partial.open()
        except OSError as error:
            raise self._partial.error(error) from error
        try:
            self.append(first_line)
        except BaseException:
            self.discard()
            raise

    def append(self, line: str) -> None:
        """Append a line, given with its line break; it is written immediately.

        Raises:
            SinkError: it cannot be written; an incomplete line is removed from the file.
            BrokenPipeError: the file is a pipe whose reader has closed it.
        """
        if self._file is None:
            raise RuntimeError("enter the sink before writing to it")
        data = line.encode("utf-8")
        try:
            done = 0
            while done < len(data):
                written = self._file.write(data[done:])
                if written is None:  # a full pipe in non-blocking mode
                    select.select([], [self._file], [])
                done += written or 0
        except BrokenPipeError:
            raise  # not an error of this program
        except OSError as error:
            if not self._partial.is_direct:
                with suppress(OSError):
                    self._file.seek(self._size)
                    self._file.truncate()
            raise self._partial.error(error) from error
        self._size += len(data)

    def close(self, *, complete: bool) -> None:
        """Close the file and rename it; see `PartialFile.commit`.

        Raises:
            SinkError: it is complete and cannot be renamed.
        """
        self._close()
        self._partial.commit(complete=complete)

    def discard(self) -> None:
        """Close and remove the file."""
        self._close()
        self._partial.discard()

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # nothing is buffered: each line has been written or reported
                self._file.close()
            self._file = None
