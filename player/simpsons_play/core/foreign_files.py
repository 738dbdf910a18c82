"""Files that others made: how much of one is read, and one line for whatever its parser raises."""

from __future__ import annotations

import errno
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simpsons_play.core.errors import SimpsonsError

if TYPE_CHECKING:
    import av

_LONGEST = 160


@contextmanager
def guarded(kind: type[SimpsonsError], what: str, remedy: str = "") -> Iterator[None]:
    """Turn whatever a parser raises inside the block into one line.

    Parsers of foreign files raise nearly anything: IndexError, RecursionError and MemoryError included. Our
    own errors and packages that are not installed pass.

    Args:
        kind: of error to raise.
        what: the file, and what cannot be done with it.
        remedy: what to do about it.
    """
    try:
        yield
    except (SimpsonsError, ImportError):
        raise
    except Exception as error:
        raise kind(f"{what} ({reason_of(error)}){remedy and f'; {remedy}'}") from error


def reason_of(error: BaseException) -> str:
    """What an error says, in a few words."""
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def clause_of(error: OSError | av.FFmpegError) -> str:
    """The message of a system error, to follow a colon: `no space left on device`."""
    said = error.strerror or str(error)
    return said if said[1:2].isupper() else said[:1].lower() + said[1:]


def read_bounded(path: Path, *, most_bytes: int) -> bytes:
    """All of a file.

    Raises:
        OSError: it cannot be read, or is longer; `strerror` says so.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except ValueError as error:  # a name that no file can have
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"it is longer than {size_words(most_bytes)}", str(path))
    return content


def read_entry(archive: zipfile.ZipFile, name: str, *, most_bytes: int) -> bytes:
    """An entry of a zip archive.

    Raises:
        KeyError: there is none.
        ValueError: it unpacks to more.
    """
    if archive.getinfo(name).file_size > most_bytes:
        raise ValueError(f"its entry {name} unpacks to more than {size_words(most_bytes)}")
    return archive.read(name)


def size_words(size_bytes: int) -> str:
    """`2 GiB`."""
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size_bytes >= 1 << shift:
            return f"{size_bytes >> shift:,} {unit}"
    return f"{size_bytes} bytes"
