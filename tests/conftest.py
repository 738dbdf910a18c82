"""The same ground for all tests: Qt without a screen or what OpenCV tells it, and a Ctrl-C that is heard."""

from __future__ import annotations

import os
import signal
import tempfile

import pytest


def pytest_configure() -> None:
    os.environ["SIMPSONS_CACHE"] = ""  # what one test leaves must not be another's
    os.environ["SIMPSONS_CONFIG"] = ""
    os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="simpsons-test-")  # nor be the user's
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # A shell starts what runs in its background deaf to SIGINT, and the commands under test inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """The last that pytest-qt asks for before it makes its QApplication."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)  # importing cv2 points Qt at plugins of another version
    return ["simpsons-play"]
