"""Which files a source will read: what must not be overwritten, and what its results depend on.

Playlists, HLS and DASH manifests and lists for ffmpeg's concat demuxer name other files, and so do ffmpeg's
local protocols. Nothing here is decoded, and the network is never asked. Where ffmpeg could read a name in
two ways, both are listed: a file too many costs nothing, one too few may cost the user a film.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.endings import PICTURES
from simpsons_play.sources.file_name import STANDARD_INPUT, is_device
from simpsons_play.sources.playlist_file import candidates, is_playlist, read_entries

LISTS_DEPTH = 8
"""Lists within lists that are followed."""

MOST_FILES = 50_000
"""Files of one source that are followed; six hours of HLS in segments of two seconds are 10,800."""

MOST_PATTERNS = 256
"""Numbered names, for each of which a folder is listed."""

MOST_LIST_BYTES = 1 << 24
"""Longer lists are not followed."""

_HEAD_BYTES = 1024
_PROTOCOL = re.compile(r"([a-z][a-z0-9+.-]+)(,[^:]*)?:(.*)", re.IGNORECASE | re.DOTALL)
_AROUND = frozenset({"async", "cache", "crypto", "file", "subfile"})
"""Protocols of ffmpeg that read what the address behind them names."""

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_NUMBER = re.compile(r"%(?:0?\d*d|\*)")
_IN_QUOTES = re.compile(r"URI\s*=\s*(?:\"([^\"]*)\"|([^\",\s]+))")
_DASH_NAME = re.compile(
    r"<(?:\w+:)?BaseURL[^>]*>([^<]*)<|"
    r"\b(?:media|initialization|sourceURL|index|href)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
)
_DASH_NUMBER = re.compile(r"\$[^$]*\$")
_MOST_BASES = 64


@dataclass(frozen=True, slots=True)
class Reads:
    """What a source reads.

    Attributes:
        files: that are there, lists before what they name; the source itself comes first.
        missing: files that are named, but not there.
        complete: there is nothing else. False where something is on the network or a device, or where the
            limits of this module were reached.
    """

    files: tuple[Path, ...]
    missing: tuple[Path, ...]
    complete: bool


def reads_of(name: str) -> Reads:
    """The files that a source will read, all lists followed.

    Args:
        name: as `sources.open_source` takes it.
    """
    search = _Search()
    search.add(name)
    return Reads(tuple(search.files.values()), tuple(search.missing), search.complete)


class _Search:
    def __init__(self) -> None:
        self.files: dict[tuple[int, int, str], Path] = {}
        self.missing: dict[Path, None] = {}
        self.complete = True
        self._named = self._patterns = 0

    def add(self, name: str) -> None:
        if is_device(name):
            self.complete = False
            if name == STANDARD_INPUT:  # a file may stand behind it
                self._add_path(Path("/dev/stdin"), depth=0)
        else:
            self._add_name(name, None, depth=0)

    def _add_name(self, name: str, folder: Path | None, *, depth: int) -> None:
        """A name as a user or a list gives it; relative ones are meant from the folder of the list."""
        for path, found_in in self._paths(name, folder):
            self._add_path(path, depth=depth, listed=found_in)

    def _paths(self, name: str, folder: Path | None) -> Iterator[tuple[Path, bool]]:
        """The files that a name can mean, and whether each is a list of names, one a line."""
        plain = (folder or Path()) / name
        if _exists(plain):
            yield plain, False
            if folder is None and "://" not in name:  # as `open_source` takes it, whatever colons it has
                return
        match = _PROTOCOL.fullmatch(name)
        if match is None:
            yield from ((path, False) for path in self._variants(plain))
            return
        protocol, _, rest = match.groups()
        protocol = protocol.lower()
        if protocol == "concat":
            for part in rest.split("|"):
                yield from self._paths(part, folder)
        elif protocol == "concatf":
            yield from ((path, True) for path, _ in self._paths(rest, folder))
        elif protocol in ("pipe", "fd"):
            yield Path(f"/dev/fd/{rest or 0}"), False
            self.complete = False
        elif {*protocol.split("+")} <= _AROUND | {"hls"} or (os.name == "nt" and len(protocol) == 1):
            yield from self._paths(rest if len(protocol) > 1 else name, folder)
            if folder is not None and len(protocol) > 1:  # which ffmpeg takes from the current folder
                yield from self._paths(rest, Path())
        elif protocol == "data":
            return
        elif _REMOTE.match(name):
            self.complete = False
        else:
            yield from ((path, False) for path in self._variants(plain))

    def _variants(self, path: Path) -> Iterator[Path]:
        """A path as it stands, also by `candidates`, without query, without `..`; a pattern of files."""
        text = str(path)
        if _NUMBER.search(text):
            yield from self._numbered(path)
        texts = [*candidates(text), re.split("[?#]", text)[0], os.path.normpath(text)]
        there = [Path(one) for one in dict.fromkeys(texts) if one and _exists(Path(one))]
        if not there and glob.has_magic(text):  # of frames that are one video
            there = [Path(match) for match in glob.glob(text, recursive=True)]
        yield from there or [path]

    def _numbered(self, path: Path) -> Iterator[Path]:
        self._patterns += 1
        if self._patterns > MOST_PATTERNS:
            self.complete = False
            return
        parts = _NUMBER.split(path.name)
        pattern = re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)
        yield from (file for file in _inside(path.parent) if pattern.fullmatch(file.name))

    def _add_path(self, path: Path, *, depth: int, listed: bool = False, inside: bool = False) -> None:
        """A file, once; of hard links inside a folder each, since outputs are named after it."""
        if len(self.files) >= MOST_FILES or len(self.missing) >= MOST_FILES:
            self.complete = False
            return
        try:
            stat = path.stat()
        except (OSError, ValueError):
            self.missing[path] = None
            return
        this = stat.st_dev, stat.st_ino, path.name if inside else ""
        if this in self.files:
            return
        self.files[this] = path
        if path.is_dir():
            for file in _inside(path):
                if file.suffix.lower() in PICTURES:
                    self._add_path(file, depth=depth, inside=True)
        elif path.is_file():
            self._follow(path, depth=depth, listed=listed)
        else:
            self.complete = False

    def _follow(self, path: Path, *, depth: int, listed: bool) -> None:
        """Add what a list names; a file that is none names nothing."""
        try:
            with path.open("rb") as file:
                head = file.read(_HEAD_BYTES)
                text = _decoded(head)
                is_m3u = is_playlist(path) or text.startswith("#EXTM3U")
                is_list = listed or is_m3u or text.startswith("ffconcat") or "<MPD" in text
                if not is_list and _is_text(head):
                    self.complete = False  # it may be a list of a kind that nobody here knows
                if not is_list:
                    return
                rest = file.read(MOST_LIST_BYTES)
        except OSError:
            self.complete = False
            return
        if depth >= LISTS_DEPTH or len(rest) == MOST_LIST_BYTES:
            self.complete = False
            return
        text = _decoded(head + rest)
        if is_m3u:
            names = iter([*_playlist(text), *_entries(path)])
        elif listed:
            names = iter(text.splitlines())
        else:
            names = _concatenated(text) if text.startswith("ffconcat") else _dash(text)
        for name in names:
            self._named += 1
            if self._named > MOST_FILES:
                self.complete = False
                return
            if name:
                self._add_name(name, path.parent, depth=depth + 1)


def _decoded(content: bytes) -> str:
    """Text as ffmpeg takes it, byte by byte: names of files need not be UTF-8."""
    return content.decode("utf-8-sig", "surrogateescape")


def _entries(path: Path) -> list[str]:
    """What a playlist lists as the player reads it, in whatever format and letters."""
    try:
        return read_entries(path) or []
    except SourceError:
        return []


def _playlist(text: str) -> Iterator[str]:
    """What an M3U or HLS playlist names (RFC 8216): media, other playlists, keys and init sections."""
    for line in text.split("\n"):  # as ffmpeg has it; other signs for the end of a line belong to names
        line = line.rstrip("\r\n\t ")
        if line.startswith("#EXT"):
            for quoted, bare in _IN_QUOTES.findall(line):
                yield from dict.fromkeys((quoted or bare, re.sub(r"\\(.)", r"\1", quoted or bare)))
        elif not line.startswith("#"):
            yield from dict.fromkeys((line, line.strip()))


def _concatenated(text: str) -> Iterator[str]:
    """What a list for ffmpeg's concat demuxer names, in the quotes of `av_get_token`."""
    for line in map(str.strip, text.splitlines()):
        keyword, _, rest = line.replace("\t", " ").partition(" ")
        if keyword == "file":
            yield _unquoted(rest.strip())


def _unquoted(text: str) -> str:
    found, i = "", 0
    while i < len(text) and text[i] not in " \t":
        if text[i] == "\\" and i + 1 < len(text):
            found, i = found + text[i + 1], i + 2
        elif text[i] == "'":
            end = text.find("'", i + 1)
            end = len(text) if end < 0 else end
            found, i = found + text[i + 1 : end], end + 1
        else:
            found, i = found + text[i], i + 1
    return found


def _dash(text: str) -> Iterator[str]:
    """What a DASH manifest can name: each of its names, from its own folder and from each base."""
    bases, names = [""], [""]
    for base, *media in _DASH_NAME.findall(text):
        (bases if base else names).append(base.strip() or next(filter(None, media), ""))
    for base in dict.fromkeys(bases[:_MOST_BASES]):
        for name in dict.fromkeys(names):
            folder = base if base.endswith("/") or not base else base.rpartition("/")[0] + "/"
            yield _DASH_NUMBER.sub("%*", (folder if folder != "/" else "") + name if name else base)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (OSError, ValueError):
        return []


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _is_text(head: bytes) -> bool:
    """Whether this can be the beginning of a text, which may name other files, and of no video."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # else a letter that is cut in two
            return False
    return bool(head) and not re.search(rb"[\x00-\x08\x0e-\x1f\x7f]", head)
