"""Untrusted files: bounded reads, and one-line errors for any exception that a parser raises."""

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

_MAX_REASON_CHARACTERS = 160


@contextmanager
def guarded(kind: type[SimpsonsError], what: str, remedy: str = "") -> Iterator[None]:
    """Turn any exception that a parser raises in the block into a one-line error.

    Parsers of untrusted files can raise nearly anything, including IndexError, RecursionError and
    MemoryError. Our own errors and ImportError pass through.

    Args:
        kind: class of the error to raise.
        what: the file and what failed, such as `m.onnx cannot be read`.
        remedy: what the user can do about it.

    Example:
        >>> from simpsons_play.core.errors import ModelError
        >>> try:
        ...     with guarded(ModelError, "m.onnx cannot be read", "export it again"):
        ...         [][0]
        ... except ModelError as error:
        ...     print(error)
        m.onnx cannot be read (list index out of range); export it again
    """
    try:
        yield
    except (SimpsonsError, ImportError):
        raise
    except Exception as error:
        raise kind(f"{what} ({reason_of(error)}){remedy and f'; {remedy}'}") from error


def reason_of(error: BaseException) -> str:
    """The first line of an error's message, at most 160 characters."""
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, KeyError) and error.args:
        return f"{str(error.args[0])[: _MAX_REASON_CHARACTERS // 2]!r} is missing"
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= _MAX_REASON_CHARACTERS else f"{text[: _MAX_REASON_CHARACTERS - 1]}…"


def clause_of(error: OSError | av.FFmpegError) -> str:
    """The message of a system error as it continues after a colon: `no space left on device`."""
    message = error.strerror or str(error)
    return message if message[1:2].isupper() else message[:1].lower() + message[1:]


def read_bounded(path: Path, *, max_bytes: int) -> bytes:
    """Read a whole file of limited size.

    Raises:
        OSError: the file cannot be read, or is larger than `max_bytes`; `strerror` says which.
    """
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except ValueError as error:  # a name with a null character
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    if len(content) > max_bytes:
        raise OSError(errno.EFBIG, f"it is longer than {format_size(max_bytes)}", str(path))
    return content


def read_entry(archive: zipfile.ZipFile, name: str, *, max_bytes: int) -> bytes:
    """Read one entry of a zip archive.

    Raises:
        KeyError: there is no such entry.
        ValueError: it unpacks to more than `max_bytes`.
    """
    if archive.getinfo(name).file_size > max_bytes:
        raise ValueError(f"its entry {name} unpacks to more than {format_size(max_bytes)}")
    return archive.read(name)


def format_size(size_bytes: int) -> str:
    """Format a size in whole binary units.

    Example:
        >>> format_size(3 << 30), format_size(2048)
        ('3 GiB', '2 KiB')
    """
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size_bytes >= 1 << shift:
            return f"{size_bytes >> shift:,} {unit}"
    return f"{size_bytes} bytes"
