"""Where tracks are kept between runs: by what is in the video and by the network, not by their names."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import av

from simpsons_play.errors import TrackError
from simpsons_play.track import VERSION, Track, read_about

ENVIRONMENT = "SIMPSONS_CACHE"
"""The environment variable that names the folder; empty keeps nothing."""

LIMIT_BYTES = 1 << 30
"""So much is kept; what was not used for longest goes first."""

_BLOCKS, _BLOCK_BYTES = 64, 1 << 16
_SUFFIX, _PART = ".track", ".part"
_PART_S = 3600
"""Nobody writes on one file for so long, in seconds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A track that is kept.

    Attributes:
        path: of its file.
        size_bytes: of its file.
        used_s: when it was last written or read, in seconds of the system's clock.
        source: what the user called the video.
        model: name of the file of the network.
    """

    path: Path
    size_bytes: int
    used_s: float
    source: str
    model: str


class TrackCache:
    """Tracks on the disk. A file appears under its name only when it is whole.

    Args:
        folder: made when something is kept; None takes the one that SIMPSONS_CACHE names, or the system's
            place for such files.
        limit_bytes: see `LIMIT_BYTES`.
    """

    def __init__(self, folder: Path | None = None, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.folder, self._limit_bytes = folder or default_folder(), limit_bytes

    def load(self, key: str) -> Track | None:
        """The track of this key; None where there is none, or one that is damaged, which is removed."""
        if self.folder is None:
            return None
        path = self._path(key)
        if not path.is_file():
            return None
        try:
            track = Track.load(path)
            os.utime(path)
        except TrackError:
            self.forget(key)
            return None
        except OSError:  # read-only: it is used all the same
            pass
        return track

    def store(self, key: str, track: Track) -> None:
        """Keep a track, and let go of those that were not used for longest where there is no room.

        Raises:
            TrackError: it cannot be written; nothing half written is left.
        """
        if self.folder is None:
            return
        path = self._path(key)
        part = path.with_name(f"{path.stem}-{os.getpid()}{_PART}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                track.save(part)
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise TrackError(
                f"{self.folder} cannot be written: {(error.strerror or str(error)).lower()}"
            ) from error
        self._make_room(path)

    def forget(self, key: str) -> None:
        """Remove one track, if it is there and may be removed."""
        if self.folder is not None:
            _remove(self._path(key))

    def entries(self) -> Iterator[Entry]:
        """All that are kept, the one that was used last first."""
        for path, size_bytes, used_s in self._by_use():
            try:
                about = read_about(path)
            except TrackError:
                about = {"source": "damaged"}
            source, model = (str(about.get(name, "")) for name in ("source", "model"))
            yield Entry(path, size_bytes, used_s, source, model)

    def clear(self) -> int:
        """Remove all, also what a run that was killed left half written; how many tracks there were."""
        for path in self._files(_PART):
            _remove(path)
        return sum(_remove(path) for path in self._files(_SUFFIX))

    def _make_room(self, newest: Path) -> None:
        for path in self._files(_PART):  # of runs that were killed
            if _age_s(path) > _PART_S:
                _remove(path)
        total = 0
        for path, size_bytes, _ in self._by_use():
            total += size_bytes
            if total > self._limit_bytes and path != newest:
                _remove(path)

    def _by_use(self) -> list[tuple[Path, int, float]]:
        """File, size in bytes and time of the last use of each track, the one that was used last first."""
        found = []
        for path in self._files(_SUFFIX):
            with suppress(OSError):  # gone in between
                stat = path.stat()
                found.append((path, stat.st_size, stat.st_mtime))
        return sorted(found, key=lambda row: -row[2])

    def _files(self, suffix: str) -> list[Path]:
        return sorted(self.folder.glob(f"*{suffix}")) if self.folder is not None else []

    def _path(self, key: str) -> Path:
        if self.folder is None:
            raise RuntimeError("nothing is kept")
        return self.folder / f"{key}{_SUFFIX}"


def default_folder() -> Path | None:
    """Where tracks are kept; None where SIMPSONS_CACHE is set and empty: nowhere."""
    named = os.environ.get(ENVIRONMENT)
    if named is not None:
        return Path(named) if named else None
    from platformdirs import user_cache_path

    return user_cache_path("simpsons-play", appauthor=False) / "tracks"


def key_of(video: Path, model: Path, *, regions: str, least: float) -> str:
    """What a track depends on, as 64 hexadecimal digits.

    Of the video its length and 64 blocks of 64 KiB, spread evenly from its beginning to its end, are read: a
    whole episode would take a second. Of the model all.

    Args:
        video: a file.
        model: an .onnx file.
        regions: where is looked.
        least: heads that are less sure were left out.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256()
    settings = {"version": VERSION, "av": av.__version__, "regions": regions, "least": least}
    digest.update(json.dumps(settings, sort_keys=True).encode())
    digest.update(hashlib.sha256(model.read_bytes()).digest())
    size = video.stat().st_size
    digest.update(size.to_bytes(8, "big"))
    with video.open("rb") as file:
        for i in range(_BLOCKS):
            file.seek(max(0, size - _BLOCK_BYTES) * i // (_BLOCKS - 1))
            digest.update(file.read(_BLOCK_BYTES))
    return digest.hexdigest()


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:  # gone in between
        return 0.0


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
