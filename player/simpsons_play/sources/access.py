"""Which files may be opened, which of the files and addresses they name, and why a file cannot be opened."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from simpsons_play.core.errors import SourceError
from simpsons_play.core.foreign_files import reason_of
from simpsons_play.sources.file_name import is_address, is_web
from simpsons_play.sources.file_type import HEAD_BYTES, describe
from simpsons_play.sources.web import USER_AGENT

_LOCAL = "file,crypto,data"
_WEB = "http,https,httpproxy,tcp,tls"
NO_FILES = {"protocol_whitelist": "crypto,data"}
"""ffmpeg's options for data from a pipe or from memory: a list in it must not open any file or address."""

_HLS_LIST = re.compile(rb"\s*#EXTM3U")


def check_file(name: str) -> None:
    """Make sure that a path leads to something that can be read.

    Raises:
        SourceError: it does not.
    """
    try:
        status = os.stat(name)
    except FileNotFoundError as error:
        raise SourceError(f"{name}: no such file; check the spelling and the folder") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{name} cannot be opened: {reason_of(error).lower()}") from error
    if stat.S_ISSOCK(status.st_mode):
        raise SourceError(f"{name} is a socket; give the address of the stream, such as tcp://host:port")
    if stat.S_ISBLK(status.st_mode):
        raise SourceError(f"{name} is a disk; mount it and give a file on it")
    if stat.S_ISREG(status.st_mode) and status.st_size == 0 and not name.startswith("/proc/"):
        raise SourceError(f"{name} is empty (0 bytes); copy or download it again")
    if not os.access(name, os.R_OK):
        raise SourceError(f"{name}: permission denied; change the permissions of the file")


def read_head(name: str) -> bytes:
    """The first `HEAD_BYTES` of a file; empty for pipes and devices, which can be read only once.

    Raises:
        OSError: the file cannot be read.
    """
    path = Path(name)
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def options_for(name: str, head: bytes) -> dict[str, str]:
    """Options of ffmpeg for a file or address, mainly which protocols a list in it may use.

    A list on disk (HLS, ffconcat, SDP) may lead to files; an HLS list also to the web. ffmpeg itself never
    follows a list on the web to a file.

    Args:
        name: a path, or an address with `://`.
        head: first bytes of the file; not used for an address.
    """
    if is_address(name):
        return {"user_agent": USER_AGENT} if is_web(name) else {}
    return {"protocol_whitelist": f"{_LOCAL},{_WEB}" if leads_to_web(head) else _LOCAL}


def leads_to_web(head: bytes) -> bool:
    """Whether a file with these first bytes may name addresses on the web: an HLS list."""
    return _HLS_LIST.match(head) is not None


def diagnose(name: str, head: bytes, reason: str) -> str:
    """Why a file cannot be opened, and what to do, as a clause to follow a colon.

    Args:
        name: path of the file; only its suffix counts.
        head: its first bytes.
        reason: ffmpeg's reason.
    """
    if (what := describe(head, name)) is not None:
        return f"it is {what}"
    if head[4:8] == b"ftyp":
        return "its index (moov) is missing: the file was cut off or is still being written; copy it again"
    return f"it is not a video format ffmpeg recognises ({reason}); give a video file"


def refuse_text(name: str, head: bytes, *, is_terminal: bool) -> None:
    """Refuse text, which ffmpeg opens as the output of a terminal or as a file without streams.

    Args:
        name: a path, or an address with `://`.
        head: first bytes of the file; not used for an address.
        is_terminal: whether ffmpeg takes it for the output of a terminal.

    Raises:
        SourceError: it is a text, a web page, subtitles or the like.
    """
    if is_address(name) and is_terminal:
        raise SourceError(f"{name} is a text file, not a video; give the address of the video itself")
    if not is_address(name) and (what := describe(head, name)) is not None:
        raise SourceError(f"{name} cannot be opened: it is {what}")
