"""Names of files, told apart from those of devices and addresses."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes

from simpsons_play.core.errors import SourceError

CAMERA = "camera:"
"""What the name of a camera begins with."""
STANDARD_INPUT = "-"

_FILE_ADDRESS = re.compile(
    r"file:(?://(?P<host>[^/\\]*)|(?![/\\]{2}))(?P<path>[/\\].*)", re.IGNORECASE | re.DOTALL
)
_DRIVE = re.compile(r"[/\\]([A-Za-z])[:|](?=[/\\]|$)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""Two letters at least: `C:` is a drive."""


def is_device(name: str) -> bool:
    """Whether a name stands for a camera or for standard input."""
    return name == STANDARD_INPUT or (name.isascii() and name.isdigit()) or name.casefold().startswith(CAMERA)


def is_address(name: str) -> bool:
    """Whether a name is an address; `file://` is none, see `without_file_scheme`."""
    return "://" in name


def is_web(name: str) -> bool:
    """Whether a name is an address that begins with `http://` or `https://`."""
    return name.casefold().startswith(("http://", "https://"))


def has_scheme(name: str) -> bool:
    """Whether a name begins like an address or like one of ffmpeg's protocols: `rtsp://`, `concat:`."""
    return _SCHEME.match(name) is not None


def as_file(path: str | Path) -> str:
    """A path in a form that stands for nothing but a file: `./7` for a file called `7`, which is a camera."""
    name = str(path)
    return os.path.join(os.curdir, name) if is_device(name) else name


def without_file_scheme(name: str) -> str:
    """`file:///films/one%20film.avi` -> `/films/one film.avi`, as file managers drag it; all else stays.

    Raises:
        SourceError: the address is of a file on another computer, or names none.
    """
    address = _FILE_ADDRESS.fullmatch(name)
    if address is None or os.path.lexists(name):  # any text may be the name of a file
        if name[:7].casefold() == "file://":
            raise SourceError(f"{name} names no file; give file:///folder/film.avi, or the path itself")
        return name
    host, path = address["host"] or "", os.fsdecode(unquote_to_bytes(os.fsencode(address["path"])))
    if "\0" in path:
        raise SourceError(f"{name} is no file: no name of a file can hold %00")
    if sys.platform == "win32":
        path = _DRIVE.sub(r"\1:", path, count=1) if _DRIVE.match(path) else path
        return path if host.casefold() in ("", "localhost") else f"//{host}{path}"
    if host.casefold() not in ("", "localhost"):
        raise SourceError(f"{name} is a file on another computer; mount its folder and give the path")
    return path
