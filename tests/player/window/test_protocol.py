"""Every container and codec in the real window: picture, time and name agree with what files say."""

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
from simpsons_play.core.config import AnalysisConfig, PlayRequest
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
    """Uses the window as somebody would, one thing after the other, and notes what is seen.

    Args:
        times: of all frames, in seconds.
        chance: where to go.

    Attributes:
        seen: number on the picture, its time in seconds, the names shown; with what was to be seen.
    """

    def __init__(self, times: dict[int, float], chance: random.Random) -> None:
        self._times = times
        self.seen: list[tuple[int, float, list[str], int]] = []
        self._todo = self._acts(chance)
        self._wanted: int | None = None
        self._looks = 0

    def look(self) -> None:
        """Called again and again while the window is open."""
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, PlayerWindow) and w.isVisible()]
        if not windows:
            return
        window = windows[0]
        self._looks += 1
        if self._looks * LOOK_MS / 1000 > PATIENCE_S:
            window.close()
            return
        feed = window._transport.playback
        if feed is None or not feed.can_seek or (self._wanted is not None and not self._note(window)):
            return
        act = next(self._todo, None)
        if act is None:
            window.close()
            return
        self._wanted = act(window)

    def _note(self, window: PlayerWindow) -> bool:
        """Note what is seen once the picture that was asked for is there, and what is known of it."""
        presenter = window._presenter.current
        if (
            presenter is None
            or presenter._frame is None
            or not isinstance(presenter._analysis, BackgroundAnalysis)
        ):
            return False
        frame, known = presenter._frame, presenter._result
        number = self._wanted or 0
        arrived = abs(frame.time_s - self._times[number]) < STEP_S / 4
        if not arrived or not presenter._analysis.done or known is None or known.index != number:
            return False
        assert window.picture.image is not None
        names = [caption.label for caption in known.captions]
        self.seen.append((number_on(window.picture.image), frame.time_s, names, number))
        return True

    def _acts(self, chance: random.Random) -> Iterator[Callable[[PlayerWindow], int | None]]:
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
            number = chance.randrange(2, FRAMES - 8)
            yield go(number, self._times[number] + chance.choice([0.0, 0.4]) * STEP_S)
            yield step(number + 1, 1)
            yield step(number, -1)


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_the_window_shows_the_frame_and_the_name_of_its_moment(
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
    for number, time_s, names, wanted in viewer.seen:
        assert number == wanted
        assert time_s == pytest.approx(times[wanted], abs=1e-6)
        assert names == [label_of(wanted)]
