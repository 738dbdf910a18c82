"""What a user names -> the sources to play, one after the other."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

from simpsons_play.errors import SourceError
from simpsons_play.sources.images import EXTENSIONS
from simpsons_play.sources.pictures import natural

PLAYLISTS = frozenset({".m3u", ".m3u8"})
VIDEOS = frozenset(
    {".avi", ".mp4", ".m4v", ".mkv", ".mov", ".webm", ".mpg", ".mpeg", ".ts", ".m2ts", ".ogv", ".wmv", ".flv"}
)
"""What counts as a video in a folder."""

_STREAM = "#EXT-X-"
"""Lines that begin so tell ffmpeg how to put the pieces of one stream together (RFC 8216)."""


def expand(names: Sequence[str]) -> list[str]:
    """Every source by itself, in order.

    A pattern such as `season1/*.avi` becomes the files that match it, in the order a reader expects; a
    playlist (`.m3u`, `.m3u8`) what it lists, from where it lies; a folder without pictures its videos. All
    else stays as it is.

    Raises:
        SourceError: nothing matches a pattern, or a playlist cannot be read or lists nothing.
    """
    return [source for name in names for source in _expand(name)]


def _expand(name: str) -> Iterator[str]:
    path = Path(name)
    if "://" in name:
        yield name
    elif path.is_dir():
        yield from _folder(path)
    elif path.is_file():
        yield from _listed(path) if path.suffix.lower() in PLAYLISTS else (name,)
    elif glob.has_magic(name):
        found = sorted((Path(match) for match in glob.glob(name, recursive=True)), key=natural)
        if not found:
            raise SourceError(f"{name}: no file matches")
        yield from map(str, found)
    else:
        yield name


def _folder(path: Path) -> Iterator[str]:
    try:
        inside = [file for file in path.iterdir() if file.is_file()]
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    videos = [file for file in inside if file.suffix.lower() in VIDEOS]
    if not videos or any(file.suffix.lower() in EXTENSIONS for file in inside):
        yield str(path)
    else:
        yield from map(str, sorted(videos, key=natural))


def _listed(path: Path) -> Iterator[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if any(line.startswith(_STREAM) for line in lines):
        yield str(path)
        return
    entries = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not entries:
        raise SourceError(f"{path} lists nothing to play")
    for entry in entries:
        yield entry if "://" in entry else str(path.parent / entry)
