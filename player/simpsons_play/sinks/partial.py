"""Files that appear under their name only once they are complete: written beside it, renamed at the end."""

from __future__ import annotations

import io
import os
import re
import stat
import sys
from contextlib import suppress
from io import FileIO
from pathlib import Path

import av

from simpsons_play.core.errors import SinkError
from simpsons_play.core.escaping import readable
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.links import target_of
from simpsons_play.core.names import shortened
from simpsons_play.sinks.disk_space import DISK_ERRORS, NO_ROOM

if sys.platform != "win32":
    import fcntl


_LONGEST = 20
"""What comes after the last dot of a name is an ending up to so many characters."""


def partial_name(path: Path) -> Path:
    """Where a file lies whose run was stopped: `out.partial.mp4` for `out.mp4`."""
    return path.with_name(shortened(path.stem, f".partial{path.suffix[:_LONGEST]}"))


def part_names(path: Path) -> tuple[Path, Path]:
    """Where a file lies while it is written: `out.mp4.part`, or `out.part.mp4` where its ending must stay."""
    return (
        path.with_name(shortened(path.name, ".part")),
        path.with_name(shortened(path.stem, f".part{path.suffix[:_LONGEST]}")),
    )


def make_folder(path: Path) -> None:
    """Make a folder that several files are written into.

    Raises:
        SinkError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        require_folder(next(found for found in (path, *path.parents) if os.path.lexists(found)))
        raise SinkError(f"{path} cannot be made: {clause_of(error)}; choose another folder") from error


def require_folder(path: Path, *, of: Path | None = None) -> None:
    """Raise SinkError where a file is to be written into a folder that is none, or not there.

    Args:
        path: of the folder.
        of: the file, to be named.
    """
    if path.is_dir():
        return
    what = "" if of is None else f"{of}: "
    if path.is_symlink():
        raise SinkError(f"{what}{path} is a symbolic link that leads nowhere; choose another folder")
    if os.path.lexists(path):
        raise SinkError(f"{what}{path} is a file, not a folder; choose another folder")
    raise SinkError(f"{what}there is no folder {path}; make it first")


_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}


def descriptor_of(path: Path) -> int | None:
    """The open file of this process that a name such as `/dev/stdout` stands for; None where it is none."""
    name = path.as_posix()
    if name in _STANDARD:
        return _STANDARD[name]
    match = re.fullmatch(r"/(?:dev|proc/self)/fd/(\d{1,9})", name)
    return int(match[1]) if match else None


def is_direct(path: Path) -> bool:
    """Whether a name is of what cannot be replaced: a device, a pipe or an open file of this process."""
    return descriptor_of(path) is not None or (path.exists() and not path.is_file())


def refuse_name(path: Path) -> None:
    """Raise SinkError where a name is of what no file can be written to: a folder, a disk or a socket."""
    try:
        mode = path.stat().st_mode
    except OSError:  # not there, or to be told when it is written
        return
    if stat.S_ISDIR(mode):
        raise SinkError(f"{path} is a folder; give the name of a file")
    if stat.S_ISBLK(mode):
        raise SinkError(f"{path} is a disk, and what is on it would be lost; give the name of a file")
    if stat.S_ISSOCK(mode):
        raise SinkError(f"{path} is a socket; give the name of a file")


class PartialFile:
    """The temporary name of a file that is being written.

    A symbolic link stays one: what it leads to is written. What was under the final name stays there until
    the new file replaces it in one step. What a run that was stopped leaves is valid and shorter, and is
    named so (`partial_name`) until a complete one takes its place. The temporary file is locked, so that two
    runs cannot write into one. A lock goes with its process, so that what a killed run left is replaced.
    Devices and pipes are written to directly: they cannot be replaced.

    Args:
        path: the final name.
        keep_suffix: `out.part.mp4` instead of `out.mp4.part`, for writers that choose a format by the ending.

    Attributes:
        path: the same.
        part: the temporary name; the final one where that is written to directly.
        is_direct: see the function.

    Raises:
        SinkError: the name is a symbolic link that leads to itself.
    """

    def __init__(self, path: Path, *, keep_suffix: bool = False) -> None:
        self.path = path
        self.is_direct = is_direct(path)
        self._target = path if self.is_direct else target_of(path)
        self.part = path if self.is_direct else part_names(self._target)[keep_suffix]
        self._held: FileIO | None = None

    def create(self) -> None:
        """Makes the empty temporary file.

        Raises:
            SinkError: the folder is missing or may not be written to, a folder, a disk or a socket has the
                name of the file, or another run is writing it.
        """
        refuse_name(self.path)
        require_folder(self._target.parent, of=self.path)
        if self.is_direct:
            return
        try:
            self._held = _held(self.part)
        except OSError as error:
            raise self.error(error) from error
        if self._held is None:
            raise SinkError(f"{self.path} is being written by another run; wait for it, or give another name")

    def open(self) -> FileIO:
        """The file to write into; once it was made.

        Raises:
            OSError: it cannot be opened.
        """
        descriptor = descriptor_of(self.path) if self.is_direct else None
        # Opened by its name, a file that standard output was sent to would be begun anew.
        return FileIO(self.part if descriptor is None else os.dup(descriptor), "w")

    def fill(self, text: str) -> None:
        """Write all of it at once, in UTF-8.

        Raises:
            SinkError: it does not fit on the disk.
        """
        try:
            with self.open() as file, io.BufferedWriter(file) as buffer:
                buffer.write(readable(text).encode("utf-8"))
        except OSError as error:
            raise self.error(error) from error

    def commit(self, *, complete: bool) -> None:
        """Gives the file its final name, or that of one that is not complete.

        Args:
            complete: all is in it; else the run was stopped, and another error is on its way.

        Raises:
            SinkError: it is complete and cannot be renamed; where that is possible, it has the other name.
        """
        if self.is_direct:
            return
        try:
            os.replace(self.part, self._target if complete else partial_name(self._target))
            if complete:
                with suppress(OSError):  # what an earlier run left; it may lie there
                    partial_name(self._target).unlink()
        except OSError as error:
            if complete:
                with suppress(OSError):
                    os.replace(self.part, partial_name(self._target))
                self._let_go()
                raise self.error(error) from error
        self._let_go()  # an interrupt leaves it to `discard`

    def discard(self) -> None:
        """Removes what has been written; what was under the final name before stays."""
        if self._held is not None:
            with suppress(OSError):  # its folder may be gone, and another error is on its way
                self.part.unlink()
            self._let_go()

    def error(self, error: OSError | av.FFmpegError) -> SinkError:
        """The one line for a failed write."""
        remedy = ""
        if error.errno in DISK_ERRORS and not self.is_direct:
            remedy = f"; choose another folder{' or make room' if error.errno in NO_ROOM else ''}"
        return SinkError(f"{self.path} cannot be written: {clause_of(error)}{remedy}")

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


def _held(path: Path) -> FileIO | None:
    """An empty file that is this run's as long as it is open; None where it is another's.

    Raises:
        OSError: it cannot be written.
    """
    if sys.platform == "win32":  # an open file cannot be given another name there
        file = FileIO(path, "w")
        file.close()
        return file
    while True:
        if path.is_symlink():  # nothing of ours: what it leads to must not be emptied
            path.unlink()
        file = FileIO(path, "a", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, 0o666))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        except OSError:  # some network file systems know no locks
            pass
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                file.truncate(0)
                return file
        file.close()  # the run that had it has just given it its name
