"""Playlist files: M3U, PLS and XSPF."""

from __future__ import annotations

import codecs
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import clause_of

PLAYLISTS = frozenset({".m3u", ".m3u8", ".pls", ".xspf"})
"""Suffixes of playlists."""

_MAX_BYTES = 16 << 20
_HLS_TAG = b"#EXT-X-"
"""Start of lines in an HLS list, which describes the segments of one stream (RFC 8216)."""
_LINE_ENDS = re.compile(rb"\r\n|\r|\n")


def is_playlist(path: Path) -> bool:
    """Whether a file is a playlist, by the suffix of its name."""
    return path.suffix.lower() in PLAYLISTS


def read_entries(path: Path) -> list[str] | None:
    """The entries of a playlist, unchanged; None for HLS, which is one stream in segments.

    Text may be UTF-8, UTF-16 with a byte order mark, or Windows-1252, as many players on Windows write it.

    Raises:
        SourceError: it cannot be read, is too large, is not text, or is empty.
    """
    data = _utf8(_read(path), path)
    if path.suffix.lower() == ".xspf":
        entries = _xspf(data, path)
    else:
        lines = [line.strip() for line in _LINE_ENDS.split(data)]
        if any(line.startswith(_HLS_TAG) for line in lines):
            return None
        entries = list(_pls(lines) if path.suffix.lower() == ".pls" else _m3u(lines))
    if not entries:
        raise SourceError(f"{path} is an empty playlist")
    return entries


def candidates(entry: str) -> Iterator[str]:
    """The file names that an entry may mean, the likeliest first.

    Playlists are moved between systems: Windows separates folders with backslashes, macOS decomposes accented
    letters, some players escape spaces, and on Linux a name need not be UTF-8.
    """
    names = [entry]
    if "\\" in entry and os.sep != "\\":
        names.append(entry.replace("\\", "/"))
    if "%" in entry:
        names.append(unquote(entry))
    for name in names:
        yield name
        for form in ("NFC", "NFD"):
            if unicodedata.normalize(form, name) != name:
                yield unicodedata.normalize(form, name)
        try:
            raw = os.fsdecode(name.encode("cp1252"))
        except UnicodeEncodeError:
            continue
        if raw != name:
            yield raw


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {clause_of(error)}") from error
    if len(data) > _MAX_BYTES:
        raise SourceError(f"{path} is not a playlist: it is larger than {_MAX_BYTES >> 20} MiB")
    return data


def _utf8(data: bytes, path: Path) -> bytes:
    """The data without a byte order mark, converted to UTF-8 if it marks them as UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", errors="replace").encode()
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\0" in data:
        raise SourceError(f"{path} is not a playlist: it is not text")
    return data


def _text(line: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            pass
    return line.decode("latin-1")


def _m3u(lines: list[bytes]) -> Iterator[str]:
    for line in lines:
        if line and not line.startswith(b"#"):
            yield _text(line)


def _pls(lines: list[bytes]) -> Iterator[str]:
    for line in lines:
        entry = re.fullmatch(rb"file\d*\s*=\s*(.+)", line, re.IGNORECASE)
        if entry is not None:
            yield _text(entry[1])


def _xspf(data: bytes, path: Path) -> list[str]:
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise SourceError(f"{path} is not a playlist: {error}") from error
    locations = (
        element.text or "" for element in root.iter() if element.tag.rpartition("}")[2] == "location"
    )
    # Locations are URLs, so relative ones are escaped.
    return [text if "://" in text else unquote(text) for text in map(str.strip, locations) if text]
