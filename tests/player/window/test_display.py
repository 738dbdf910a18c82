from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from simpsons_play.core.extras import install_command
from simpsons_play.window.playback import multimedia
from simpsons_play.window.shell import display
from simpsons_play.window.shell.display import display_problem
from tests.commands import HANGS_S

linux = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
NAMES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
OPEN = """
import sys
from simpsons_play.core.errors import DisplayError
from simpsons_play.window import Player
try:
    with Player(corrections=None, play_queue=None):
        print("a window")
except DisplayError as error:
    print(f"Error: {error}", file=sys.stderr)
    sys.exit(1)
"""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in NAMES} | variables
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=HANGS_S
    )


def test_importing_the_window_loads_no_qt() -> None:
    code = "import sys, simpsons_play.window; print([name for name in sys.modules if 'PySide' in name])"
    assert python(code).stdout.strip() == "[]"


@linux
@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "neither DISPLAY nor WAYLAND_DISPLAY is set"),
        ({"DISPLAY": ":99"}, ""),
        ({"WAYLAND_DISPLAY": "w-9"}, ""),
    ],
)
def test_a_missing_display_is_reported_in_one_line(variables: dict[str, str], words: str) -> None:
    done = python(OPEN, **variables)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: no display: ") and done.stderr.count("\n") == 1
    assert words in done.stderr and "--no-window" in done.stderr


@linux
def test_make_demo_knows_whether_there_is_a_display() -> None:
    makefile = (Path(__file__).parents[3] / "Makefile").read_text()
    (code,) = re.findall(r"python -c '(.*?display_problem.*?)'", makefile)
    without, offscreen = python(code), python(code, QT_QPA_PLATFORM="offscreen")
    assert without.returncode == 1 and without.stderr.startswith("no display: ")
    assert (offscreen.returncode, offscreen.stderr) == (0, "")


@linux
def test_a_platform_that_qt_lacks_is_reported_in_one_line() -> None:
    done = python(OPEN, QT_QPA_PLATFORM="nonsense")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error: QT_QPA_PLATFORM=nonsense: Qt has no such platform; it has ")
    assert "offscreen" in done.stderr


@linux
def test_offscreen_needs_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    assert display_problem() is not None
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert display_problem() is None
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert display_problem() is not None


@linux
def test_one_working_display_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setattr(display, "_wayland", lambda: "cannot connect to WAYLAND_DISPLAY=wayland-0")
    monkeypatch.setattr(display, "_x11", lambda: None)
    assert display_problem() is None
    monkeypatch.setattr(display, "_x11", lambda: "cannot connect to DISPLAY=:0")
    reason = display_problem()
    assert reason == "no display: cannot connect to WAYLAND_DISPLAY=wayland-0; cannot connect to DISPLAY=:0"
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert display_problem() == "no display: cannot connect to DISPLAY=:0"


@linux
def test_a_missing_library_is_reported_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(display, "_X11_LIBRARIES", {"libno-such-thing.so.0": "libno-such-thing0"})
    reason = display_problem()
    assert reason is not None and "sudo apt-get install libno-such-thing0" in reason


def test_a_failed_import_of_a_library_names_its_package() -> None:
    error = ImportError("libpulse.so.0: cannot open shared object file: No such file or directory")
    words = multimedia.missing_library(error, {"libpulse.so.0": "libpulse0"})
    assert words == "libpulse.so.0 is missing: sudo apt-get install libpulse0"
    assert multimedia.missing_library(ImportError("two\nlines"), {}) == "two lines"


def test_missing_addons_name_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PySide6.QtMultimedia", None)
    assert multimedia.why_no_multimedia() == f"PySide6-Addons is not installed: {install_command('window')}"
