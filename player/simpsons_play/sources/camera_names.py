"""Cameras by name, number or device; names are known on Linux only."""

from __future__ import annotations

import os
import re
from pathlib import Path

from simpsons_play.core.errors import SourceError
from simpsons_play.sources.file_name import CAMERA, is_camera

_SYSTEM = Path("/sys/class/video4linux")
_MAX_DIGITS = 9


def cameras(folder: Path = _SYSTEM) -> dict[int, str]:
    """The names of the cameras of this machine by number; empty if the system does not list them.

    A camera may have several devices. Only the first one sends frames; the others are omitted.
    """
    found: dict[int, str] = {}
    for device in folder.glob("video*"):
        number = re.fullmatch(r"video(\d+)", device.name)
        try:
            is_first = (device / "index").read_text(encoding="utf-8").strip() in ("0", "")
            name = (device / "name").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        if number is not None and is_first:
            found[int(number.group(1))] = name
    return dict(sorted(found.items()))


def device_number(name: str) -> int | None:
    """The number of the camera at a path such as `/dev/video0` or a link to it; None for other paths."""
    if not name.startswith("/dev/"):
        return None
    device = re.fullmatch(r"/dev/video(\d{1,9})", os.path.realpath(name))
    return None if device is None else int(device[1])


def is_camera_name(name: str) -> bool:
    """Whether the name of a source means a camera."""
    return is_camera(name) or device_number(name) is not None


def camera_number(name: str) -> int:
    """The number of the camera that the name of a source means, see `is_camera_name`.

    Raises:
        SourceError: no camera or more than one camera matches the name.
    """
    if (number := device_number(name)) is not None:
        return number
    if name.casefold().startswith(CAMERA):
        return find_camera(name[len(CAMERA) :])
    if len(name) > _MAX_DIGITS:
        raise SourceError(f"no camera has a number with {len(name):,} digits")
    return int(name)


def find_camera(text: str, folder: Path = _SYSTEM) -> int:
    """The number of the camera whose name contains a text, regardless of case.

    A number is returned as it is, unless no camera has it and the name of one contains it (C920).

    Raises:
        SourceError: no camera or more than one camera matches.
    """
    names = cameras(folder)
    if re.fullmatch("[0-9]{1,9}", text) and (
        int(text) in names or not any(text in name for name in names.values())
    ):
        return int(text)
    matches = [number for number, name in names.items() if text.casefold() in name.casefold()]
    if len(matches) == 1:
        return matches[0]
    if not names:
        raise SourceError(
            f"no camera matches {text!r}: cameras have no names on this system; give the camera number"
        )
    what = "no camera matches" if not matches else "more than one camera matches"
    known = "; ".join(f"{number}: {name}" for number, name in names.items())
    raise SourceError(f"{what} {text!r}; connected: {known}")
