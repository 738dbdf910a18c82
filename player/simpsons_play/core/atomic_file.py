"""Write files atomically: write a temporary file, then rename it when it is complete."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from simpsons_play.core.errors import SinkError


@contextmanager
def atomic_file(path: Path, *, temporary: Path) -> Iterator[Path]:
    """Replace a file in one step when the block ends; on an error, leave it as it was.

    The new file has the permissions of the old one.

    Args:
        path: the file to replace or create.
        temporary: the file to write to, in the same folder. An existing one is removed first, so that a
            symbolic link is not followed.

    Yields:
        `temporary`.

    Raises:
        OSError: the file cannot be replaced, or is write-protected.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "notes.txt"
        ...     with atomic_file(path, temporary=path.with_suffix(".part")) as temporary:
        ...         _ = temporary.write_text("complete")
        ...     path.read_text()
        'complete'
    """
    if path.exists() and not os.access(path, os.W_OK):  # replacing it would need no permission
        raise PermissionError(errno.EACCES, "it is write-protected", str(path))
    temporary.unlink(missing_ok=True)
    try:
        yield temporary
        with suppress(FileNotFoundError):
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        remove(temporary)
        raise


def remove(path: Path) -> None:
    """Remove a file if possible; used while another error propagates."""
    with suppress(OSError):
        path.unlink()


def target_of(path: Path) -> Path:
    """Resolve a symbolic link, so that writing replaces its target and not the link.

    Args:
        path: a file or a link to one; neither has to exist.

    Raises:
        SinkError: the links form a loop.
    """
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise SinkError(f"{path} is a symbolic link that leads to itself; remove it or give another name")
    return target
