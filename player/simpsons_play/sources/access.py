"""What may be opened: files that can be read, and of what they name only what fits."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.file_name import is_address, is_web
from simpsons_play.sources.file_type import HEAD_BYTES, describe
from simpsons_play.sources.web import USER_AGENT

_LOCAL = "file,crypto,data"
_WEB = "http,https,httpproxy,tcp,tls"
NOTHING = {"protocol_whitelist": "crypto,data"}
"""ffmpeg's options for what comes without an address: whatever a list in it names stays closed."""

_STREAM_LIST = re.compile(rb"\s*#EXTM3U")
"""How HLS begins."""


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
        return {"user_agent": USER_AGENT} if is_web(name) else {}
    return {"protocol_whitelist": f"{_LOCAL},{_WEB}" if leads_to_web(name) else _LOCAL}


def leads_to_web(name: str) -> bool:
    """Whether a file is one that may name what lies on the web: an HLS list."""
    return _STREAM_LIST.match(_head(name)) is not None


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
    return f"ffmpeg does not recognise it as a video ({reason}); give a video file"


def refuse_text(name: str, *, is_screen: bool) -> None:
    """Refuse what ffmpeg opens as moving pictures or finds nothing in, and what is text.

    Args:
        name: a path or address.
        is_screen: ffmpeg takes it for the screen of a terminal, as it does any text.

    Raises:
        SourceError: it is a text, a page, subtitles or the like.
    """
    if is_address(name) and is_screen:
        raise SourceError(f"{name} is a text, not a video; give the address of the video itself")
    if not is_address(name) and os.path.isfile(name) and (what := describe(_head(name), name)) is not None:
        raise SourceError(f"{name} cannot be opened: it is {what}")


def _head(name: str) -> bytes:
    """The first bytes of a file; nothing of what can be read only once."""
    path = Path(name)
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
