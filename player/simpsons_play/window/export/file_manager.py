"""Shows files in the file manager of the system, and opens them in their programs."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

_SERVICE, _OBJECT = "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1"
"""The file manager on a Linux desktop: https://www.freedesktop.org/wiki/Specifications/file-manager-interface"""


def open_file(path: Path) -> None:
    """Open a file in the program that the system uses for it; does nothing if there is none."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def show_in_folder(path: Path) -> None:
    """Show a file in its folder, selected if the file manager can do that; does nothing if there is none."""
    with suppress(OSError):
        if sys.platform == "win32":
            # One string, because Explorer parses its command line in its own way; names contain no quotes.
            subprocess.Popen(f'explorer /select,"{path}"')
            return
        if sys.platform == "darwin":
            subprocess.Popen(["open", "-R", str(path)])
            return
    if not _select(path):
        open_file(path.parent)


def _select(path: Path) -> bool:
    """Ask the file manager over D-Bus, without waiting for it; returns whether there is one to ask."""
    try:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage
    except ImportError:  # libdbus is missing
        return False
    bus = QDBusConnection.sessionBus()
    interface = bus.interface() if bus.isConnected() else None
    if interface is None:
        return False
    known = (*interface.registeredServiceNames().value(), *interface.activatableServiceNames().value())
    if _SERVICE not in known:
        return False
    message = QDBusMessage.createMethodCall(_SERVICE, _OBJECT, _SERVICE, "ShowItems")
    address = bytes(QUrl.fromLocalFile(str(path)).toEncoded().data()).decode()
    message.setArguments([[address], ""])
    return bus.send(message)
