"""What may be opened: files that can be read, and of what they name only what fits."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import (
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from simpsons_play.errors import SourceError
from simpsons_play.sources.file_name import is_address, is_web, without_file_scheme
from simpsons_play.sources.file_type import HEAD_BYTES, describe

_LOCAL = "file,crypto,data"
_WEB = "http,https,httpproxy,tcp,tls"
NOTHING = {"protocol_whitelist": "crypto,data"}
"""ffmpeg's options for what comes without an address: whatever a list in it names stays closed."""

_USER_AGENT = "Mozilla/5.0 (compatible; simpsons-play)"
"""Some servers turn away what does not call itself a browser."""

_ASK_S = 5.0
"""So long an address is asked what it is, in seconds."""

_STREAM_LIST = re.compile(rb"\s*#EXTM3U")
"""How HLS begins."""


_LISTED = re.compile(r'URI="([^"]*)"')
_LISTS_DEPTH = 8
_LIST_BYTES = 1 << 22


def check_file(name: str) -> None:
    """Make sure that a path leads to something that can be read.

    Raises:
        SourceError: it does not.
    """
    try:
        found = os.stat(name)
    except FileNotFoundError as error:
        raise SourceError(f"{name}: no such file; check the spelling and the folder") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"{name} cannot be opened: {reason.lower()}") from error
    if stat.S_ISSOCK(found.st_mode):
        raise SourceError(f"{name} is a socket; give the address of the stream, such as tcp://host:port")
    if stat.S_ISBLK(found.st_mode):
        raise SourceError(f"{name} is a disk; mount it, and give a file on it")
    if stat.S_ISREG(found.st_mode) and found.st_size == 0 and not name.startswith("/proc/"):
        raise SourceError(f"{name} is empty (0 bytes); copy or download it again")
    if not os.access(name, os.R_OK):
        raise SourceError(f"{name}: no permission to read it; change its access rights")


def options_for(name: str) -> dict[str, str]:
    """The options of ffmpeg for a file or address, above all what may be opened that a list in it names.

    A list on disk (HLS, ffconcat, SDP) leads to files; HLS to the web as well. A list from the
    web never leads to a file, as ffmpeg has it by itself.
    """
    if is_address(name):
        return {"user_agent": _USER_AGENT} if is_web(name) else {}
    web = _STREAM_LIST.match(_head(name)) is not None
    return {"protocol_whitelist": f"{_LOCAL},{_WEB}" if web else _LOCAL}


def refuse_loops(name: str) -> None:
    """Refuse an HLS list on disk that leads back to itself: ffmpeg would follow it until memory is full.

    Raises:
        SourceError: it does, or lists lie deeper in each other than `_LISTS_DEPTH`.
    """
    if not is_address(name):
        _follow_lists(Path(name), (), name)


def _follow_lists(path: Path, within: tuple[tuple[int, int], ...], name: str) -> None:
    try:
        if not path.is_file():
            return
        found_at = path.stat()
        with path.open("rb") as file:
            if not file.read(HEAD_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"#EXTM3U"):
                return
            file.seek(0)
            text = file.read(_LIST_BYTES).decode("utf-8-sig", "surrogateescape")
    except (OSError, ValueError):  # whoever opens it says what is wrong
        return
    this = found_at.st_dev, found_at.st_ino
    if this in within or len(within) >= _LISTS_DEPTH:
        raise SourceError(f"{name} is a playlist that leads back to itself; mend it")
    for entry in dict.fromkeys(_lists_in(text)):
        if not is_web(entry):
            plain = without_file_scheme(entry)
            for found in dict.fromkeys((plain, re.split("[?#]", plain)[0])):
                _follow_lists(path.parent / found, (*within, this), name)


def _lists_in(text: str) -> Iterator[str]:
    """The lists that an HLS list names: its variants and renditions, and what is called so."""
    variant = False
    for line in map(str.strip, text.splitlines()):
        if line.startswith("#"):
            variant = variant or line.startswith("#EXT-X-STREAM-INF")
            if line.startswith(("#EXT-X-MEDIA:", "#EXT-X-I-FRAME-STREAM-INF")):
                yield from _LISTED.findall(line)
        elif line:
            if variant or re.split("[?#]", line)[0].lower().endswith((".m3u8", ".m3u")):
                yield line
            variant = False


def diagnose(name: str, reason: str) -> str:
    """Why a file cannot be opened, and what to do, in one line that goes on after a colon.

    Args:
        name: a path.
        reason: what ffmpeg says of it.
    """
    try:
        head = _head(name)
    except OSError:
        return f"{reason}; check its access rights"
    if (what := describe(head, name)) is not None:
        return f"it is {what}"
    if head[4:8] == b"ftyp":
        return "its index (moov) is missing, so it was cut off or is still being written; copy it again"
    return f"it is no video that ffmpeg knows ({reason}); give a video file"


def refuse_text(name: str) -> None:
    """Refuse what ffmpeg opens as moving pictures or finds nothing in, and what is text.

    Raises:
        SourceError: it is a text, a page, subtitles or the like.
    """
    if not is_address(name) and os.path.isfile(name) and (what := describe(_head(name), name)) is not None:
        raise SourceError(f"{name} cannot be opened: it is {what}")


def diagnose_answer(address: str) -> str | None:
    """What comes from an address on the web in which ffmpeg found no video; None where nobody knows.

    Asks there once more, for the first bytes.
    """
    if not is_web(address):
        return None
    opener = OpenerDirector()  # the usual one follows to FTP as well
    for handler in (ProxyHandler, HTTPHandler, HTTPSHandler, HTTPRedirectHandler, HTTPErrorProcessor):
        opener.add_handler(handler())
    try:
        asked = Request(address, headers={"User-Agent": _USER_AGENT, "Range": f"bytes=0-{HEAD_BYTES - 1}"})
        answer = opener.open(asked, timeout=_ASK_S)
        if answer is None:  # an error, which ffmpeg has told
            return None
        with answer:
            what = describe(answer.read(HEAD_BYTES), urlsplit(address).path)
        is_list = what is not None and what.startswith("a playlist")
        return "a playlist, not a video; save it, and give the file" if is_list else what
    except (OSError, ValueError, HTTPException):
        return None


def _head(name: str) -> bytes:
    """The first bytes of a file; nothing of what can be read only once."""
    path = Path(name)
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
