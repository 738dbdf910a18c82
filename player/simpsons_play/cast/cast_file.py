"""The file of a cast: read as a whole, written atomically, and changed by one process at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_config_path

from simpsons_play.cast.cast import Cast
from simpsons_play.cast.cast_json import from_json, to_json
from simpsons_play.core.atomic_file import atomic_file, target_of
from simpsons_play.core.errors import CastError, SinkError
from simpsons_play.core.foreign_files import clause_of, format_size, guarded, read_bounded

ENVIRONMENT = "SIMPSONS_CAST"
"""Environment variable with the path of the cast file; an empty value means no cast."""

MAX_BYTES = 1 << 27
"""Larger files are neither read nor written: an example takes about 6 KiB."""


def default_path() -> Path | None:
    """Path of the user's cast file: `SIMPSONS_CAST`, else `cast.json` in the user's config folder.

    None if `SIMPSONS_CAST` is set but empty.
    """
    named = os.environ.get(ENVIRONMENT)
    if named is not None:
        return Path(named) if named else None
    return user_config_path("simpsons-play", appauthor=False) / "cast.json"


class CastFile:
    """A cast file. Several processes, such as the window and commands, may change it at the same time.

    Args:
        path: path of the file, which need not exist.
        patience_s: how long another process may change the file before waiting for it ends in an error, in
            seconds.
        remedy: what to do if the file is no cast, as the end of an error message.
    """

    def __init__(
        self, path: Path, *, patience_s: float = 20.0, remedy: str = "name another with --cast"
    ) -> None:
        self.path, self._patience_s, self._remedy = path, patience_s, remedy

    @property
    def stamp(self) -> tuple[int, int, int] | None:
        """Differs when the file has been changed; None if it does not exist or cannot be read."""
        with suppress(OSError, ValueError):
            stat = self.path.stat()
            return stat.st_mtime_ns, stat.st_size, stat.st_ino
        return None

    def load(self) -> Cast:
        """Read the cast; empty if there is no file.

        Raises:
            CastError: the file cannot be read, is too large, is not a cast, is damaged, or was written by a
                newer version.
        """
        if os.path.exists(self.path) and not os.path.isfile(self.path):  # a named pipe would never end
            raise CastError(f"{self.path} is not a file; {self._remedy}")
        try:
            content = read_bounded(self.path, max_bytes=MAX_BYTES)
        except FileNotFoundError:
            return Cast()
        except OSError as error:
            raise CastError(f"{self.path} cannot be read: {clause_of(error)}") from error
        if not content.strip():
            raise CastError(f"{self.path} is empty, not a cast file; remove it, or {self._remedy}")
        with guarded(CastError, f"{self.path} is not a cast file, or is damaged", self._remedy):
            return from_json(content, name=str(self.path))

    def update(self, change: Callable[[Cast], Cast]) -> tuple[Cast, Cast]:
        """Read the cast, change it and write it, while no other process does.

        The file is only written if `change` returns another cast. On any error, it stays as it was.

        Args:
            change: returns the new cast, or the same.

        Returns:
            The cast before and after.

        Raises:
            CastError: as `load`, or the file cannot be written, or another process does not let go of it.
        """
        try:
            path = target_of(self.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(path.with_name(f".{path.name}.lock"), timeout=self._patience_s):
                before = self.load()
                after = change(before)
                if after is not before:
                    _write(path, after)
                return before, after
        except SinkError as error:
            raise CastError(str(error)) from error
        except Timeout as error:
            raise CastError(
                f"{self.path} has been in use by another process for {self._patience_s:g} s; try again"
            ) from error
        except OSError as error:
            raise CastError(f"{self.path} cannot be written: {clause_of(error)}") from error


def _write(path: Path, cast: Cast) -> None:
    content = to_json(cast)
    if len(content) > MAX_BYTES:
        raise CastError(
            f"{path} would be larger than {format_size(MAX_BYTES)}; remove some with `simpsons cast remove`"
        )
    with atomic_file(path, temporary=path.with_name(f".{path.name}.part")) as temporary:
        temporary.write_bytes(content)
