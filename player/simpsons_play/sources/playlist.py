"""Expands the names a user gives into the sources to play."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.sources.animation import is_animated
from simpsons_play.sources.camera_names import device_number
from simpsons_play.sources.endings import (
    PICTURES,
    counts_by_suffix,
    is_artwork,
    is_companion,
    is_hidden,
    is_junk,
    is_regular,
    is_video,
    undecodable,
)
from simpsons_play.sources.file_name import (
    STANDARD_INPUT,
    as_file,
    has_scheme,
    is_address,
    is_web,
    without_file_scheme,
)
from simpsons_play.sources.images import is_picture
from simpsons_play.sources.pictures import natural_key
from simpsons_play.sources.playlist_file import candidates, is_playlist, read_entries

_MAX_ENTRIES = 100_000
"""Maximum number of playlist entries, including those of nested playlists."""
_MAX_LINES = 20
"""Maximum number of skipped or missing entries that are reported one by one."""
_MAX_DEPTH = 50
"""Maximum nesting of playlists."""

_NETWORK = frozenset(
    {*("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "rtmpt", "srt", "rist", "mms", "mmsh", "mmst")}
    | {*("udp", "rtp", "tcp", "ftp", "sftp")}
)
"""Schemes that may be dropped or picked; ffmpeg's other protocols open files and devices."""


def expand(
    names: Sequence[str],
    *,
    typed: bool = True,
    as_frames: bool = False,
    tell: Callable[[str], object] = lambda line: None,
) -> list[str]:
    """The name of each source for `open_source`, in order.

    A pattern such as `season1/*.avi` becomes the files that match it, sorted naturally; a playlist (`.m3u`,
    `.m3u8`, `.pls`, `.xspf`) its entries, relative to its folder, including those of nested playlists; a
    folder without pictures its videos; a `file://` address its path. All other names stay unchanged.

    Only a typed name can mean a camera or standard input. A name from a pattern, folder or playlist, or one
    dropped on the window, is a file or an address: a file called `7` becomes `./7`. So does a typed `7` if a
    file or folder of that name exists.

    Args:
        names: names from the user.
        typed: the user typed them; otherwise they were dropped or picked.
        as_frames: pictures are frames of a video, so that a pattern that matches them is one source.
        tell: called with one line for each file or entry that is skipped or missing.

    Raises:
        SourceError: a name is empty, a pattern has no match, or a playlist cannot be read, is empty, has too
            many entries or contains itself.
    """
    expansion, sources = _Expansion(tell, as_frames=as_frames), []
    for name in names:
        expanded = list(expansion.expand(name, typed=typed))
        if not expanded:
            raise SourceError(f"{name} lists nothing that can be played")
        sources += expanded
    expansion.report_rest()
    return sources


class _Expansion:
    """Expands the names of one call; counts playlist entries, so that it ends."""

    def __init__(self, tell: Callable[[str], object], *, as_frames: bool) -> None:
        self._tell, self._as_frames = tell, as_frames
        self._entries = self._reported = 0
        self._read: dict[tuple[int, int], list[str] | None] = {}

    def report_rest(self) -> None:
        """Report the number of skipped and missing entries that were not reported one by one."""
        if self._reported > _MAX_LINES:
            rest = self._reported - _MAX_LINES
            self._tell(f"{rest:,} more playlist entries are skipped or missing")

    def expand(self, name: str, *, typed: bool) -> Iterator[str]:
        """The sources that one name means."""
        if not name:
            raise SourceError("a source name is empty: is a variable unset? give . for the current folder")
        local = without_file_scheme(name)
        is_file_url, name = local != name, local
        if typed and (name == STANDARD_INPUT or is_address(name)):
            yield name
        elif is_address(name):
            if name.partition("://")[0].casefold() not in _NETWORK:
                raise SourceError(f"{name} is neither a file nor a video address")
            yield name
        elif is_regular(name):
            if typed and name.isascii() and name.isdigit():
                self._tell(f"{name} is a file or folder here; to open the camera, give camera:{name}")
            yield from self._file(Path(name), as_file(name), ())
        elif not typed and (os.path.exists(name) or device_number(name) is not None):
            raise SourceError(f"{name} is a device or a pipe, not a file; type its name to open it")
        elif typed and not is_file_url and glob.has_magic(name) and not os.path.lexists(name):
            yield from self._pattern(name)
        else:
            yield as_file(name) if is_file_url or not typed else name

    def _file(self, path: Path, name: str, parents: tuple[tuple[int, int], ...]) -> Iterator[str]:
        if os.path.isdir(path):
            yield from self._folder(path, name)
        elif is_playlist(path) and os.path.isfile(path):
            yield from self._playlist(path, name, parents)
        else:
            yield name

    def _pattern(self, pattern: str) -> Iterator[str]:
        matches = [Path(match) for match in glob.glob(pattern, recursive=True)]
        files = [path for path in matches if is_regular(path) and not is_junk(path)]
        # `*` means what can be played; `*.srt` asks for subtitles, and opening them will say what they are.
        companions = set() if all(map(is_companion, files)) else set(filter(is_companion, files))
        for path in matches:
            if not is_regular(path):
                self._tell(f"{path} is skipped: it is not a regular file; give its name to open it")
        if companions:
            self._tell(f"{pattern}: {counts_by_suffix(companions)} skipped")
        played = sorted((path for path in files if path not in companions), key=natural_key)
        if not played:
            raise SourceError(f"{pattern}: no file matches")
        if self._as_frames and all(map(is_picture, played)):
            yield pattern
            return
        for path in played:
            yield from self._file(path, as_file(path), ())

    def _folder(self, path: Path, name: str) -> Iterator[str]:
        try:
            files = [file for file in path.iterdir() if not is_hidden(file) and file.is_file()]
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {clause_of(error)}") from error
        videos = [file for file in files if is_video(file) or (_may_be_animated(file) and is_animated(file))]
        stills = [file for file in set(files) - set(videos) if file.suffix.lower() in PICTURES]
        if skipped := undecodable(files):
            self._tell(f"{path}: {skipped} skipped (unsupported format)")
        if videos and all(map(is_artwork, stills)):
            yield from map(as_file, sorted(videos, key=natural_key))
            return
        if videos:
            pattern = path / f"*{videos[0].suffix}"
            self._tell(f"{path} is played as a folder of pictures; to play its videos, give '{pattern}'")
        yield name

    def _playlist(self, path: Path, name: str, parents: tuple[tuple[int, int], ...]) -> Iterator[str]:
        try:
            stat = path.stat()
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {clause_of(error)}") from error
        this = stat.st_dev, stat.st_ino  # the same for every link to it
        if this in parents:
            raise SourceError(f"{path} is a playlist that contains itself")
        if len(parents) >= _MAX_DEPTH:
            raise SourceError(f"{path} is nested in more than {_MAX_DEPTH} other playlists")
        if this not in self._read:
            self._read[this] = read_entries(path)
        entries = self._read[this]
        if entries is None:
            yield name
            return
        for entry in entries:
            self._entries += 1
            if self._entries > _MAX_ENTRIES:
                raise SourceError(
                    f"{path}: more than {_MAX_ENTRIES:,} playlist entries, including nested playlists"
                )
            yield from self._entry(path, entry, (*parents, this))

    def _entry(self, playlist: Path, entry: str, parents: tuple[tuple[int, int], ...]) -> Iterator[str]:
        if is_web(entry):
            yield entry
            return
        if entry.startswith("\\\\") or (os.name == "nt" and entry.startswith("//")):
            self._skip(playlist, entry, "a file on another computer")
            return
        try:
            local = without_file_scheme(entry)
        except SourceError as error:
            self._report(f"{playlist}: {error}")
            return
        listed = playlist.parent / local
        if device_number(str(listed)) is not None:  # even if the camera is not connected yet
            self._skip(playlist, entry, "a device or a pipe, not a file")
            return
        for candidate in candidates(local):
            if os.path.lexists(playlist.parent / candidate):
                listed = playlist.parent / candidate
                break
        else:
            if has_scheme(local):
                self._skip(playlist, entry, "neither a file nor a web address")
                return
            self._report(f"{playlist} lists {entry}, which does not exist")
        if os.path.exists(listed) and not is_regular(listed):
            self._skip(playlist, entry, "a device or a pipe, not a file")
            return
        yield from self._file(listed, as_file(listed), parents)

    def _skip(self, playlist: Path, entry: str, what: str) -> None:
        self._report(f"{playlist} lists {entry}, which is {what}; skipped")

    def _report(self, line: str) -> None:
        self._reported += 1
        if self._reported <= _MAX_LINES:
            self._tell(line)


def _may_be_animated(path: Path) -> bool:
    # Animated PNGs are too rare to open every PNG.
    return path.suffix.lower() in (".webp", ".avif")
