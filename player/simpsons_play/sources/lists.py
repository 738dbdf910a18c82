"""Refuses lists that ffmpeg must not follow: those that lead to a pipe or device, or that have no end.

ffmpeg opens everything that an HLS list names until memory is full, and waits forever for a pipe without a
writer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from urllib.parse import urljoin

from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import format_size
from simpsons_play.core.interrupts import in_thread
from simpsons_play.sources.endings import is_regular
from simpsons_play.sources.file_name import as_file, is_address, is_web, without_file_scheme
from simpsons_play.sources.reads import reads_of
from simpsons_play.sources.web import open_url

_MAX_DEPTH = 8
"""Maximum nesting of lists; HLS itself needs two levels."""
_MAX_LISTS = 500
"""Maximum number of lists (variants and renditions) that one list leads to, directly or indirectly."""
_MAX_BYTES = 1 << 24
_TIMEOUT_S = 10.0
"""Time limit for loading all lists of one address, in seconds."""

_HLS_START = b"#EXTM3U"
_HEAD_BYTES = 64
_URI = re.compile(r'URI="([^"]*)"')


def is_hls(head: bytes) -> bool:
    """Whether a file with these first bytes may be an HLS list."""
    return _HLS_START in head[:_HEAD_BYTES]


def refuse_pipes(name: str) -> None:
    """Refuse a list that names a pipe or a device: only what the user types may be one.

    Args:
        name: path of the list.

    Raises:
        SourceError: it names a pipe or a device.
    """
    for path in reads_of(as_file(name)).files[1:]:
        if not is_regular(path):
            raise SourceError(f"{name} lists {path}, which is a device or a pipe, not a file")


def refuse_endless(name: str) -> None:
    """Refuse an HLS list, on disk or on the web, that leads to itself or to too many lists.

    Args:
        name: path or address of the list.

    Raises:
        SourceError: it does, it is longer than 16 MiB, or its address does not answer.
    """
    if is_address(name) and not (is_web(name) and _has_list_suffix(name)):
        return
    end_s, count = time.monotonic() + _TIMEOUT_S, 0
    level: list[tuple[str, tuple[object, ...]]] = [(name, ())]
    while level:
        texts = _texts([place for place, _ in level], name, end_s)
        lists = [(place, parents, text) for (place, parents), text in zip(level, texts, strict=True) if text]
        level = []
        for place, parents, text in lists:
            this = _identity(place)
            if this in parents or len(parents) >= _MAX_DEPTH:
                raise SourceError(f"{name} is a playlist that leads back to itself; fix it")
            for entry in dict.fromkeys(_lists_in(text)):
                count += 1
                if count > _MAX_LISTS:
                    raise SourceError(f"{name} is a playlist that leads to more than {_MAX_LISTS} others")
                level += [(target, (*parents, this)) for target in _targets(place, entry)]


def _has_list_suffix(name: str) -> bool:
    return re.split("[?#]", name)[0].lower().endswith((".m3u8", ".m3u"))


def _identity(place: str) -> object:
    """The identity of a list, the same for every link to it."""
    if is_address(place):
        return place
    status = Path(place).stat()
    return status.st_dev, status.st_ino


def _targets(place: str, entry: str) -> Iterator[str]:
    """The places that an entry of a list may mean; for a file, every way in which ffmpeg may read it."""
    if is_address(place):
        target = urljoin(place, entry)
        if is_web(target):  # ffmpeg follows no other
            yield target
    elif is_web(entry):
        yield entry
    else:
        path = without_file_scheme(entry)
        for variant in dict.fromkeys((path, re.split("[?#]", path)[0])):
            yield str(Path(place).parent / variant)


def _texts(places: list[str], name: str, end_s: float) -> list[str | None]:
    """The text of the list at each place, None if it is not an HLS list. Addresses are loaded in parallel."""
    loading: dict[str, Future[bytes]] = {}
    for place in places:
        if is_address(place) and place not in loading:
            loading[place] = in_thread(lambda place=place: _load(place))  # type: ignore[misc]
    texts: list[str | None] = []
    for place in places:
        try:
            if place in loading:
                content = loading[place].result(max(0.0, end_s - time.monotonic()))
            else:
                content = _read(place)
        except FutureTimeoutError as error:
            if place == name:
                raise SourceError(
                    f"{name} does not answer: its playlist did not arrive within {_TIMEOUT_S:g} s; check the "
                    "address and the server"
                ) from error
            content = b""
        except (OSError, ValueError, SourceError):  # opening it will report the error
            content = b""
        if len(content) > _MAX_BYTES:
            raise SourceError(
                f"{name} is a playlist of more than {format_size(_MAX_BYTES)}; give another one"
            )
        text = content.decode("utf-8-sig", "surrogateescape").lstrip()
        texts.append(text if text.startswith(_HLS_START.decode()) else None)
    return texts


def _load(address: str) -> bytes:
    with open_url(address) as response:
        head = response.read(_HEAD_BYTES)
        return head + response.read(_MAX_BYTES) if is_hls(head) else b""


def _read(path: str) -> bytes:
    if not is_regular(path):
        return b""
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
        return head + file.read(_MAX_BYTES) if is_hls(head) else b""


def _lists_in(text: str) -> Iterator[str]:
    """The lists that an HLS list names: variants, renditions and entries with the suffix of a list."""
    is_variant = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#"):
            is_variant = is_variant or line.startswith("#EXT-X-STREAM-INF")
            if line.startswith(("#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF")):
                yield from _URI.findall(line)
        elif line:
            if is_variant or _has_list_suffix(line):
                yield line
            is_variant = False
