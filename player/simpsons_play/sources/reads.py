"""Which files a source reads: they must not be overwritten, and its cached results depend on them.

Playlists, HLS and DASH manifests, lists for ffmpeg's concat demuxer and ffmpeg's local protocols name other
files. Nothing is decoded, and the network is not used. If ffmpeg could read a name in two ways, both files
are listed: one too many costs nothing, one too few may cost the user a film.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.sources.endings import PICTURES
from simpsons_play.sources.file_name import STANDARD_INPUT, is_device
from simpsons_play.sources.manifests import HEAD_BYTES, is_text, lists_files, names_in
from simpsons_play.sources.playlist_file import candidates

MAX_DEPTH = 8
"""Maximum nesting of lists that is followed."""

MAX_FILES = 50_000
"""Maximum number of files of one source; six hours of HLS in two-second segments are 10,800."""

_MAX_PATTERNS = 256
"""Maximum number of numbered names; a folder is listed for each."""

MAX_LIST_BYTES = 1 << 24
"""Longer lists are not followed."""

_PROTOCOL = re.compile(r"([a-z][a-z0-9+.-]+)(,[^:]*)?:(.*)", re.IGNORECASE | re.DOTALL)
_WRAPPERS = frozenset({"async", "cache", "crypto", "file", "subfile"})
"""ffmpeg's protocols that read the address that follows them."""

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_NUMBER = re.compile(r"%(?:0?\d*d|\*)")


@dataclass(frozen=True, slots=True)
class Reads:
    """What a source reads.

    Attributes:
        files: files that exist, each list before the files that it names; the source itself comes first.
        missing: files that are named but do not exist.
        complete: the source reads nothing else. False if it reads from the network or a device, or if a limit
            of this module was reached.
    """

    files: tuple[Path, ...]
    missing: tuple[Path, ...]
    complete: bool


def reads_of(name: str) -> Reads:
    """The files that a source reads; lists are followed.

    Args:
        name: name of the source, see `sources.open_source`.
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
            if name == STANDARD_INPUT:  # it may be a file
                self._add_path(Path("/dev/stdin"), depth=0)
        else:
            self._add_name(name, None, depth=0)

    def _add_name(self, name: str, folder: Path | None, *, depth: int) -> None:
        """Add a name from the user (`folder` is None) or from a list in `folder`, to which it is relative."""
        for path, is_plain_list in self._paths(name, folder):
            self._add_path(path, depth=depth, is_plain_list=is_plain_list)

    def _paths(self, name: str, folder: Path | None) -> Iterator[tuple[Path, bool]]:
        """The files that a name may mean, and whether each is a list with one name per line."""
        plain = (folder or Path()) / name
        if _exists(plain):
            yield plain, False
            if folder is None and "://" not in name:  # `open_source` takes it for a file
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
        elif {*protocol.split("+")} <= _WRAPPERS | {"hls"} or (os.name == "nt" and len(protocol) == 1):
            yield from self._paths(rest if len(protocol) > 1 else name, folder)
            if folder is not None and len(protocol) > 1:  # ffmpeg reads it relative to the current folder
                yield from self._paths(rest, Path())
        elif protocol == "data":
            return
        elif _REMOTE.match(name):
            self.complete = False
        else:
            yield from ((path, False) for path in self._variants(plain))

    def _variants(self, path: Path) -> Iterator[Path]:
        """A path unchanged, its `candidates`, without a query, without `..`, or the files that match it."""
        text = str(path)
        if _NUMBER.search(text):
            yield from self._numbered(path)
        texts = [*candidates(text), re.split("[?#]", text)[0], os.path.normpath(text)]
        there = [Path(one) for one in dict.fromkeys(texts) if one and _exists(Path(one))]
        if not there and glob.has_magic(text):  # frames of a video
            there = [Path(match) for match in glob.glob(text, recursive=True)]
        yield from there or [path]

    def _numbered(self, path: Path) -> Iterator[Path]:
        self._patterns += 1
        if self._patterns > _MAX_PATTERNS:
            self.complete = False
            return
        parts = _NUMBER.split(path.name)
        pattern = re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)
        yield from (file for file in _inside(path.parent) if pattern.fullmatch(file.name))

    def _add_path(self, path: Path, *, depth: int, is_plain_list: bool = False, inside: bool = False) -> None:
        """Add a file once, but each hard link inside a folder: outputs are named after it."""
        if len(self.files) >= MAX_FILES or len(self.missing) >= MAX_FILES:
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
            self._follow(path, depth=depth, is_plain_list=is_plain_list)
        else:
            self.complete = False

    def _follow(self, path: Path, *, depth: int, is_plain_list: bool) -> None:
        """Add the files that a list names; nothing if the file is not a list."""
        try:
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
                if not (is_plain_list or lists_files(path, head)):
                    if is_text(head):
                        self.complete = False  # it may be a list of an unknown kind
                    return
                rest = file.read(MAX_LIST_BYTES)
        except OSError:
            self.complete = False
            return
        if depth >= MAX_DEPTH or len(rest) == MAX_LIST_BYTES:
            self.complete = False
            return
        for name in names_in(path, head + rest, is_plain_list=is_plain_list):
            self._named += 1
            if self._named > MAX_FILES:
                self.complete = False
                return
            if name:
                self._add_name(name, path.parent, depth=depth + 1)


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (OSError, ValueError):
        return []


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # not a possible file name
        return False
