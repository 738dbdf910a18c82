"""The names of other files in playlists, manifests and lists for ffmpeg."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.playlist_file import is_playlist, read_entries

HEAD_BYTES = 1024
"""First bytes of a file that tell whether it is a list."""

_HLS_URI = re.compile(r"URI\s*=\s*(?:\"([^\"]*)\"|([^\",\s]+))")
_DASH_NAME = re.compile(
    r"<(?:\w+:)?BaseURL[^>]*>([^<]*)<|"
    r"\b(?:media|initialization|sourceURL|index|href)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
)
_DASH_NUMBER = re.compile(r"\$[^$]*\$")
_MAX_BASES = 64


def lists_files(path: Path, head: bytes) -> bool:
    """Whether a file is a list of a known kind, which names other files.

    Args:
        path: path of the file; only its suffix counts.
        head: its first bytes, `HEAD_BYTES` or more.
    """
    text = _decoded(head[:HEAD_BYTES])
    return _is_m3u(path, text) or text.startswith("ffconcat") or "<MPD" in text


def is_text(head: bytes) -> bool:
    """Whether a file with these first bytes may be a text, which could name other files, and not a video."""
    try:
        head.decode()
    except UnicodeDecodeError as error:
        if error.start < len(head) - 3:  # otherwise a character was cut in two
            return False
    return bool(head) and not re.search(rb"[\x00-\x08\x0e-\x1f\x7f]", head)


def names_in(path: Path, content: bytes, *, is_plain_list: bool) -> Iterator[str]:
    """The names in a list, unchecked; some may be empty.

    Args:
        path: path of the list.
        content: content of the list.
        is_plain_list: it has one name per line, unless it is a playlist.
    """
    text = _decoded(content)
    if _is_m3u(path, text):
        yield from [*_playlist(text), *_entries(path)]
    elif is_plain_list:
        yield from text.splitlines()
    else:
        yield from _concatenated(text) if text.startswith("ffconcat") else _dash(text)


def _is_m3u(path: Path, text: str) -> bool:
    return is_playlist(path) or text.startswith("#EXTM3U")


def _decoded(content: bytes) -> str:
    """Text that keeps every byte, as ffmpeg does: file names need not be UTF-8."""
    return content.decode("utf-8-sig", "surrogateescape")


def _entries(path: Path) -> list[str]:
    """The entries of a playlist as the player reads it, in any format and encoding."""
    try:
        return read_entries(path) or []
    except SourceError:
        return []


def _playlist(text: str) -> Iterator[str]:
    """The names in an M3U or HLS playlist (RFC 8216): media, other playlists, keys and init sections."""
    for line in text.split("\n"):  # as in ffmpeg; other line separators belong to names
        line = line.rstrip("\r\n\t ")
        if line.startswith("#EXT"):
            for quoted, bare in _HLS_URI.findall(line):
                yield from dict.fromkeys((quoted or bare, re.sub(r"\\(.)", r"\1", quoted or bare)))
        elif not line.startswith("#"):
            yield from dict.fromkeys((line, line.strip()))


def _concatenated(text: str) -> Iterator[str]:
    """The names in a list for ffmpeg's concat demuxer, quoted as for `av_get_token`."""
    for line in map(str.strip, text.splitlines()):
        keyword, _, rest = line.replace("\t", " ").partition(" ")
        if keyword == "file":
            yield _unquoted(rest.strip())


def _unquoted(text: str) -> str:
    unquoted, i = "", 0
    while i < len(text) and text[i] not in " \t":
        if text[i] == "\\" and i + 1 < len(text):
            unquoted, i = unquoted + text[i + 1], i + 2
        elif text[i] == "'":
            end = text.find("'", i + 1)
            end = len(text) if end < 0 else end
            unquoted, i = unquoted + text[i + 1 : end], end + 1
        else:
            unquoted, i = unquoted + text[i], i + 1
    return unquoted


def _dash(text: str) -> Iterator[str]:
    """The files that a DASH manifest may name: each name relative to its own folder and to each base URL."""
    bases, names = [""], [""]
    for base, *media in _DASH_NAME.findall(text):
        (bases if base else names).append(base.strip() or next(filter(None, media), ""))
    for base in dict.fromkeys(bases[:_MAX_BASES]):
        for name in dict.fromkeys(names):
            folder = base if base.endswith("/") or not base else base.rpartition("/")[0] + "/"
            yield _DASH_NUMBER.sub("%*", (folder if folder != "/" else "") + name if name else base)
