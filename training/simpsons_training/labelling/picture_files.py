"""Picture files and their rows, which change together even if the process is killed in between."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from simpsons_play.core.atomic_file import atomic_file, remove
from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import guarded, read_bounded
from simpsons_training.labelling.table_file import TableFile

_JOURNAL = ".unfinished.json"
_PART = ".picture.part"
_MAX_JOURNAL_BYTES = 1 << 20
_AT_ONCE = 1000
"""How many pictures are removed with one entry in the journal."""

_NUMBERED = re.compile(r"pic_(\d{4,9})\.jpg")


class PictureFiles:
    """Adds and removes pictures with their rows. Call all methods under the lock.

    What is about to change is written to a journal first. A picture is adopted later only if its content is
    the one in the journal, so that no file of somebody else is ever taken or removed.

    Args:
        folder: Folder of the pictures.
        table: Their table; its column `file` is relative to the folder.
    """

    def __init__(self, folder: Path, table: TableFile) -> None:
        self._folder, self._table = folder, table
        self._journal = folder / _JOURNAL

    def add(self, data: bytes, folder: PurePosixPath, row: Mapping[str, object]) -> str:
        """Write a picture as `pic_0000.jpg` or under the next free number, and its row.

        Args:
            data: Content of the file.
            folder: Where to put it, relative to the folder of the pictures.
            row: Its row without the file.

        Returns:
            The file, relative to the folder of the pictures.

        Raises:
            OSError: It cannot be written; nothing of it is left.
        """
        to = self._folder / folder
        to.mkdir(parents=True, exist_ok=True)
        digest = sha256(data).hexdigest()
        for number in count(_next_number(to)):
            file = (folder / f"pic_{number:04d}.jpg").as_posix()
            with self._transaction({"file": file, "sha256": digest, "row": dict(row)}):
                try:
                    (self._folder / file).touch(exist_ok=False)
                except FileExistsError:  # made by another program just now
                    continue
                part = to / _PART
                part.write_bytes(data)
                os.replace(part, self._folder / file)
                self._table.append({**row, "file": file})
            return file
        raise AssertionError("numbers do not end")

    def remove(self, files: Sequence[str]) -> None:
        """Remove pictures and their rows, as far as they exist.

        Raises:
            OSError: The table cannot be written; it is as before.
        """
        for start in range(0, len(files), _AT_ONCE):
            some = files[start : start + _AT_ONCE]
            with self._transaction({"files": some}):
                self._drop(some)

    def finish(self) -> None:
        """Finish what a killed process began: complete pictures get their row, others are removed."""
        remove(self._journal.with_suffix(".part"))
        if not self._journal.exists():
            return
        with guarded(DataError, f"{self._journal} cannot be read", "remove it"):
            entry = json.loads(read_bounded(self._journal, max_bytes=_MAX_JOURNAL_BYTES))
            files = [_inside(str(file)) for file in entry.get("files") or [entry["file"]]]
            file, digest = files[0], entry.get("sha256")
            row = {} if digest is None else dict(entry["row"])
        if digest is None:
            self._drop(files)
        elif self._content(file) == digest:
            if not any(known["file"] == file for known in self._table.read()):
                self._table.append({**row, "file": file})
        else:
            self._clean(file, digest)
        self._journal.unlink()

    @contextmanager
    def _transaction(self, entry: dict[str, Any]) -> Iterator[None]:
        """Note in the journal what the block does; undo what is left of a picture if it fails."""
        with atomic_file(self._journal, temporary=self._journal.with_suffix(".part")) as part:
            part.write_text(json.dumps(entry), encoding="utf-8")
        try:
            yield
        except BaseException:
            if "sha256" in entry:
                self._clean(entry["file"], entry["sha256"])
            remove(self._journal)
            raise
        remove(self._journal)

    def _clean(self, file: str, digest: str) -> None:
        """Remove what is left of a picture without a row; a file with another content is not ours."""
        path = self._folder / file
        remove(path.with_name(_PART))
        if self._content(file) in (digest, sha256(b"").hexdigest()):
            remove(path)
        self._remove_empty(path.parent)

    def _drop(self, files: Sequence[str]) -> None:
        dropped = set(files)
        self._table.remove(lambda row: row["file"] in dropped)
        for file in files:
            remove(self._folder / file)
            self._remove_empty((self._folder / file).parent)

    def _remove_empty(self, folder: Path) -> None:
        """Remove a folder of pictures if it is empty, and then the one that it is in."""
        with suppress(OSError):
            while folder != self._folder:
                folder.rmdir()
                folder = folder.parent

    def _content(self, file: str) -> str:
        """The hash of a file; empty if it does not exist."""
        try:
            return sha256((self._folder / file).read_bytes()).hexdigest()
        except OSError:
            return ""


def _inside(file: str) -> str:
    """The same file, relative to the folder; a journal that somebody else wrote may name any.

    Raises:
        ValueError: It is outside of the folder.
    """
    path = Path(file)
    if path.anchor or ".." in path.parts:
        raise ValueError("it names a file outside of the folder")
    return file


def _next_number(folder: Path) -> int:
    """One more than the highest number of a picture in a folder."""
    numbers = [int(found[1]) for name in os.listdir(folder) if (found := _NUMBERED.fullmatch(name))]
    return max(numbers, default=-1) + 1
