"""What a user names -> the sources to play, one after the other."""

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
    counted,
    is_artwork,
    is_beside,
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
from simpsons_play.sources.pictures import natural
from simpsons_play.sources.playlist_file import candidates, is_playlist, read_entries

_MOST_ENTRIES = 100_000
"""So many entries of playlists are looked at, those of playlists in playlists included."""
_MOST_LINES = 20
"""So many entries that are passed over or not there are told one by one."""
_DEEPEST = 50
"""So many playlists may lie within each other."""

_NETWORK = frozenset(
    {*("http", "https", "rtsp", "rtsps", "rtmp", "rtmps", "rtmpt", "srt", "rist", "mms", "mmsh", "mmst")}
    | {*("udp", "rtp", "tcp", "ftp", "sftp")}
)
"""Addresses that may be dropped and picked; ffmpeg's other protocols open files and devices."""


def expand(
    names: Sequence[str],
    *,
    typed: bool = True,
    as_frames: bool = False,
    tell: Callable[[str], object] = lambda line: None,
) -> list[str]:
    """Every source by itself, in order, as `open_source` takes it.

    A pattern such as `season1/*.avi` becomes the files that match it, in the order a reader expects; a
    playlist (`.m3u`, `.m3u8`, `.pls`, `.xspf`) what it lists, from where it lies, other playlists included; a
    folder without pictures its videos; a `file://` address its path. All else stays as it is.

    Only what was typed stands for a camera or standard input. What was found (by a pattern, in a folder or a
    playlist, or dropped on the window) is a file, or an address on the web: a file called `7` comes as `./7`.
    So does `7` that was typed where there is a file or folder of that name.

    Args:
        names: as the user gave them.
        typed: the user has typed them; else they were dropped or picked.
        as_frames: pictures are the frames of a video, so that a pattern of them is one source.
        tell: told in one line of what is passed over, or is not there.

    Raises:
        SourceError: a name is empty, nothing matches a pattern, or a playlist cannot be read, lists nothing,
            too much or itself.
    """
    expansion, found = _Expansion(tell, as_frames=as_frames), []
    for name in names:
        sources = list(expansion.named(name, typed=typed))
        if not sources:
            raise SourceError(f"{name} lists nothing that can be played")
        found += sources
    expansion.tell_rest()
    return found


class _Expansion:
    """One run through what was named; counts what playlists list, so that it ends."""

    def __init__(self, tell: Callable[[str], object], *, as_frames: bool) -> None:
        self._tell, self._as_frames, self._entries, self._said = tell, as_frames, 0, 0
        self._read: dict[tuple[int, int], list[str] | None] = {}

    def tell_rest(self) -> None:
        """Say how much was passed over that was not told by itself."""
        if self._said > _MOST_LINES:
            rest = self._said - _MOST_LINES
            self._tell(f"{rest:,} more entries of playlists are passed over or not there")

    def named(self, name: str, *, typed: bool) -> Iterator[str]:
        """What one name stands for."""
        if not name:
            raise SourceError("a source without a name: is a variable empty? give . for this folder")
        local = without_file_scheme(name)
        literal, name = local != name, local
        if typed and (name == STANDARD_INPUT or is_address(name)):
            yield name
        elif is_address(name):
            if name.partition("://")[0].casefold() not in _NETWORK:
                raise SourceError(f"{name} is neither a file nor the address of a video")
            yield name
        elif is_regular(name):
            if typed and name.isascii() and name.isdigit():
                self._tell(f"{name} is a file or folder here, and is played; the camera is camera:{name}")
            yield from self._file(Path(name), as_file(name), ())
        elif not typed and (os.path.exists(name) or device_number(name) is not None):
            raise SourceError(f"{name} is a device or a pipe, not a file; type its name to open it")
        elif typed and not literal and glob.has_magic(name) and not os.path.lexists(name):
            yield from self._pattern(name)
        else:
            yield as_file(name) if literal or not typed else name

    def _file(self, path: Path, name: str, within: tuple[tuple[int, int], ...]) -> Iterator[str]:
        if os.path.isdir(path):
            yield from self._folder(path, name)
        elif is_playlist(path) and os.path.isfile(path):
            yield from self._playlist(path, name, within)
        else:
            yield name

    def _pattern(self, pattern: str) -> Iterator[str]:
        matches = [Path(match) for match in glob.glob(pattern, recursive=True)]
        files = [path for path in matches if is_regular(path) and not is_junk(path)]
        # `*` means what can be played; `*.srt` asks for them, and hears why that cannot be.
        beside = set() if all(map(is_beside, files)) else set(filter(is_beside, files))
        for path in matches:
            if not is_regular(path):
                self._tell(f"{path} is passed over: it is no file, and was not named itself")
        if beside:
            self._tell(f"{pattern}: {counted(beside)} passed over")
        played = sorted((path for path in files if path not in beside), key=natural)
        if not played:
            raise SourceError(f"{pattern}: no file matches")
        if self._as_frames and all(map(is_picture, played)):
            yield pattern
            return
        for path in played:
            yield from self._file(path, as_file(path), ())

    def _folder(self, path: Path, name: str) -> Iterator[str]:
        try:
            inside = [file for file in path.iterdir() if not is_hidden(file) and file.is_file()]
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {clause_of(error)}") from error
        moving = {file for file in inside if is_video(file) or (_may_move(file) and is_animated(file))}
        videos = [file for file in inside if file in moving]
        stills = [file for file in inside if file.suffix.lower() in PICTURES and file not in moving]
        if left := undecodable(inside):
            self._tell(f"{path}: {left} passed over, which nothing here can decode")
        if videos and all(map(is_artwork, stills)):
            yield from map(as_file, sorted(videos, key=natural))
            return
        if videos:
            pattern = path / f"*{videos[0].suffix}"
            self._tell(f"{path} is played as a folder of pictures; to play its videos, give '{pattern}'")
        yield name

    def _playlist(self, path: Path, name: str, within: tuple[tuple[int, int], ...]) -> Iterator[str]:
        try:
            stat = path.stat()
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {clause_of(error)}") from error
        this = stat.st_dev, stat.st_ino  # whatever links lead to it
        if this in within:
            raise SourceError(f"{path} is a playlist that lists itself")
        if len(within) >= _DEEPEST:
            raise SourceError(f"{path} lies within more than {_DEEPEST} other playlists")
        if this not in self._read:
            self._read[this] = read_entries(path)
        entries = self._read[this]
        if entries is None:
            yield name
            return
        for entry in entries:
            self._entries += 1
            if self._entries > _MOST_ENTRIES:
                raise SourceError(
                    f"{path}: playlists list more than {_MOST_ENTRIES:,} entries, lists in lists included"
                )
            yield from self._entry(path, entry, (*within, this))

    def _entry(self, playlist: Path, entry: str, within: tuple[tuple[int, int], ...]) -> Iterator[str]:
        if is_web(entry):
            yield entry
            return
        if entry.startswith("\\\\") or (os.name == "nt" and entry.startswith("//")):
            self._pass_over(playlist, entry, "a file on another computer")
            return
        try:
            local = without_file_scheme(entry)
        except SourceError as error:
            self._say(f"{playlist}: {error}")
            return
        listed = playlist.parent / local
        if device_number(str(listed)) is not None:  # also one that may yet be plugged in
            self._pass_over(playlist, entry, "a device or a pipe, not a file")
            return
        for candidate in candidates(local):
            if os.path.lexists(playlist.parent / candidate):
                listed = playlist.parent / candidate
                break
        else:
            if has_scheme(local):
                self._pass_over(playlist, entry, "neither a file nor a web address")
                return
            self._say(f"{playlist} lists {entry}, which is not there")
        if os.path.exists(listed) and not is_regular(listed):
            self._pass_over(playlist, entry, "a device or a pipe, not a file")
            return
        yield from self._file(listed, as_file(listed), within)

    def _pass_over(self, playlist: Path, entry: str, what: str) -> None:
        self._say(f"{playlist} lists {entry}, which is {what}: passed over")

    def _say(self, line: str) -> None:
        self._said += 1
        if self._said <= _MOST_LINES:
            self._tell(line)


def _may_move(path: Path) -> bool:
    return path.suffix.lower() in (".webp", ".avif")  # PNG is APNG too rarely to open every one
