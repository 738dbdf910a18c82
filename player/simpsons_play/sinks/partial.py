"""Files that appear under their name only once they are complete: written beside it, renamed at the end."""

from __future__ import annotations

import os
from pathlib import Path

import av

from simpsons_play.errors import SinkError


def partial_name(path: Path) -> Path:
    """Where a file lies whose run was stopped: `out.partial.mp4` for `out.mp4`."""
    return path.with_name(f"{path.stem}.partial{path.suffix}")


class PartialFile:
    """The temporary name of a file that is being written.

    What was under the final name stays there until the new file replaces it in one step. What a run that was
    stopped leaves is valid and shorter, and named so (`partial_name`). Devices and pipes are written to
    directly: they cannot be replaced.

    Args:
        path: the final name.
        keep_suffix: `out.part.mp4` instead of `out.mp4.part`, for writers that choose a format by the ending.
    """

    def __init__(self, path: Path, *, keep_suffix: bool = False) -> None:
        self.path = path
        direct = path.exists() and not path.is_file()
        beside = path.with_name(f"{path.stem}.part{path.suffix}" if keep_suffix else f"{path.name}.part")
        self.part = path if direct else beside

    def create(self) -> None:
        """Makes the empty temporary file.

        Raises:
            SinkError: the folder is missing or may not be written to, or a folder has the name of the file.
        """
        if self.path.is_dir():
            raise SinkError(f"{self.path} is a folder; give the name of a file")
        if not self.path.parent.is_dir():
            raise SinkError(f"{self.path}: there is no folder {self.path.parent}; make it first")
        try:
            with open(self.part, "wb"):
                pass
        except OSError as error:
            raise self.error(error) from error

    def fill(self, text: str) -> None:
        """Write all of it at once, in UTF-8.

        Raises:
            SinkError: it does not fit on the disk.
        """
        try:
            self.part.write_text(text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise self.error(error) from error

    def commit(self, *, complete: bool) -> None:
        """Gives the file its final name, or that of one that is not complete.

        Args:
            complete: all is in it; else the run was stopped, and another error is on its way.

        Raises:
            SinkError: it is complete and cannot be renamed.
        """
        if self.part == self.path:
            return
        try:
            os.replace(self.part, self.path if complete else partial_name(self.path))
        except OSError as error:
            if complete:
                raise self.error(error) from error

    def discard(self) -> None:
        """Removes what has been written; what was under the final name before stays."""
        if self.part != self.path:
            self.part.unlink(missing_ok=True)

    def error(self, error: OSError | av.FFmpegError) -> SinkError:
        """The one line for a failed write."""
        reason = (error.strerror or str(error)).lower()
        return SinkError(f"{self.path} cannot be written: {reason}; choose another folder or make room")
