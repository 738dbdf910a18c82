"""Every container and codec in a real window: picture, time and name are those of the file."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from simpsons_play.analysis.background import BackgroundAnalysis
from simpsons_play.cli.play_windowed import play_in_window
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.sources import VideoFile
from simpsons_play.window.shell.player import PlayerWindow
from tests.fakes import write_colour_model
from tests.media import Recipe, Studio
from tests.numbered_clips import CLIPS, FRAMES, RATE, label_of, number_on
from tests.waiting import PATIENCE_S

STEP_S = float(1 / RATE)
LOOK_MS = 5
SEEKS = 8


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("studio"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_colour_model(tmp_path_factory.mktemp("model") / "colours.onnx")


class Viewer:
    """Uses the window step by step and records what it shows.

    Args:
        times: Times of all frames, in seconds, by number.
        rng: Selects where to seek.

    Attributes:
        seen: Number on the picture, time in seconds, names shown, and the expected number.
    """

    def __init__(self, times: dict[int, float], rng: random.Random) -> None:
        self._times = times
        self.seen: list[tuple[int, float, list[str], int]] = []
        self._steps = self._make_steps(rng)
        self._expected: int | None = None
        self._polls = 0

    def look(self) -> None:
        """Called repeatedly while the window is open."""
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, PlayerWindow) and w.isVisible()]
        if not windows:
            return
        window = windows[0]
        self._polls += 1
        if self._polls * LOOK_MS / 1000 > PATIENCE_S:
            window.close()
            return
        playback = window._transport.playback
        if (
            playback is None
            or not playback.can_seek
            or (self._expected is not None and not self._record(window))
        ):
            return
        act = next(self._steps, None)
        if act is None:
            window.close()
            return
        self._expected = act(window)

    def _record(self, window: PlayerWindow) -> bool:
        """Record what is shown once the requested frame and its result have arrived."""
        presenter = window._presenter._presenter
        if (
            presenter is None
            or presenter._frame is None
            or not isinstance(presenter._analysis, BackgroundAnalysis)
        ):
            return False
        frame, known = presenter._frame, presenter._result
        number = self._expected or 0
        arrived = abs(frame.time_s - self._times[number]) < STEP_S / 4
        if not arrived or not presenter._analysis.done or known is None or known.index != number:
            return False
        assert window.picture.image is not None
        names = [caption.label for caption in known.captions]
        self.seen.append((number_on(window.picture.image), frame.time_s, names, number))
        return True

    def _make_steps(self, rng: random.Random) -> Iterator[Callable[[PlayerWindow], int | None]]:
        def pause(window: PlayerWindow) -> None:
            if window._transport.playback is not None and window._transport.playback.playing:
                window._transport.toggle_pause()

        def go(number: int, time_s: float) -> Callable[[PlayerWindow], int]:
            def act(window: PlayerWindow) -> int:
                window._transport.seek_to(time_s)
                return number

            return act

        def step(number: int, frames: int) -> Callable[[PlayerWindow], int]:
            def act(window: PlayerWindow) -> int:
                window._transport.step(frames)
                return number

            return act

        yield pause
        for _ in range(SEEKS):
            number = rng.randrange(2, FRAMES - 8)
            yield go(number, self._times[number] + rng.choice([0.0, 0.4]) * STEP_S)
            yield step(number + 1, 1)
            yield step(number, -1)


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_the_window_shows_the_right_frame_and_name(
    clip: Recipe, studio: Studio, model: Path, qtbot: QtBot
) -> None:
    path = studio.video(clip)
    with VideoFile(path) as video:
        times = {number_on(frame.image): frame.time_s for frame in video}
    viewer = Viewer(times, random.Random(clip.name))
    timer = QTimer(QApplication.instance(), interval=LOOK_MS)
    timer.timeout.connect(viewer.look)
    timer.start()
    config = AnalysisConfig(regions="full")
    request = PlayRequest(str(path), model=model, provider="cpu", config=config, quiet=True, cached=False)
    try:
        play_in_window([request], request)
    finally:
        timer.stop()
    assert len(viewer.seen) == 3 * SEEKS
    for number, time_s, names, expected in viewer.seen:
        assert number == expected
        assert time_s == pytest.approx(times[expected], abs=1e-6)
        assert names == [label_of(expected)]
