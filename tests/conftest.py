"""Qt without a screen, whatever the machine, and without what OpenCV tells it."""

from __future__ import annotations

import os

import pytest


def pytest_configure() -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """The last that pytest-qt asks for before it makes its QApplication."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)  # importing cv2 points Qt at plugins of another version
    return ["simpsons-play"]
