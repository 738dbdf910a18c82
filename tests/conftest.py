"""The same ground for all tests: Qt without a screen or what OpenCV tells it, and signals that are heard."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from pytestqt.qtbot import QtBot

from tests.waiting import PATIENCE_S

_PATIENCE_MS = round(1000 * PATIENCE_S)


hypothesis.settings.register_profile("patient", deadline=None)  # a busy machine is not a failure
hypothesis.settings.load_profile("patient")


def pytest_configure() -> None:
    os.environ["SIMPSONS_CACHE"] = ""  # what one test leaves must not be another's
    os.environ["SIMPSONS_CONFIG"] = ""
    os.environ["SIMPSONS_CAST"] = ""
    config = Path(tempfile.mkdtemp(prefix="simpsons-test-"))
    os.environ["XDG_CONFIG_HOME"] = str(config)  # nor be the user's
    (config / "simpsons-play").mkdir()
    (config / "simpsons-play" / "window.ini").write_text("[General]\nkeys_hint_shown=true\n")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    # A shell starts what runs in its background deaf to SIGINT, `nohup` to SIGHUP, and the commands under
    # test inherit that: those that a test stops would go on to their end.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    hangup = getattr(signal, "SIGHUP", None)  # Windows has none
    if hangup is not None and signal.getsignal(hangup) is signal.SIG_IGN:
        signal.signal(hangup, signal.SIG_DFL)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: one that came last would leave the other workers with nothing to do."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


class PatientBot(QtBot):
    """Gives up after a minute instead of five seconds: the machine may be slow and busy."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = _PATIENCE_MS) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = _PATIENCE_MS, **more: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **more)

    def waitExposed(self, widget: Any, *, timeout: int = _PATIENCE_MS) -> Any:
        return super().waitExposed(widget, timeout=timeout)


@pytest.fixture
def qtbot(qapp: Any, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """The last that pytest-qt asks for before it makes its QApplication."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        os.environ.pop(name, None)  # importing cv2 points Qt at plugins of another version
    return ["simpsons-play"]
