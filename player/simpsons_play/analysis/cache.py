"""A cache of detection logs on disk, so that each video is analysed only once."""

from __future__ import annotations

import gzip
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from simpsons_play.analysis.detection_log import DetectionLog, read_about
from simpsons_play.analysis.stranger_edits import StrangerEdits
from simpsons_play.core.atomic_file import atomic_file
from simpsons_play.core.errors import DetectionLogError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.timelines.spans import Span

ENVIRONMENT = "SIMPSONS_CACHE"
"""Environment variable with the path of the cache folder; an empty value turns the cache off."""

LIMIT_BYTES = 1 << 30
"""Largest size of the cache; the least recently used entries are removed first."""

_MAX_SPANS_BYTES, _MAX_EDITS_BYTES = 1 << 26, 1 << 22
# These suffixes are older than the class names; changing them would discard existing caches.
_SUFFIX, _SPANS, _EDITS, _PART = ".track", ".spans", ".strangers", ".part"
_OWN = re.compile(r"[0-9a-f]{64}(-\d+)?")
"""Names of our files: a key, and for temporary files the ID of the process."""

_PART_S = 3600
"""Temporary files older than this, in seconds, were left behind by killed runs."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One cached log.

    Attributes:
        path: path of the file.
        size_bytes: size of the file.
        used_s: time of the last read or write, in seconds since the epoch.
        source: name of the video as given by the user.
        model: names of the model files.
        complete: whether it covers the whole video, not only its beginning.
    """

    path: Path
    size_bytes: int
    used_s: float
    source: str
    model: str
    complete: bool


class DetectionCache:
    """Detection logs on disk, with the spans made from them. Files are written atomically.

    What a user has merged and split among strangers lies beside them: it refers to tracks in one log, and
    says nothing about other videos. It stays when the log makes room for others, because another analysis
    with the same model finds the same tracks.

    Args:
        folder: cache folder, created on the first write; None uses the folder given by SIMPSONS_CACHE, or
            else the system's cache folder.
        limit_bytes: see `LIMIT_BYTES`.
    """

    def __init__(self, folder: Path | None = None, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.folder, self._limit_bytes = folder or default_folder(), limit_bytes

    def load(self, key: str) -> DetectionLog | None:
        """Load a log; None if it does not exist or is damaged. Damaged logs are removed."""
        if self.folder is None:
            return None
        path = self._path(key)
        if not os.path.isfile(path):  # or it is not readable
            return None
        try:
            log = DetectionLog.load(path)
            os.utime(path)
        except DetectionLogError:
            self.forget(key)
            return None
        except OSError:  # a read-only cache is used anyway
            pass
        return log

    def store(self, key: str, log: DetectionLog) -> None:
        """Store a log, and remove the least recently used logs if the cache is too large.

        Raises:
            DetectionLogError: it cannot be written; no incomplete file is left.
        """
        if self.folder is not None:
            path = self._path(key)
            self._write(path, log.save)
            self._make_room(path)

    def frames(self, key: str) -> float:
        """Number of cached frames of a video: infinity for a complete log, 0 without a log."""
        if self.folder is None:
            return 0
        try:
            about = read_about(self._path(key))
        except DetectionLogError:
            return 0
        return inf if about["complete"] else int(about["frames"])

    def load_spans(self, key: str, *, made_by: str) -> tuple[Span, ...] | None:
        """Load the spans that were made from a cached log.

        Args:
            key: key of the log.
            made_by: see `Analyser.postprocessing_id`.

        Returns:
            The spans; None if they are missing, damaged, or were made by another postprocessing.
        """
        if self.folder is None:
            return None
        try:
            with gzip.open(self._path(key, _SPANS)) as file:
                content = file.read(_MAX_SPANS_BYTES + 1)
            stored = json.loads(content) if len(content) <= _MAX_SPANS_BYTES else {}
            return tuple(map(_span, stored["spans"])) if stored["made_by"] == made_by else None
        except Exception:  # any error of gzip or JSON; the spans are made again
            return None

    def store_spans(self, key: str, spans: Sequence[Span], *, made_by: str) -> None:
        """Store the spans that were made from a log, replacing existing ones.

        Raises:
            DetectionLogError: it cannot be written; no incomplete file is left.
        """
        if self.folder is not None:
            rows = [(span.label, span.side, span.start_s, span.end_s) for span in spans]
            data = gzip.compress(json.dumps({"made_by": made_by, "spans": rows}).encode())
            self._write(self._path(key, _SPANS), lambda part: part.write_bytes(data))

    def load_edits(self, key: str) -> StrangerEdits:
        """Load what the user has merged and split among the strangers of a video; empty if it is missing."""
        if self.folder is None:
            return StrangerEdits()
        try:
            with self._path(key, _EDITS).open("rb") as file:
                content = file.read(_MAX_EDITS_BYTES + 1)
            return StrangerEdits.from_json(json.loads(content if len(content) <= _MAX_EDITS_BYTES else b""))
        except Exception:  # any error of the file or JSON; the groups are those that were found
            return StrangerEdits()

    def store_edits(self, key: str, edits: StrangerEdits) -> None:
        """Store what the user has merged and split, replacing what is stored.

        Raises:
            DetectionLogError: it cannot be written; no incomplete file is left.
        """
        if self.folder is not None:
            data = json.dumps(edits.to_json()).encode()
            self._write(self._path(key, _EDITS), lambda part: part.write_bytes(data))

    def forget(self, key: str) -> None:
        """Remove one log, if it exists and can be removed."""
        if self.folder is not None:
            _forget(self._path(key))

    def entries(self) -> Iterator[Entry]:
        """All logs, most recently used first."""
        for path, size_bytes, used_s in self._by_use():
            try:
                about = read_about(path)
            except DetectionLogError:
                about = {"source": "damaged"}
            source, model = (str(about.get(name, "")) for name in ("source", "model"))
            yield Entry(path, size_bytes, used_s, source, model, bool(about.get("complete", True)))

    def clear(self) -> int:
        """Remove everything, including temporary files of killed runs; returns the number of logs removed."""
        for path in [*self._files(_PART), *self._files(_SPANS), *self._files(_EDITS)]:
            _remove(path)
        return sum(_forget(path) for path in self._files(_SUFFIX))

    def _write(self, path: Path, save: Callable[[Path], object]) -> None:
        part = path.with_name(f"{path.stem}-{os.getpid()}{_PART}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_file(path, temporary=part):
                save(part)
        except OSError as error:
            raise DetectionLogError(f"{path.parent} cannot be written: {clause_of(error)}") from error

    def _make_room(self, newest: Path) -> None:
        for path in self._files(_PART):  # of runs that were killed
            if _age_s(path) > _PART_S:
                _remove(path)
        total = 0
        for path, size_bytes, _ in self._by_use():
            total += size_bytes
            if total > self._limit_bytes and path != newest:
                _forget(path)

    def _by_use(self) -> list[tuple[Path, int, float]]:
        """Path, size in bytes and time of last use of each log, most recently used first."""
        found = []
        for path in self._files(_SUFFIX):
            with suppress(OSError):  # removed in the meantime
                stat = path.stat()
                found.append((path, stat.st_size, stat.st_mtime))
        return sorted(found, key=lambda row: -row[2])

    def _files(self, suffix: str) -> list[Path]:
        """Our own files with a suffix; the folder may contain other files."""
        if self.folder is None:
            return []
        return sorted(file for file in self.folder.glob(f"*{suffix}") if _OWN.fullmatch(file.stem))

    def _path(self, key: str, suffix: str = _SUFFIX) -> Path:
        if self.folder is None:
            raise RuntimeError("the cache is off")
        return self.folder / f"{key}{suffix}"


def default_folder() -> Path | None:
    """The cache folder; None if SIMPSONS_CACHE is set but empty, which turns the cache off."""
    named = os.environ.get(ENVIRONMENT)
    if named is not None:
        return Path(named) if named else None
    from platformdirs import user_cache_path

    return user_cache_path("simpsons-play", appauthor=False) / "tracks"


def _span(row: Sequence[Any]) -> Span:
    label, side, start_s, end_s = row
    if side not in ("left", "middle", "right") or not isinstance(label, str) or not start_s <= end_s < inf:
        raise ValueError(f"{row} is not a span")
    return Span(label, side, float(start_s), float(end_s))


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:  # removed in the meantime
        return 0.0


def _forget(log: Path) -> bool:
    """Remove a log and its spans; returns whether the log existed."""
    _remove(log.with_suffix(_SPANS))
    return _remove(log)


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
