"""Checks for a display before Qt starts, because Qt aborts the process if there is none."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from simpsons_play.core.errors import DisplayError
from simpsons_play.core.silence import quiet_stderr

# Libraries that Qt's X11 plugin needs, with their Debian or Ubuntu packages. PySide6 does not ship them, and
# Qt aborts without a Python exception if one is missing.
_X11_LIBRARIES = {
    "libxcb.so.1": "libxcb1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
_WAYLAND_LIBRARIES = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libxkbcommon.so.0": "libxkbcommon0",
}


NO_WINDOW = "add --no-window to play without a window"
"""The remedy that `simpsons play` has where no window can be opened."""


def require_display(*, remedy: str = NO_WINDOW) -> None:
    """Raise DisplayError if no window can be opened.

    Args:
        remedy: What the user can do instead, for the message.
    """
    reason = display_problem()
    if reason is not None:
        raise DisplayError(f"{reason}; {remedy}")


def display_problem() -> str | None:
    """Check whether a window can be opened.

    Does not load Qt. Connects to the display and disconnects again, which takes a few milliseconds.

    Returns:
        None if it can, otherwise the reason and the remedy in one line.
    """
    if sys.platform in ("win32", "darwin"):
        return None
    requested = [
        name.split(":")[0].lower() for name in os.environ.get("QT_QPA_PLATFORM", "").split(";") if name
    ]
    if any(name not in ("xcb", "wayland", "wayland-egl") for name in requested):
        return _unknown(requested)  # offscreen, vnc and similar platforms need no display
    reasons = []
    for variable, platform, probe in (("WAYLAND_DISPLAY", "wayland", _wayland), ("DISPLAY", "xcb", _x11)):
        if not os.environ.get(variable) or (
            requested and not any(name.startswith(platform) for name in requested)
        ):
            continue
        reason = probe()
        if reason is None:
            return None
        reasons.append(reason)
    if not reasons:
        return "no display: neither DISPLAY nor WAYLAND_DISPLAY is set"
    return "no display: " + "; ".join(reasons)


def _unknown(requested: list[str]) -> str | None:
    """Why Qt cannot use any of the requested platforms, on which it would abort; None if it may."""
    package = importlib.util.find_spec("PySide6")
    folders = package.submodule_search_locations if package is not None else None
    names = {
        path.stem.removeprefix("libq")
        for folder in folders or ()
        for path in Path(folder, "Qt", "plugins", "platforms").glob("libq*.so")
    }
    if not names or names & set(requested):
        return None
    wanted, known = os.environ["QT_QPA_PLATFORM"], ", ".join(sorted(names))
    return f"QT_QPA_PLATFORM={wanted}: Qt has no such platform; it has {known}"


def _x11() -> str | None:
    """Why Qt cannot open a window on DISPLAY; None if it can."""
    missing = _missing(_X11_LIBRARIES)
    if missing is not None:
        return missing
    # libxcb handles sockets, hosts and Xauthority.
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return f"cannot connect to DISPLAY={os.environ['DISPLAY']}" if failed else None


def _wayland() -> str | None:
    """Why Qt cannot open a window on WAYLAND_DISPLAY; None if it can."""
    missing = _missing(_WAYLAND_LIBRARIES)
    if missing is not None:
        return missing
    wayland = ctypes.CDLL("libwayland-client.so.0")
    wayland.wl_display_connect.restype = ctypes.c_void_p
    wayland.wl_display_connect.argtypes = [ctypes.c_char_p]
    wayland.wl_display_disconnect.argtypes = [ctypes.c_void_p]
    with quiet_stderr():  # the library prints a message of its own
        connection = wayland.wl_display_connect(None)
    if not connection:
        return f"cannot connect to WAYLAND_DISPLAY={os.environ['WAYLAND_DISPLAY']}"
    wayland.wl_display_disconnect(connection)
    return None


def _missing(libraries: dict[str, str]) -> str | None:
    """The command that installs the missing libraries; None if there are none."""
    packages = []
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            packages.append(package)
    if not packages:
        return None
    return f"Qt needs libraries that are missing: sudo apt-get install {' '.join(packages)}"
