"""Loads the part of Qt that plays sound, which some systems cannot load, and says why."""

from __future__ import annotations

import importlib

# Libraries that QtMultimedia links and PySide6 does not bring, and the Debian or Ubuntu package of each.
_PACKAGES = {"libpulse.so.0": "libpulse0", "libpulse-mainloop-glib.so.0": "libpulse-mainloop-glib0"}


def why_no_multimedia() -> str | None:
    """Whether QtMultimedia can be loaded.

    Returns:
        None where it can, else the reason with the command that mends it, in one line.
    """
    try:
        core = importlib.import_module("PySide6.QtCore")
        # It tells of libraries it could use and does not find, on stderr and while it is imported.
        core.QLoggingCategory.setFilterRules("qt.multimedia.symbolsresolver*=false")
        importlib.import_module("PySide6.QtMultimedia")
    except ModuleNotFoundError:
        return "PySide6-Addons is not installed: pip install PySide6-Addons"
    except ImportError as error:
        return missing_library(error, _PACKAGES)
    return None


def missing_library(error: ImportError, packages: dict[str, str]) -> str:
    """One line for an import that failed at a shared library.

    Args:
        error: what the import raised, as in `libpulse.so.0: cannot open shared object file: ...`.
        packages: for each library the Debian or Ubuntu package that holds it.
    """
    library = str(error).split(":", 1)[0]
    package = packages.get(library)
    if package is None:
        return " ".join(str(error).split())
    return f"{library} is missing: sudo apt-get install {package}"


def why_no_sound_device() -> str | None:
    """Whether there is something to hear with; needs QtMultimedia and a QApplication.

    Returns:
        None where there is, else the reason in a few words.
    """
    from PySide6.QtMultimedia import QMediaDevices

    return "no sound device was found" if QMediaDevices.defaultAudioOutput().isNull() else None
