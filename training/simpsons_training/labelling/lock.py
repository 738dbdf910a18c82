"""The lock of a folder of pictures, which works between processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from simpsons_play.core.errors import SinkError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.sinks.disk_space import DISK_FULL_ERRORS
from simpsons_play.sinks.partial import make_folder

_LOCK_NAME = ".lock"
_TIMEOUT_S = 30.0
"""Much longer than anybody needs to save a picture."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other threads and processes from changing a folder; create it first if it is missing.

    The lock ends with its process, however that ends. System errors in the block become one line.

    Args:
        folder: A folder of pictures.

    Raises:
        SinkError: The folder cannot be created or written to, or another process does not release the lock.
    """
    make_folder(folder)
    lock = FileLock(folder / _LOCK_NAME, timeout=_TIMEOUT_S)
    try:
        lock.acquire()
    except Timeout as error:
        raise SinkError(f"{folder} is being written by another process; wait for it, or end it") from error
    except OSError as error:
        raise _cannot_write(folder, error) from error
    try:
        yield
    except OSError as error:
        raise _cannot_write(folder, error) from error
    finally:
        lock.release()


def _cannot_write(folder: Path, error: OSError) -> SinkError:
    remedy = "free some space" if error.errno in DISK_FULL_ERRORS else "choose another folder"
    return SinkError(f"{folder} cannot be written: {clause_of(error)}; {remedy}")
