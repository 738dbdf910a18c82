"""Output files that are written under a temporary name, locked, and renamed when the run ends."""

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

from simpsons_play.core.atomic_file import remove, target_of
from simpsons_play.core.errors import SinkError
from simpsons_play.core.escaping import readable
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.names import shortened
from simpsons_play.sinks.disk_space import DISK_ERRORS, DISK_FULL_ERRORS

if sys.platform != "win32":
    import fcntl


_MAX_SUFFIX_CHARACTERS = 20
"""Longer suffixes are cut in temporary names."""


def partial_name(path: Path) -> Path:
    """The name of the output of a stopped run: `out.partial.mp4` for `out.mp4`."""
    return path.with_name(shortened(path.stem, f".partial{path.suffix[:_MAX_SUFFIX_CHARACTERS]}"))


def temporary_names(path: Path) -> tuple[Path, Path]:
    """The names of a file while it is written: `out.mp4.part`, or `out.part.mp4` to keep the suffix."""
    return (
        path.with_name(shortened(path.name, ".part")),
        path.with_name(shortened(path.stem, f".part{path.suffix[:_MAX_SUFFIX_CHARACTERS]}")),
    )


def make_folder(path: Path) -> None:
    """Create an output folder and its parents; it may exist.

    Raises:
        SinkError: it cannot be created.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        require_folder(_nearest_existing(path))
        raise SinkError(f"{path} cannot be created: {clause_of(error)}; choose another folder") from error


def _nearest_existing(path: Path) -> Path:
    """The path itself, or the folder above it that exists."""
    return next(found for found in (path, *path.absolute().parents) if os.path.lexists(found))


def check_folder(path: Path) -> None:
    """Check before long work that an output folder can be created or written to, as far as can be told.

    Raises:
        SinkError: it cannot.
    """
    existing = _nearest_existing(path)
    require_folder(existing)
    if not os.access(existing, os.W_OK | os.X_OK):
        raise SinkError(f"{existing} may not be written to; choose another folder")


def require_folder(path: Path, *, of: Path | None = None) -> None:
    """Raise SinkError if a path is not an existing folder.

    Args:
        path: the folder.
        of: the file to be written into it, for the message.
    """
    if path.is_dir():
        return
    what = "" if of is None else f"{of}: "
    if path.is_symlink():
        raise SinkError(f"{what}{path} is a symbolic link that points to nothing; choose another folder")
    if os.path.lexists(path):
        raise SinkError(f"{what}{path} is a file, not a folder; choose another folder")
    raise SinkError(f"{what}there is no folder {path}; create it first")


_STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}


def descriptor_of(path: Path) -> int | None:
    """The file descriptor that a name such as `/dev/stdout` or `/dev/fd/3` stands for, else None."""
    name = path.as_posix()
    if name in _STANDARD:
        return _STANDARD[name]
    match = re.fullmatch(r"/(?:dev|proc/self)/fd/(\d{1,9})", name)
    return int(match[1]) if match else None


def is_direct(path: Path) -> bool:
    """Whether a path is a device, a pipe or an open file descriptor, which cannot be replaced."""
    return descriptor_of(path) is not None or (path.exists() and not path.is_file())


def refuse_special_file(path: Path) -> None:
    """Raise SinkError if a path is a folder, a disk or a socket."""
    try:
        mode = path.stat().st_mode
    except OSError:  # does not exist, or writing to it will report the error
        return
    if stat.S_ISDIR(mode):
        raise SinkError(f"{path} is a folder; give the name of a file")
    if stat.S_ISBLK(mode):
        raise SinkError(f"{path} is a disk and would be overwritten; give the name of a file")
    if stat.S_ISSOCK(mode):
        raise SinkError(f"{path} is a socket; give the name of a file")


class PartialFile:
    """An output file under its temporary name.

    An existing file stays in place until the new one replaces it in one step; if it is a symbolic link, its
    target is replaced. The output of a stopped run is shorter but valid and gets the name `partial_name`
    until a complete one replaces it. The temporary file is locked, so that two runs cannot write the same
    file. The lock ends with its process, so that a temporary file left by a killed run can be replaced.
    Devices and pipes are written to directly.

    Args:
        path: the final name.
        keep_suffix: use `out.part.mp4` instead of `out.mp4.part`, for writers that choose the format by the
            suffix.

    Attributes:
        path: the final name.
        part: the temporary name; the final one if that is written to directly.
        is_direct: whether `path` is written to directly; see the function `is_direct`.

    Raises:
        SinkError: the path is a symbolic link that leads to itself.

    Example:
        >>> file = PartialFile(Path("totals.csv"))
        >>> file.part.name, partial_name(file.path).name
        ('totals.csv.part', 'totals.partial.csv')
    """

    def __init__(self, path: Path, *, keep_suffix: bool = False) -> None:
        self.path = path
        self.is_direct = is_direct(path)
        self._target = path if self.is_direct else target_of(path)
        self.part = path if self.is_direct else temporary_names(self._target)[keep_suffix]
        self._lock: FileIO | None = None

    def create(self) -> None:
        """Create and lock the empty temporary file.

        Raises:
            SinkError: the folder is missing or not writable, the path is a folder, a disk or a socket, or
                another run is writing the file.
        """
        refuse_special_file(self.path)
        require_folder(self._target.parent, of=self.path)
        if self.is_direct:
            return
        try:
            self._lock = _locked_file(self.part)
        except OSError as error:
            raise self.error(error) from error
        if self._lock is None:
            raise SinkError(f"{self.path} is being written by another run; wait for it, or give another name")

    def open(self) -> FileIO:
        """Open the file for writing; call `create` first.

        Raises:
            OSError: it cannot be opened.
        """
        descriptor = descriptor_of(self.path) if self.is_direct else None
        # Opening /dev/stdout by name would truncate the file that it is redirected to.
        return FileIO(self.part if descriptor is None else os.dup(descriptor), "w")

    def write_text(self, text: str) -> None:
        """Write the whole content of the file, in UTF-8.

        Raises:
            SinkError: it cannot be written.
        """
        self.write_bytes(readable(text).encode("utf-8"))

    def write_bytes(self, content: bytes) -> None:
        """Write the whole content of the file.

        Raises:
            SinkError: it cannot be written.
        """
        try:
            with self.open() as file, io.BufferedWriter(file) as buffer:
                buffer.write(content)
        except OSError as error:
            raise self.error(error) from error

    def commit(self, *, complete: bool) -> None:
        """Rename the file: to its final name if it is complete, else to `partial_name`.

        Args:
            complete: whether the run reached its end; otherwise another error is propagating.

        Raises:
            SinkError: the file is complete and cannot be renamed; it is renamed to `partial_name` if
                possible.
        """
        if self.is_direct:
            return
        try:
            os.replace(self.part, self._target if complete else partial_name(self._target))
            if complete:
                remove(partial_name(self._target))  # of an earlier run that was stopped
        except OSError as error:
            if complete:
                with suppress(OSError):
                    os.replace(self.part, partial_name(self._target))
                self._release()
                raise self.error(error) from error
        self._release()  # after an interrupt, `discard` does it

    def discard(self) -> None:
        """Remove the temporary file; an existing file under the final name stays."""
        if self._lock is not None:
            remove(self.part)
            self._release()

    def error(self, error: OSError | av.FFmpegError) -> SinkError:
        """Turn an error of a failed write into one line with a remedy."""
        remedy = ""
        if error.errno in DISK_ERRORS and not self.is_direct:
            remedy = (
                f"; choose another folder{' or free some space' if error.errno in DISK_FULL_ERRORS else ''}"
            )
        return SinkError(f"{self.path} cannot be written: {clause_of(error)}{remedy}")

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def is_being_written(path: Path) -> bool:
    """Whether a run that goes on has locked a temporary file; False on Windows, where they are not locked."""
    if sys.platform == "win32":
        return False
    try:
        with FileIO(path, opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW)) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # it does not exist, or there are no locks
        return False
    return False


def _locked_file(path: Path) -> FileIO | None:
    """Create an empty file that is locked while it is open; None if another run has locked it.

    Raises:
        OSError: it cannot be created.
    """
    if sys.platform == "win32":  # an open file cannot be renamed there
        file = FileIO(path, "w")
        file.close()
        return file
    while True:
        if path.is_symlink():  # its target must not be truncated
            path.unlink()
        file = FileIO(path, "a", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, 0o666))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        except OSError:  # some network file systems have no locks
            pass
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):
                file.truncate(0)
                return file
        file.close()  # the run that held the lock has just renamed the file


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one go; a file of that name is replaced only if that succeeds.

    Raises:
        SinkError: it cannot be written.
    """
    file = PartialFile(path)
    file.create()
    try:
        file.write_bytes(content)
        file.commit(complete=True)
    except BaseException:
        file.discard()
        raise
