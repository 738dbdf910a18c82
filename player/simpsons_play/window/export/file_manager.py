"""Shows files in the file manager of the system, and opens them in their programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices

_POLL_MS = 100
_SERVICE, _OBJECT = "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1"
"""The file manager on a Linux desktop: https://www.freedesktop.org/wiki/Specifications/file-manager-interface"""


def open_file(path: Path, parent: QObject, *, failed: Callable[[], object]) -> None:
    """Open a file or folder in the program that the system uses for it, without waiting for it.

    Args:
        path: The file.
        parent: Qt parent of the request; `failed` is not called once this is deleted.
        failed: Called if there is no such program, or if it fails.
    """
    launcher = None if sys.platform in ("win32", "darwin") else shutil.which("xdg-open")
    if launcher is not None:  # Qt starts it as well, but does not notice that it fails
        _start([launcher, os.path.abspath(path)], parent, failed=failed)
    elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
        failed()


def show_in_folder(path: Path, parent: QObject, *, failed: Callable[[], object]) -> None:
    """Show a file in its folder, selected if the file manager can do that, without waiting for it.

    Args:
        path: The file.
        parent: Qt parent of the request; `failed` is not called once this is deleted.
        failed: Called if there is no file manager, or none that answers.
    """

    def open_folder() -> None:
        open_file(path.parent, parent, failed=failed)

    try:
        if sys.platform == "win32":
            # One string, because Explorer parses its command line in its own way; names contain no quotes.
            subprocess.Popen(f'explorer /select,"{path}"')
            return
        if sys.platform == "darwin":
            subprocess.Popen(["open", "-R", str(path)])
            return
    except OSError:
        open_folder()
        return
    if not _select(path, parent, failed=open_folder):
        open_folder()


def _start(command: list[str], parent: QObject, *, failed: Callable[[], object]) -> None:
    """Start a command that may outlive the player; `failed` is called if its exit code is not 0."""
    quiet = subprocess.DEVNULL
    try:
        process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    except OSError:
        failed()
        return
    timer = QTimer(parent, interval=_POLL_MS)

    def look() -> None:
        code = process.poll()
        if code is not None:
            timer.stop()
            timer.deleteLater()
            if code:
                failed()

    timer.timeout.connect(look)
    timer.start()


def _select(path: Path, parent: QObject, *, failed: Callable[[], object]) -> bool:
    """Ask the file manager over D-Bus, without waiting for it; returns whether there is one to ask.

    Args:
        path: The file.
        parent: Qt parent of the request.
        failed: Called if it does not answer, or answers with an error.
    """
    try:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher
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
    watcher = QDBusPendingCallWatcher(bus.asyncCall(message), parent)

    def on_finished() -> None:
        if watcher.isError():
            failed()
        watcher.deleteLater()

    watcher.finished.connect(on_finished)
    return True
