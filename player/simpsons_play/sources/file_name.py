"""Tells names of files from names of devices and addresses."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes

from simpsons_play.core.errors import SourceError

CAMERA = "camera:"
"""Prefix of camera names."""
STANDARD_INPUT = "-"

_FILE_ADDRESS = re.compile(
    r"file:(?://(?P<host>[^/\\]*)|(?![/\\]{2}))(?P<path>[/\\].*)", re.IGNORECASE | re.DOTALL
)
_DRIVE = re.compile(r"[/\\]([A-Za-z])[:|](?=[/\\]|$)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
"""At least two letters: `C:` is a drive."""


def is_device(name: str) -> bool:
    """Whether a name means a camera or standard input."""
    return name == STANDARD_INPUT or is_camera(name)


def is_camera(name: str) -> bool:
    """Whether a name means a camera: digits, or `camera:` and a number or a part of its name."""
    return (name.isascii() and name.isdigit()) or name.casefold().startswith(CAMERA)


def is_address(name: str) -> bool:
    """Whether a name is an address; remove `file://` first, see `without_file_scheme`."""
    return "://" in name


def is_web(name: str) -> bool:
    """Whether a name starts with `http://` or `https://`."""
    return name.casefold().startswith(("http://", "https://"))


def has_scheme(name: str) -> bool:
    """Whether a name starts with a scheme or with one of ffmpeg's protocols: `rtsp://`, `concat:`."""
    return _SCHEME.match(name) is not None


def as_file(path: str | Path) -> str:
    """A path in a form that can only mean a file: `./7` for a file called `7`, since `7` is a camera."""
    name = str(path)
    return os.path.join(os.curdir, name) if is_device(name) else name


def without_file_scheme(name: str) -> str:
    """`file:///films/one%20film.avi`, as file managers drag it, -> `/films/one film.avi`.

    All other names stay unchanged.

    Raises:
        SourceError: the address does not name a file on this computer.
    """
    address = _FILE_ADDRESS.fullmatch(name)
    if address is None or os.path.lexists(name):  # any text can be a file name
        if name[:7].casefold() == "file://":
            raise SourceError(f"{name} does not name a file; give file:///folder/film.avi or the path itself")
        return name
    host, path = address["host"] or "", os.fsdecode(unquote_to_bytes(os.fsencode(address["path"])))
    if "\0" in path:
        raise SourceError(f"{name} is not a file: %00 cannot be part of a file name")
    if sys.platform == "win32":
        path = _DRIVE.sub(r"\1:", path, count=1) if _DRIVE.match(path) else path
        return path if host.casefold() in ("", "localhost") else f"//{host}{path}"
    if host.casefold() not in ("", "localhost"):
        raise SourceError(f"{name} is a file on another computer; mount its folder and give the path")
    return path
