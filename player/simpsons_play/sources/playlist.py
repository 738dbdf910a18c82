"""What a user names -> the sources to play, one after the other."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterator, Sequence
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


def expand(names: Sequence[str], *, tell: Callable[[str], object] = lambda line: None) -> list[str]:
    """Every source by itself, in order.

    A pattern such as `season1/*.avi` becomes the files that match it, in the order a reader expects; a
    playlist (`.m3u`, `.m3u8`) what it lists, from where it lies, other playlists included; a folder without
    pictures its videos. All else stays as it is.

    Args:
        names: as the user gave them.
        tell: told in one line of what is passed over, or is not there.

    Raises:
        SourceError: a name is empty, nothing matches a pattern, or a playlist cannot be read, lists nothing
            or lists itself.
    """
    return [source for name in names for source in _expand(name, tell)]


def _expand(name: str, tell: Callable[[str], object]) -> Iterator[str]:
    path = Path(name)
    if not name:
        raise SourceError("a source without a name: is a variable empty? give . for this folder")
    if "://" in name:
        yield name
    elif path.is_dir():
        yield from _folder(path, tell)
    elif path.is_file():
        yield from _listed(path, tell, ()) if _is_playlist(path) else (name,)
    elif glob.has_magic(name):
        found = sorted((Path(match) for match in glob.glob(name, recursive=True)), key=natural)
        if not found:
            raise SourceError(f"{name}: no file matches")
        yield from map(str, found)
    else:
        yield name


def _is_playlist(path: Path) -> bool:
    return path.suffix.lower() in PLAYLISTS


def _folder(path: Path, tell: Callable[[str], object]) -> Iterator[str]:
    try:
        inside = [file for file in path.iterdir() if file.is_file()]
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    videos = [file for file in inside if file.suffix.lower() in VIDEOS]
    if videos and not any(file.suffix.lower() in EXTENSIONS for file in inside):
        yield from map(str, sorted(videos, key=natural))
        return
    if videos:
        pattern = path / f"*{videos[0].suffix}"
        tell(f"{path} is taken for a folder of pictures; for the videos in it give '{pattern}'")
    yield str(path)


def _listed(path: Path, tell: Callable[[str], object], within: tuple[Path, ...]) -> Iterator[str]:
    if path.resolve() in within:
        raise SourceError(f"{path} is a playlist that lists itself")
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
        listed = path.parent / entry
        if "://" in entry:
            yield entry
        elif listed.is_file() and _is_playlist(listed):
            yield from _listed(listed, tell, (*within, path.resolve()))
        else:
            if not listed.exists():
                tell(f"{path} lists {entry}, which is not there")
            yield str(listed)
