"""Cameras by their names, which Linux tells."""

from __future__ import annotations

import os
import re
from pathlib import Path

from simpsons_play.core.errors import SourceError

_SYSTEM = Path("/sys/class/video4linux")


def cameras(folder: Path = _SYSTEM) -> dict[int, str]:
    """The cameras of this machine by their numbers; none where the system does not tell.

    A camera may have several devices, of which only the first gives pictures; the others are left out.
    """
    found: dict[int, str] = {}
    for device in folder.glob("video*"):
        number = re.fullmatch(r"video(\d+)", device.name)
        try:
            first = (device / "index").read_text(encoding="utf-8").strip() in ("0", "")
            name = (device / "name").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        if number is not None and first:
            found[int(number.group(1))] = name
    return dict(sorted(found.items()))


def device_number(name: str) -> int | None:
    """The number of the camera that a path leads to, such as `/dev/video0` or a link to it; else None."""
    if not name.startswith("/dev/"):
        return None
    device = re.fullmatch(r"/dev/video(\d{1,9})", os.path.realpath(name))
    return None if device is None else int(device[1])


def camera_called(text: str, folder: Path = _SYSTEM) -> int:
    """The number of the camera whose name holds a text, in whatever case.

    A number is itself, unless there is no such camera and one whose name holds it (C920).

    Raises:
        SourceError: there is none, or more than one.
    """
    there = cameras(folder)
    if re.fullmatch("[0-9]{1,9}", text) and (
        int(text) in there or not any(text in name for name in there.values())
    ):
        return int(text)
    fitting = [number for number, name in there.items() if text.casefold() in name.casefold()]
    if len(fitting) == 1:
        return fitting[0]
    known = "; ".join(f"{number}: {name}" for number, name in there.items())
    if not there:
        raise SourceError(
            f"no camera is called {text!r}: cameras have no names on this system; give a number"
        )
    what = "no camera is" if not fitting else "more than one camera is"
    raise SourceError(f"{what} called {text!r}; there are {known}")
