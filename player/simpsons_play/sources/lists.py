"""Lists that ffmpeg would follow: refused where they lead to a pipe or device, or have no end.

ffmpeg opens whatever an HLS list names until memory is full, and waits for ever for a pipe that nobody fills.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urljoin

from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import format_size
from simpsons_play.core.interrupts import in_thread
from simpsons_play.sources.endings import is_regular
from simpsons_play.sources.file_name import as_file, is_address, is_web, without_file_scheme
from simpsons_play.sources.reads import reads_of
from simpsons_play.sources.web import answered

_DEPTH = 8
"""Lists within lists; HLS itself knows two."""
_MOST_LISTS = 500
"""Variants and renditions of one stream, those of lists in lists included."""
_MOST_BYTES = 1 << 24
_ALL_S = 10.0
"""So long the lists of one address may take to come, in seconds."""

_BEGIN = b"#EXTM3U"
_HEAD_BYTES = 64
_LISTED = re.compile(r'URI="([^"]*)"')


def refuse_pipes(name: str) -> None:
    """Refuse a file that names a pipe or a device: what was not typed is a file, or an address on the web.

    Raises:
        SourceError: it does.
    """
    for path in reads_of(as_file(name)).files[1:]:
        if not is_regular(path):
            raise SourceError(f"{name} names {path}, which is a device or a pipe, not a file")


def refuse_endless(name: str) -> None:
    """Refuse an HLS list, on disk or on the web, that leads back to itself or to too much.

    Raises:
        SourceError: it does, it is longer than 16 MiB, or does not come from its address.
    """
    if is_address(name) and not (is_web(name) and _is_called_list(name)):
        return
    end_s, count = time.monotonic() + _ALL_S, 0
    level: list[tuple[str, tuple[object, ...]]] = [(name, ())]
    while level:
        texts = _texts([where for where, _ in level], name, end_s)
        lists = [(where, chain, text) for (where, chain), text in zip(level, texts, strict=True) if text]
        level = []
        for where, chain, text in lists:
            this = _identity(where)
            if this in chain or len(chain) >= _DEPTH:
                raise SourceError(f"{name} is a playlist that leads back to itself; mend it")
            for entry in dict.fromkeys(_lists_in(text)):
                count += 1
                if count > _MOST_LISTS:
                    raise SourceError(f"{name} is a playlist that leads to more than {_MOST_LISTS} others")
                level += [(target, (*chain, this)) for target in _targets(where, entry)]


def _is_called_list(name: str) -> bool:
    return re.split("[?#]", name)[0].lower().endswith((".m3u8", ".m3u"))


def _identity(where: str) -> object:
    """What tells a list from others, whatever links lead to it."""
    if is_address(where):
        return where
    found = Path(where).stat()
    return found.st_dev, found.st_ino


def _targets(where: str, entry: str) -> Iterator[str]:
    """What an entry of a list can mean, of files in all ways in which ffmpeg may take it."""
    if is_address(where):
        target = urljoin(where, entry)
        if is_web(target):  # else ffmpeg does not follow it either
            yield target
    elif is_web(entry):
        yield entry
    else:
        plain = without_file_scheme(entry)
        for found in dict.fromkeys((plain, re.split("[?#]", plain)[0])):
            yield str(Path(where).parent / found)


def _texts(places: list[str], name: str, end_s: float) -> list[str | None]:
    """The lists at some places, those of the web side by side; None for what is no HLS list."""
    asked: dict[str, Future[bytes]] = {}
    for where in places:
        if is_address(where) and where not in asked:
            asked[where] = in_thread(lambda where=where: _load(where))  # type: ignore[misc]
    texts: list[str | None] = []
    for where in places:
        try:
            if where in asked:
                content = asked[where].result(max(0.0, end_s - time.monotonic()))
            else:
                content = _read(where)
        except NotInTime as error:
            if where == name:
                raise SourceError(
                    f"{name} does not answer: its playlist has not come within {_ALL_S:g} s; check the "
                    "address, and that it is up"
                ) from error
            content = b""
        except (OSError, ValueError, HTTPException, SourceError):  # whoever opens it says what is wrong
            content = b""
        if len(content) > _MOST_BYTES:
            raise SourceError(f"{name} is a playlist of more than {format_size(_MOST_BYTES)}; give another")
        text = content.decode("utf-8-sig", "surrogateescape").lstrip()
        texts.append(text if text.startswith(_BEGIN.decode()) else None)
    return texts


def _load(address: str) -> bytes:
    with answered(address) as answer:
        head = answer.read(_HEAD_BYTES)
        return head + answer.read(_MOST_BYTES) if _BEGIN in head else b""


def _read(path: str) -> bytes:
    if not is_regular(path):
        return b""
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
        return head + file.read(_MOST_BYTES) if _BEGIN in head else b""


def _lists_in(text: str) -> Iterator[str]:
    """The lists that an HLS list names: its variants and renditions, and what is called so."""
    variant = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#"):
            variant = variant or line.startswith("#EXT-X-STREAM-INF")
            if line.startswith(("#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF")):
                yield from _LISTED.findall(line)
        elif line:
            if variant or _is_called_list(line):
                yield line
            variant = False
