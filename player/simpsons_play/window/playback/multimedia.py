"""Checks whether Qt can play sound here, and if not, why."""

from __future__ import annotations

import importlib

from simpsons_play.core.extras import install_command

# Libraries that QtMultimedia links but PySide6 does not ship, with their Debian or Ubuntu packages.
_PACKAGES = {"libpulse.so.0": "libpulse0", "libpulse-mainloop-glib.so.0": "libpulse-mainloop-glib0"}


def why_no_multimedia() -> str | None:
    """Check whether QtMultimedia can be loaded.

    Returns:
        None if it can, otherwise the reason and the command that fixes it, in one line.
    """
    try:
        core = importlib.import_module("PySide6.QtCore")
        # While being imported, it reports optional libraries that are missing on stderr.
        core.QLoggingCategory.setFilterRules("qt.multimedia.symbolsresolver*=false")
        importlib.import_module("PySide6.QtMultimedia")
    except ModuleNotFoundError:
        return f"PySide6-Addons is not installed: {install_command('window')}"
    except ImportError as error:
        return missing_library(error, _PACKAGES)
    return None


def missing_library(error: ImportError, packages: dict[str, str]) -> str:
    """Describe an import that failed because of a shared library, in one line.

    Args:
        error: What the import raised, such as `libpulse.so.0: cannot open shared object file: ...`.
        packages: The Debian or Ubuntu package of each library.
    """
    library = str(error).split(":", 1)[0]
    package = packages.get(library)
    if package is None:
        return " ".join(str(error).split())
    return f"{library} is missing: sudo apt-get install {package}"


def why_no_sound_device() -> str | None:
    """Check for a sound device; needs QtMultimedia and a QApplication.

    Returns:
        None if there is one, otherwise the reason in a few words.
    """
    from PySide6.QtMultimedia import QMediaDevices

    return "no sound device found" if QMediaDevices.defaultAudioOutput().isNull() else None
