"""A DuckDB database with the tables of a library, so that questions need not open thousands of files.

The database lies in the cache and is made from the Parquet files, which remain the truth: if it is lost, it
is made again. Its name is a digest of the episodes that it contains, so any number of processes can use it
and make new ones without waiting for each other.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from simpsons_play.analysis.cache import default_folder
from simpsons_play.core.data_packages import data_package
from simpsons_play.core.errors import LibraryError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.library.schema import (
    APPEARANCES,
    EPISODES,
    SCREEN_TIMES,
    SHOTS,
    THUMBNAILS,
    TRACKS,
    schemas,
)
from simpsons_play.library.store import LibraryStore

VERSION = 2
"""Increase this when the tables of the database change."""

_LEFT_OUT = {
    EPISODES: (),
    APPEARANCES: ("boxes",),
    TRACKS: ("best_time_s", "x_min", "y_min", "x_max", "y_max", "embedding"),
    SHOTS: (),
    SCREEN_TIMES: (),
}
"""The tables of the database, and the columns of the files that are too large for it."""

PAIRS = "pairs"
"""A table that the files do not have: how long two characters are on screen together, in each episode."""

_PAIRS = "episode_id VARCHAR, label VARCHAR, other VARCHAR, seconds DOUBLE, stretches INTEGER"
_STAMPS = "_stamps"


def connect(store: LibraryStore, *, tell: Callable[[str], object] = lambda line: None) -> Any:
    """Open the database of a library, brought up to date; read-only, unless the cache is off.

    Args:
        store: the library.
        tell: called with one line for each episode that cannot be read and is left out.

    Returns:
        A `duckdb.DuckDBPyConnection`.

    Raises:
        LibraryError: there is no library, or it cannot be read.
        DependencyError: DuckDB is not installed.
    """
    duckdb = data_package("duckdb", "the library")
    store.open()
    stored = {one.episode_id: one.stamp for one in store.episodes()}
    folder = index_folder(store)
    try:
        if folder is None:
            connection = duckdb.connect(":memory:", config=_CONFIG)
            _synchronise(connection, store, stored, tell)
        else:
            path = folder / f"{_digest(stored)}.duckdb"
            connection = _opened(path) if os.path.exists(path) else None
            if connection is None:
                connection = _made(path, store, stored, tell)
        _add_views(connection, store)
        return connection
    except OSError as error:
        raise LibraryError(f"{store.location} cannot be indexed: {clause_of(error)}") from error
    except duckdb.Error as error:
        raise LibraryError(f"{store.location} cannot be indexed: {error}") from error


def _made(path: Path, store: LibraryStore, stored: dict[str, str], tell: Callable[[str], object]) -> Any:
    """The database in a file that is made now, or in the memory if the cache cannot be written."""
    duckdb = data_package("duckdb", "the library")
    try:
        _make(path, store, stored, tell)
        return duckdb.connect(str(path), read_only=True, config=_CONFIG)
    except (OSError, duckdb.Error):
        connection = duckdb.connect(":memory:", config=_CONFIG)
        _synchronise(connection, store, stored, tell)
        return connection


def _opened(path: Path) -> Any:
    """The database in a file; None if the file is damaged, and then it is removed."""
    duckdb = data_package("duckdb", "the library")
    try:
        return duckdb.connect(str(path), read_only=True, config=_CONFIG)
    except duckdb.Error:
        path.unlink(missing_ok=True)
        return None


def _add_views(connection: Any, store: LibraryStore) -> None:
    """Views of the columns that are too large for the database, which are read from the files."""
    ids = [row[0] for row in connection.execute(f"SELECT episode_id FROM {EPISODES}").fetchall()]
    for name, (table, columns) in _VIEWS.items():
        rows = _rows_in_files(connection, store, ids, table)
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT {columns} FROM {rows}")


def _rows_in_files(connection: Any, store: LibraryStore, ids: Sequence[str], table: str) -> str:
    """What stands for a table after FROM, if its rows are read from the files of all episodes."""
    if store.folder is not None and ids:
        quoted = (store.path_of(found_id, table).replace("'", "''") for found_id in ids)
        return "read_parquet([{}])".format(", ".join(f"'{path}'" for path in quoted))
    schema = schemas()[table]
    if ids:
        dataset = data_package("pyarrow.dataset", "the library")
        paths = [store.path_of(found_id, table) for found_id in ids]
        rows = dataset.dataset(paths, schema=schema, filesystem=store.filesystem, format="parquet")
    else:
        rows = schema.empty_table()
    connection.register(f"_{table}", rows)
    return f"_{table}"


def index_folder(store: LibraryStore) -> Path | None:
    """The folder for the databases of a library; None if the cache is off."""
    cache = default_folder()
    if cache is None:
        return None
    location = os.path.realpath(store.folder) if store.folder is not None else store.location
    return (
        cache.parent
        / "libraries"
        / hashlib.sha256(location.encode(errors="surrogateescape")).hexdigest()[:16]
    )


_VIEWS = {
    "boxes": (APPEARANCES, "episode_id, appearance, label, unnest(boxes, recursive := true)"),
    "embeddings": (TRACKS, "episode_id, track, best_time_s, x_min, y_min, x_max, y_max, embedding"),
    THUMBNAILS: (THUMBNAILS, "*"),
}
"""View -> the table whose files it reads, and its columns."""

_CONFIG = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
"""Nothing is downloaded."""


def _digest(stored: dict[str, str]) -> str:
    content = "\n".join(f"{found_id} {stamp}" for found_id, stamp in sorted(stored.items()))
    return hashlib.sha256(f"{VERSION}\n{content}".encode()).hexdigest()[:32]


def _make(path: Path, store: LibraryStore, stored: dict[str, str], tell: Callable[[str], object]) -> None:
    """Make a database, from the newest one if there is one."""
    duckdb = data_package("duckdb", "the library")
    path.parent.mkdir(parents=True, exist_ok=True)
    older = sorted(path.parent.glob("*.duckdb"), key=_modified_s)
    part = path.with_name(f"{path.stem}.{uuid.uuid4().hex}.part")
    try:
        if older:
            shutil.copyfile(older[-1], part)
        try:
            with closing(duckdb.connect(str(part), config=_CONFIG)) as connection:
                _synchronise(connection, store, stored, tell)
        except duckdb.Error:
            if not older:
                raise
            part.unlink(missing_ok=True)  # the older one is damaged, or of another version of DuckDB
            with closing(duckdb.connect(str(part), config=_CONFIG)) as connection:
                _synchronise(connection, store, stored, tell)
        os.replace(part, path)
    finally:
        for left in (part, part.with_name(f"{part.name}.wal")):
            with suppress(OSError):
                left.unlink(missing_ok=True)
    for old in older:
        with suppress(OSError):  # Windows does not remove files that are open
            old.unlink()


def _synchronise(
    connection: Any, store: LibraryStore, stored: dict[str, str], tell: Callable[[str], object]
) -> None:
    """Make the tables, remove episodes that are gone or replaced, and insert those that are new."""
    for table in _LEFT_OUT:
        connection.register("_empty", schemas()[table].empty_table().select(_columns(table)))
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} AS SELECT * FROM _empty")
        connection.unregister("_empty")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {PAIRS} ({_PAIRS})")
    connection.execute(f"CREATE TABLE IF NOT EXISTS {_STAMPS} (episode_id VARCHAR, stamp VARCHAR)")
    known = dict(connection.execute(f"SELECT episode_id, stamp FROM {_STAMPS}").fetchall())
    gone = [found_id for found_id, stamp in known.items() if stored.get(found_id) != stamp]
    new = [found_id for found_id, stamp in stored.items() if known.get(found_id) != stamp]
    if gone:
        for table in (*_LEFT_OUT, PAIRS, _STAMPS):
            connection.execute(f"DELETE FROM {table} WHERE episode_id IN (SELECT unnest(?))", [gone])
    for found_id in _insert(connection, store, new, tell):
        connection.execute(f"INSERT INTO {_STAMPS} VALUES (?, ?)", [found_id, stored[found_id]])


def _insert(
    connection: Any, store: LibraryStore, new: Sequence[str], tell: Callable[[str], object]
) -> Iterable[str]:
    """Insert episodes, all at once if possible; returns those that could be read."""
    if not new:
        return ()
    duckdb = data_package("duckdb", "the library")
    try:
        _insert_together(connection, store, new)
        return new
    except (duckdb.Error, LibraryError):
        if len(new) == 1:
            tell(
                f"{store.location}: episode {new[0]} cannot be read and is left out; remove and add it again"
            )
            return ()
    return [found_id for one in new for found_id in _insert(connection, store, [one], tell)]


def _insert_together(connection: Any, store: LibraryStore, new: Sequence[str]) -> None:
    connection.execute("BEGIN")
    try:
        for table in _LEFT_OUT:
            columns = _columns(table)
            names = ", ".join(columns)
            if store.folder is not None:
                files = [store.path_of(found_id, table) for found_id in new]
                connection.execute(f"INSERT INTO {table} SELECT {names} FROM read_parquet(?)", [files])
                continue
            pa = data_package("pyarrow", "the library")
            rows = pa.concat_tables(store.read(found_id, table).select(columns) for found_id in new)
            connection.register("_rows", rows)
            connection.execute(f"INSERT INTO {table} SELECT {names} FROM _rows")
            connection.unregister("_rows")
        connection.execute(_INSERT_PAIRS, [list(new)])
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _columns(table: str) -> list[str]:
    return [name for name in schemas()[table].names if name not in _LEFT_OUT[table]]


_INSERT_PAIRS = f"""
INSERT INTO {PAIRS}
SELECT a.episode_id, a.label, b.label, sum(least(a.end_s, b.end_s) - greatest(a.start_s, b.start_s)), count(*)
FROM {APPEARANCES} a JOIN {APPEARANCES} b
ON a.episode_id = b.episode_id AND a.label < b.label AND a.start_s < b.end_s AND b.start_s < a.end_s
WHERE a.episode_id IN (SELECT unnest(?))
GROUP BY ALL
"""


def _modified_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # another process has removed it
        return 0.0
