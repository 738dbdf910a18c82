"""Where tracks are kept between runs: by what is in the video and by the network, not by their names."""

from __future__ import annotations

import gzip
import hashlib
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

import av

from simpsons_play.analysis.detection_log import VERSION, Track, read_about
from simpsons_play.core.errors import TrackError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.inference.onnx_file import model_sha256
from simpsons_play.sources.reads import reads_of
from simpsons_play.sources.video import DECODER_VERSION
from simpsons_play.timeline.spans import Span

ENVIRONMENT = "SIMPSONS_CACHE"
"""The environment variable that names the folder; empty keeps nothing."""

LIMIT_BYTES = 1 << 30
"""So much is kept; what was not used for longest goes first."""

_BLOCKS, _LEAST_BLOCKS, _BLOCK_BYTES, _SMALL_BYTES = 64, 2, 1 << 16, 1 << 17
_MOST_SPANS_BYTES = 1 << 26
_SUFFIX, _SPANS, _PART = ".track", ".spans", ".part"
_OWN = re.compile(r"[0-9a-f]{64}(-\d+)?")
"""Names of our files: a key, and the process that writes it."""

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
        model: names of the files of the networks.
        complete: whether it is of the whole video; else of its beginning.
    """

    path: Path
    size_bytes: int
    used_s: float
    source: str
    model: str
    complete: bool


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
        if not os.path.isfile(path):  # nor where nobody may look
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
        if self.folder is not None:
            path = self._path(key)
            self._write(path, track.save)
            self._make_room(path)

    def frames(self, key: str) -> float:
        """How many frames are kept of a video: infinitely many of all of it, none where nothing is kept."""
        if self.folder is None:
            return 0
        try:
            about = read_about(self._path(key))
        except TrackError:
            return 0
        return inf if about["complete"] else int(about["frames"])

    def load_spans(self, key: str, *, made_by: str) -> tuple[Span, ...] | None:
        """Who is on screen when in a video whose track is kept.

        Args:
            key: of the track.
            made_by: threshold and settings, in words.

        Returns:
            The spans; None where there are none that were made so, or they are damaged.
        """
        if self.folder is None:
            return None
        try:
            with gzip.open(self._path(key, _SPANS)) as file:
                content = file.read(_MOST_SPANS_BYTES + 1)
            kept = json.loads(content) if len(content) <= _MOST_SPANS_BYTES else {}
            return tuple(map(_span, kept["spans"])) if kept["made_by"] == made_by else None
        except Exception:  # whatever gzip or JSON raise; it is made again
            return None

    def store_spans(self, key: str, spans: Sequence[Span], *, made_by: str) -> None:
        """Keep who is on screen when beside a track, instead of what was kept so before.

        Raises:
            TrackError: it cannot be written; nothing half written is left.
        """
        if self.folder is not None:
            rows = [(span.label, span.side, span.start_s, span.end_s) for span in spans]
            data = gzip.compress(json.dumps({"made_by": made_by, "spans": rows}).encode())
            self._write(self._path(key, _SPANS), lambda part: part.write_bytes(data))

    def forget(self, key: str) -> None:
        """Remove one track, if it is there and may be removed."""
        if self.folder is not None:
            _forget(self._path(key))

    def entries(self) -> Iterator[Entry]:
        """All that are kept, the one that was used last first."""
        for path, size_bytes, used_s in self._by_use():
            try:
                about = read_about(path)
            except TrackError:
                about = {"source": "damaged"}
            source, model = (str(about.get(name, "")) for name in ("source", "model"))
            yield Entry(path, size_bytes, used_s, source, model, bool(about.get("complete", True)))

    def clear(self) -> int:
        """Remove all, also what a run that was killed left half written; how many tracks there were."""
        for path in [*self._files(_PART), *self._files(_SPANS)]:
            _remove(path)
        return sum(_forget(path) for path in self._files(_SUFFIX))

    def _write(self, path: Path, save: Callable[[Path], object]) -> None:
        part = path.with_name(f"{path.stem}-{os.getpid()}{_PART}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                save(part)
                os.replace(part, path)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise TrackError(f"{path.parent} cannot be written: {clause_of(error)}") from error

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
        """File, size in bytes and time of the last use of each track, the one that was used last first."""
        found = []
        for path in self._files(_SUFFIX):
            with suppress(OSError):  # gone in between
                stat = path.stat()
                found.append((path, stat.st_size, stat.st_mtime))
        return sorted(found, key=lambda row: -row[2])

    def _files(self, suffix: str) -> list[Path]:
        """Our own files with an ending; the folder may hold others."""
        if self.folder is None:
            return []
        return sorted(file for file in self.folder.glob(f"*{suffix}") if _OWN.fullmatch(file.stem))

    def _path(self, key: str, suffix: str = _SUFFIX) -> Path:
        if self.folder is None:
            raise RuntimeError("nothing is kept")
        return self.folder / f"{key}{suffix}"


def default_folder() -> Path | None:
    """Where tracks are kept; None where SIMPSONS_CACHE is set and empty: nowhere."""
    named = os.environ.get(ENVIRONMENT)
    if named is not None:
        return Path(named) if named else None
    from platformdirs import user_cache_path

    return user_cache_path("simpsons-play", appauthor=False) / "tracks"


def key_of(video: Path, models: Sequence[Path], *, regions: str, least: float, every: int) -> str:
    """What a track depends on, as 64 hexadecimal digits; empty where not all of it is known.

    Of the video its length and 64 blocks of 64 KiB, spread evenly from its beginning to its end, are read: a
    whole episode would take a second. A playlist or manifest depends on all that it plays: of each of many
    files fewer blocks are read. Of the models all, with the weights that lie beside them.

    Args:
        video: a file, or a list of files.
        models: the .onnx files that look.
        regions: where is looked.
        least: heads that are less sure were left out.
        every: at each so-manieth look the classifier looked at the parts, too.

    Raises:
        OSError: a file cannot be read.
        ModelError: a model cannot be read.
    """
    reads = reads_of(str(video))
    if not reads.complete:
        return ""
    digest = hashlib.sha256()
    settings = {
        "version": VERSION,
        "decoder": DECODER_VERSION,
        "av": av.__version__,
        "regions": regions,
        "least": least,
        "every": every,
    }
    digest.update(json.dumps(settings, sort_keys=True).encode())
    for model in models:
        digest.update(bytes.fromhex(model_sha256(model)))
    blocks = max(_LEAST_BLOCKS, _BLOCKS // max(1, len(reads.files)))
    for path in reads.files or (video,):
        _add_sample(digest, path, blocks)
    for path in reads.missing:  # what is not there is not played
        digest.update(b"missing" + os.fsencode(path))
    return digest.hexdigest()


def _add_sample(digest: hashlib._Hash, path: Path, blocks: int) -> None:
    size = path.stat().st_size
    digest.update(size.to_bytes(8, "big"))
    with path.open("rb") as file:
        if size <= _SMALL_BYTES:  # a list is read as a whole
            digest.update(file.read(_SMALL_BYTES))
            return
        for i in range(blocks):
            file.seek(max(0, size - _BLOCK_BYTES) * i // (blocks - 1))
            digest.update(file.read(_BLOCK_BYTES))


def _span(row: Sequence[Any]) -> Span:
    label, side, start_s, end_s = row
    if side not in ("left", "middle", "right") or not isinstance(label, str) or not start_s <= end_s < inf:
        raise ValueError(f"{row} is no span")
    return Span(label, side, float(start_s), float(end_s))


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:  # gone in between
        return 0.0


def _forget(track: Path) -> bool:
    """Remove a track with what was made of it; whether it was there."""
    _remove(track.with_suffix(_SPANS))
    return _remove(track)


def _remove(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True
