"""Where the tables of a library lie: a folder, or a bucket of an object store. An episode appears whole."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simpsons_play.core.data_packages import data_package, require_data_package
from simpsons_play.core.errors import LibraryError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.library.schema import EPISODES, TABLES, VERSION

FORMAT = "simpsons-play library"
"""What `library.json` says, so that no other folder is taken for a library."""

_ABOUT, _FOLDER, _INCOMING = "library.json", "episodes", ".incoming"
_ID = re.compile(r"[0-9a-f]{32}")
_ABANDONED_S = 3600
"""Unfinished episodes older than this, in seconds, were left behind by processes that were killed."""


@dataclass(frozen=True, slots=True)
class StoredEpisode:
    """An episode in a library.

    Attributes:
        episode_id: its ID.
        stamp: changes whenever its tables are replaced.
    """

    episode_id: str
    stamp: str


class LibraryStore:
    """The files of a library: `library.json`, and `episodes/ID/TABLE.parquet` for each episode and table.

    In a folder, the files of an episode are written elsewhere and appear together, by renaming their folder.
    Object stores cannot rename: there, `episodes.parquet` is written last and removed first, and an episode
    without it does not exist.

    Args:
        location: a folder, or a URL that `pyarrow.fs` understands, such as `s3://bucket/simpsons`.

    Raises:
        LibraryError: the location is of an unknown kind.
        DependencyError: pyarrow is not installed.
    """

    def __init__(self, location: str | os.PathLike[str]) -> None:
        require_data_package("duckdb", "the library")  # its extra brings everything
        self.location = os.fspath(location)
        self.folder = None if "://" in self.location else Path(self.location)
        self._fs, self._root = None, self.location
        if self.folder is None:
            fs, error = data_package("pyarrow.fs", "the library"), data_package("pyarrow", "the library")
            try:
                self._fs, self._root = fs.FileSystem.from_uri(self.location)
            except (error.ArrowException, OSError) as problem:
                raise LibraryError(f"{self.location} is not a place for a library: {problem}") from problem

    @property
    def exists(self) -> bool:
        """Whether there is a library."""
        with self._errors():
            return self._read(_ABOUT) is not None

    def open(self) -> None:
        """Check that there is a library that this version can read.

        Raises:
            LibraryError: there is none, or a later version has written it.
        """
        with self._errors():
            about = self._read(_ABOUT)
        if about is None:
            raise LibraryError(
                f"{self.location} is not a library; `simpsons library add FILES --library {self.location}` "
                "makes one"
            )
        try:
            found = json.loads(about)
            known = found["format"] == FORMAT and isinstance(found["version"], int)
        except (ValueError, TypeError, KeyError):
            known = False
        if not known:
            raise LibraryError(f"{self.location}: {_ABOUT} is not that of a library")
        if found["version"] > VERSION:
            raise LibraryError(
                f"{self.location} was made by a later version of simpsons-play; install that one"
            )

    def create(self) -> None:
        """Make a library unless there is one, and remove what killed processes have left behind.

        Raises:
            LibraryError: the location cannot be written, or contains something else.
        """
        if self.folder is not None and self.folder.exists() and not self.exists:
            if not self.folder.is_dir():
                raise LibraryError(f"{self.location} is a file; give a folder for the library")
            if any(entry.name != _INCOMING for entry in self.folder.iterdir()):
                raise LibraryError(f"{self.location} contains other files; give an empty or a new folder")
        if self.exists:
            self.open()
        else:
            with self._errors():
                self._write(_ABOUT, json.dumps({"format": FORMAT, "version": VERSION}, indent=2).encode())
        self._remove_abandoned()

    def episodes(self) -> list[StoredEpisode]:
        """All episodes, in the order of their IDs.

        Raises:
            LibraryError: the library cannot be read.
        """
        with self._errors():
            return sorted(self._listed(), key=lambda episode: episode.episode_id)

    def path_of(self, episode_id: str, table: str) -> str:
        """Path of one file: for a folder as for `open`, otherwise for `filesystem`."""
        return "/".join((self._root.rstrip("/"), _FOLDER, episode_id, f"{table}.parquet"))

    @property
    def filesystem(self) -> Any:
        """The `pyarrow.fs.FileSystem` of an object store; None for a folder."""
        return self._fs

    def read(self, episode_id: str, table: str) -> Any:
        """Read one table of one episode, as a `pyarrow.Table`.

        Raises:
            LibraryError: the episode does not exist, or cannot be read.
        """
        parquet, pa = data_package("pyarrow.parquet", "the library"), data_package("pyarrow", "the library")
        path = self.path_of(episode_id, table)
        try:
            # With threads, pyarrow 26 now and then aborts the process when it ends.
            return parquet.read_table(path, filesystem=self._fs, use_threads=False, partitioning=None)
        except (OSError, pa.ArrowException) as error:
            raise LibraryError(f"{path} cannot be read: {error}") from error

    def write(self, episode_id: str, files: Mapping[str, bytes]) -> None:
        """Add an episode, or replace it. It appears as a whole, or not at all.

        Args:
            episode_id: its ID.
            files: the content of the file of each table.

        Raises:
            LibraryError: it cannot be written.
        """
        with self._errors():
            if self.folder is None:
                self._delete(self.path_of(episode_id, EPISODES))
                for table in reversed(TABLES):  # EPISODES is the last
                    self._put(self.path_of(episode_id, table), files[table])
                return
            if not (self.folder / _ABOUT).exists():  # else the folder would be neither empty nor a library
                raise LibraryError(f"{self.location} is gone; add the videos again")
            incoming = self.folder / _INCOMING / f"{episode_id}-{uuid.uuid4().hex}"
            incoming.mkdir(parents=True)
            try:
                for table in TABLES:
                    (incoming / f"{table}.parquet").write_bytes(files[table])
                self._swap(incoming, self.folder / _FOLDER / episode_id)
            finally:
                shutil.rmtree(incoming, ignore_errors=True)

    def replace(self, episode_id: str, table: str, content: bytes) -> None:
        """Replace one table of an episode that exists.

        Raises:
            LibraryError: it cannot be written.
        """
        path = self.path_of(episode_id, table)
        with self._errors():
            if self.folder is None:
                self._put(path, content)
                return
            incoming = self.folder / _INCOMING / f"{episode_id}-{uuid.uuid4().hex}"
            incoming.parent.mkdir(exist_ok=True)
            try:
                incoming.write_bytes(content)
                incoming.replace(path)
            finally:
                incoming.unlink(missing_ok=True)

    def remove(self, episode_id: str) -> None:
        """Remove an episode, if it exists.

        Raises:
            LibraryError: it cannot be removed.
        """
        with self._errors():
            if self.folder is None:
                for table in TABLES:
                    self._delete(self.path_of(episode_id, table))
                return
            with suppress(FileNotFoundError):
                shutil.rmtree(self._set_aside(self.folder / _FOLDER / episode_id))

    def _swap(self, incoming: Path, target: Path) -> None:
        """Move the folder of an episode to its place; what was there is removed."""
        target.parent.mkdir(exist_ok=True)
        while True:
            try:
                incoming.rename(target)
                return
            except OSError:
                if not target.exists():
                    raise
            with suppress(FileNotFoundError):  # another process was faster
                shutil.rmtree(self._set_aside(target))

    def _set_aside(self, target: Path) -> Path:
        aside = target.parent.parent / _INCOMING / f"{target.name}-{uuid.uuid4().hex}"
        aside.parent.mkdir(exist_ok=True)
        target.rename(aside)
        os.utime(aside)
        return aside

    def _remove_abandoned(self) -> None:
        if self.folder is None:
            return
        with suppress(OSError):
            for left in (self.folder / _INCOMING).iterdir():
                if time.time() - left.stat().st_mtime > _ABANDONED_S:
                    shutil.rmtree(left, ignore_errors=True)
                    left.unlink(missing_ok=True)

    def _listed(self) -> Iterator[StoredEpisode]:
        marker = f"{EPISODES}.parquet"
        if self.folder is not None:
            with suppress(FileNotFoundError), os.scandir(self.folder / _FOLDER) as entries:
                for entry in entries:
                    if not _ID.fullmatch(entry.name):
                        continue
                    with suppress(FileNotFoundError, NotADirectoryError):
                        stat = os.stat(os.path.join(entry.path, marker))
                        yield StoredEpisode(entry.name, f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}")
            return
        fs = data_package("pyarrow.fs", "the library")
        selector = fs.FileSelector(f"{self._root}/{_FOLDER}", recursive=True, allow_not_found=True)
        for info in self._fs_or_error().get_file_info(selector):
            episode_id = info.path.split("/")[-2]
            if info.base_name == marker and _ID.fullmatch(episode_id):
                yield StoredEpisode(episode_id, f"{info.mtime_ns}-{info.size}")

    def _read(self, name: str) -> bytes | None:
        path = f"{self._root.rstrip('/')}/{name}"
        try:
            if self.folder is not None:
                return Path(path).read_bytes()
            with self._fs_or_error().open_input_stream(path) as file:
                content: bytes = file.read()
                return content
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _write(self, name: str, content: bytes) -> None:
        path = f"{self._root.rstrip('/')}/{name}"
        if self.folder is None:
            self._put(path, content)
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        part = Path(f"{path}.{uuid.uuid4().hex}")
        part.write_bytes(content)
        part.replace(path)

    def _put(self, path: str, content: bytes) -> None:
        with self._fs_or_error().open_output_stream(path) as file:
            file.write(content)

    def _delete(self, path: str) -> None:
        with suppress(FileNotFoundError):
            self._fs_or_error().delete_file(path)

    def _fs_or_error(self) -> Any:
        if self._fs is None:
            raise RuntimeError("the library is a folder")
        return self._fs

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LibraryError(f"{self.location}: {clause_of(error)}") from error
        except ValueError as error:  # pyarrow.ArrowInvalid: an address without a bucket
            raise LibraryError(f"{self.location} is not a place for a library: {error}") from error
