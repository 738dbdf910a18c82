from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from simpsons_play.core.errors import DependencyError, SourceError
from tests.commands import HANGS_S
from tests.player.window.window_kit import (
    NO_MULTIMEDIA,
    FakeAnalysis,
    ListSource,
    Opener,
    clip_fixture,  # noqa: F401 - as `clip`
    info_of,
    needs_multimedia,
    number_of,
    numbered_frames,
    run_window,
)

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from simpsons_play.window.shell import application, playback_setup
from simpsons_play.window.shell.player import PlayerWindow

PROGRAM = """
import sys
from pathlib import Path
from tests.player.window.window_kit import Opener, FakeAnalysis, info_of, run_window
from simpsons_play.core.errors import SimpsonsError

class ReportingAnalysis(FakeAnalysis):
    def submit(self, frame):
        super().submit(frame)
        if len(self.frames) == 3:
            print("playing", flush=True)

path = Path(sys.argv[1])
try:
    run_window(title="clip", media=path, info=info_of(path), open_frames=Opener(path),
               analysis=ReportingAnalysis(), close_at_end="--close" in sys.argv)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
except SimpsonsError as error:
    sys.exit(f"Error: {error}")
"""


@pytest.fixture
def use_window(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[PlayerWindow], object]], None]:
    """Call a function with the window that `run_window` opens until it returns something true."""

    def do(act: Callable[[PlayerWindow], object]) -> None:
        timer = QTimer(QApplication.instance(), interval=20)

        def look() -> None:
            for window in QApplication.topLevelWidgets():
                if isinstance(window, PlayerWindow) and window.isVisible() and act(window):
                    timer.stop()

        timer.timeout.connect(look)
        timer.start()

    return do


def program(*arguments: str) -> subprocess.Popen[str]:
    root = Path(__file__).parents[3]
    paths = [str(root), *(path for path in sys.path if path)]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": os.pathsep.join(paths)}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def close_after(frames: int, analysis: FakeAnalysis) -> Callable[[PlayerWindow], object]:
    return lambda window: len(analysis.frames) >= frames and (window.close() or True)


def test_opens_plays_and_closes(
    use_window: Callable[..., None],
    clip: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    analysis = FakeAnalysis()
    use_window(close_after(5, analysis))
    run_window(
        title="clip.mp4",
        media=clip,
        info=info_of(clip),
        open_frames=Opener(clip),
        analysis=analysis,
    )
    numbers = [number_of(frame.image) for frame in analysis.frames]
    assert numbers[0] < 12  # a busy machine may miss the first ones
    assert numbers == sorted(set(numbers))
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) <= 1  # why there is no sound; nothing from Qt or ffmpeg
    assert all(line.startswith("no sound: ") for line in lines)
    if NO_MULTIMEDIA is not None:
        assert lines == [f"no sound: {NO_MULTIMEDIA}"]


def test_without_multimedia_it_plays_silently_and_warns_once(
    use_window: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    clip: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    why = "libpulse.so.0 is missing: sudo apt-get install libpulse0"
    monkeypatch.setattr(playback_setup, "why_no_multimedia", lambda: why)
    analysis, seen = FakeAnalysis(), []

    def act(window: PlayerWindow) -> bool:
        if len(analysis.frames) < 5:
            return False
        seen.append((window.status_text()[0], type(window.playback).__name__))
        window.close()
        return True

    use_window(act)
    opener = Opener(clip)
    run_window(
        title="clip.mp4",
        media=clip,
        info=info_of(clip),
        open_frames=opener,
        analysis=analysis,
        start_s=1.0,
    )
    assert seen == [("clip.mp4 · no sound", "SourcePlayback")]
    assert capfd.readouterr().err == f"no sound: {why}\n"
    assert 24 <= number_of(analysis.frames[0].image) < 48  # if the window is late, the newest frame wins
    assert len(opener.starts) == 1 and opener.starts[0] < 1.0  # early enough for the frame on screen then


@needs_multimedia
def test_without_a_sound_device_it_plays_silently_and_warns_once(
    use_window: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    clip: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(playback_setup, "why_no_sound_device", lambda: "no sound device found")
    analysis = FakeAnalysis()
    use_window(close_after(5, analysis))
    run_window(
        title="clip",
        media=clip,
        info=info_of(clip),
        open_frames=Opener(clip),
        analysis=analysis,
    )
    assert capfd.readouterr().err == "no sound: no sound device found\n"


def test_a_source_that_cannot_be_opened_raises(clip: Path, tmp_path: Path, qtbot: QtBot) -> None:
    path = tmp_path / "none.avi"
    with pytest.raises(SourceError):
        run_window(
            title="none",
            open_frames=Opener(path),
            analysis=FakeAnalysis(),
        )


def test_an_error_while_playing_is_raised(qtbot: QtBot) -> None:
    error = SourceError("camera 0: unplugged")
    with pytest.raises(SourceError, match="unplugged"):
        run_window(
            title="camera 0",
            open_frames=lambda start_s=0.0: ListSource([*numbered_frames(3), error], live=True),
            analysis=FakeAnalysis(),
        )


def test_missing_pyside_names_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PySide6.QtWidgets", None)
    with pytest.raises(DependencyError, match=r"\[window\]' or add --no-window"):
        run_window(
            title="",
            open_frames=Opener(Path()),
            analysis=FakeAnalysis(),
        )


def test_a_pyside_version_that_would_crash_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "_steals_references", lambda: True)
    with pytest.raises(DependencyError, match="PySide6-Essentials<6"):
        run_window(
            title="",
            open_frames=Opener(Path()),
            analysis=FakeAnalysis(),
        )


def test_the_environment_is_restored(
    use_window: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    clip: Path,
) -> None:
    monkeypatch.setenv("QT_QPA_FONTDIR", "/opt/cv2/fonts")
    before = dict(os.environ)
    analysis = FakeAnalysis()
    use_window(close_after(1, analysis))
    run_window(
        title="clip",
        media=clip,
        info=info_of(clip),
        open_frames=Opener(clip),
        analysis=analysis,
    )
    assert dict(os.environ) == before


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to send")
def test_control_c_closes_the_window(clip: Path) -> None:
    with program(str(clip)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "playing\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=HANGS_S)
    assert (out, process.returncode) == ("interrupted\n", 130)
    assert all(line.startswith("no sound: ") for line in err.splitlines()) and err.count("\n") <= 1


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to raise")
@pytest.mark.parametrize("place", ["playback_started", "show"])
def test_control_c_while_the_window_opens(place: str, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    windows: list[PlayerWindow] = []
    start = playback_setup.start_playback

    def start_and_interrupt(*about: Any, **more: Any) -> None:
        start(*about, **more)
        signal.raise_signal(signal.SIGINT)

    def show_interrupted(window: PlayerWindow) -> None:
        windows.append(window)
        if place == "show":
            signal.raise_signal(signal.SIGINT)
        window.setVisible(True)

    if place == "playback_started":
        monkeypatch.setattr(playback_setup, "start_playback", start_and_interrupt)
    monkeypatch.setattr(PlayerWindow, "show", show_interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_window(
            title="camera 0",
            open_frames=lambda start_s=0.0: ListSource(numbered_frames(240)),
            analysis=FakeAnalysis(),
        )
    assert len(windows) == (place == "show")  # an interrupted window is not even shown
    # The window does not wait for a reader that is still opening its source, but the reader ends as well.
    qtbot.waitUntil(lambda: all(thread.name != "read" for thread in threading.enumerate()))


def test_playing_to_the_end_writes_nothing_else_to_the_terminal(clip: Path) -> None:
    with program(str(clip), "--close") as process:
        out, err = process.communicate(timeout=HANGS_S)
    assert (out, process.returncode) == ("playing\n", 0)
    assert all(line.startswith("no sound: ") for line in err.splitlines()) and err.count("\n") <= 1
