from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame
from simpsons_play.sources import PictureFolder, VideoFile
from tests.media import make_pictures
from tests.player.window.window_kit import (
    COLOURS,
    RATE,
    FakeSpeaker,
    ListSource,
    Opener,
    clip_fixture,  # noqa: F401 - as `clip`
    make_clip,
    number_of,
    numbered_frames,
)
from tests.waiting import PATIENCE_S

pytest.importorskip("PySide6.QtWidgets")
from simpsons_play.window.playback.playback import Playback
from simpsons_play.window.playback.sound import Sound
from simpsons_play.window.playback.source_playback import SourcePlayback


def silent_playback(path: Path, **limits: float) -> Playback:
    return SourcePlayback(Opener(path), **limits)


def playback_with_sound(path: Path, **limits: float) -> Playback:
    end_s = limits.get("start_s", 0.0) + limits["duration_s"] if "duration_s" in limits else None
    return SourcePlayback(Opener(path), sound=Sound(path, FakeSpeaker, end_s=end_s), **limits)


class Recorded:
    """A playback and the frames it has emitted."""

    def __init__(self, playback: Playback) -> None:
        self.playback = playback
        self.frames: list[Frame] = []
        self.moments: list[float] = []
        self.early_s: list[float] = []
        self.ended = 0
        playback.frame.connect(self._on_frame)
        playback.ended.connect(self._on_ended)

    def _on_frame(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.moments.append(time.monotonic())
        self.early_s.append(self.playback.due_s - self.moments[-1])

    def _on_ended(self) -> None:
        self.ended += 1

    def numbers(self) -> list[int]:
        return [number_of(frame.image) for frame in self.frames]


Start = Callable[..., Recorded]


@pytest.fixture(
    params=[
        pytest.param(silent_playback, id="silent"),
        pytest.param(playback_with_sound, id="sounding"),
    ]
)
def start(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[Start]:
    """Create a playback; each test runs with and without sound."""
    playbacks: list[Playback] = []

    def start(path: Path, **limits: float) -> Recorded:
        playbacks.append(request.param(path, **limits))
        return Recorded(playbacks[-1])

    yield start
    for playback in playbacks:
        playback.stop()


def test_the_frames_of_the_clip_show_their_numbers(clip: Path) -> None:
    with VideoFile(clip) as video:
        assert [number_of(frame.image) for frame in video] == list(range(48))


def test_plays_at_normal_speed_to_the_end(start: Start, qtbot: QtBot, clip: Path) -> None:
    recorded = start(clip)
    with qtbot.waitSignal(recorded.playback.ended):
        recorded.playback.play()
    times = [frame.time_s for frame in recorded.frames]
    assert times == sorted(times)
    assert times[0] < 0.2 and times[-1] > 1.85
    # Each picture is the frame of its time, give or take one.
    assert all(abs(number_of(frame.image) - frame.time_s * RATE) < 1.1 for frame in recorded.frames)
    assert len(recorded.frames) > 24  # a busy machine may skip some
    assert 0.001 < max(recorded.early_s) <= 0.01, "frames arrive before they are due"
    assert recorded.early_s[0] <= 0, "the first one is due immediately"
    passed = recorded.moments[-1] - recorded.moments[0]
    assert passed == pytest.approx(times[-1] - times[0], abs=0.4)
    assert recorded.playback.at_end and not recorded.playback.playing
    assert recorded.playback.duration_s == pytest.approx(48 / RATE, abs=0.1)
    colour = recorded.frames[-1].image[20, 160].astype(int)
    assert np.abs(colour - COLOURS[recorded.numbers()[-1] % 4]).max() < 30


def test_pause_stops_frames(start: Start, qtbot: QtBot, clip: Path) -> None:
    recorded = start(clip)
    recorded.playback.play()
    qtbot.waitUntil(lambda: len(recorded.frames) > 3)
    recorded.playback.pause()
    assert not recorded.playback.playing
    recorded.playback.seek(1.0)  # discards a frame that is on its way
    qtbot.waitUntil(lambda: abs(recorded.frames[-1].time_s - 1.0) < 0.1)
    before = len(recorded.frames)
    with qtbot.assertNotEmitted(recorded.playback.frame, wait=250):
        pass
    recorded.playback.play()
    qtbot.waitUntil(lambda: len(recorded.frames) > before + 2)
    assert recorded.numbers() == sorted(recorded.numbers())


def test_seeks_and_steps_while_paused(start: Start, qtbot: QtBot, clip: Path) -> None:
    recorded = start(clip)
    recorded.playback.play()
    qtbot.waitUntil(lambda: bool(recorded.frames) and recorded.playback.can_seek)
    recorded.playback.pause()
    recorded.playback.seek(1.25)  # frame 30 is due at 1.251 s
    assert recorded.playback.position_s == 1.25
    qtbot.waitUntil(lambda: recorded.numbers()[-1] in (29, 30))
    at = recorded.numbers()[-1]
    recorded.playback.step(1)
    qtbot.waitUntil(lambda: recorded.numbers()[-1] == at + 1)
    recorded.playback.step(-1)
    qtbot.waitUntil(lambda: recorded.numbers()[-1] == at)
    recorded.playback.seek(-5.0)
    qtbot.waitUntil(lambda: recorded.numbers()[-1] in (0, 1))
    recorded.playback.seek(99.0)
    qtbot.waitUntil(lambda: recorded.numbers()[-1] > 38)
    assert not recorded.playback.playing


def test_a_seek_shows_the_frame_on_screen_at_that_time(start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    recorded = start(make_clip(tmp_path / "slow.mp4", frames=5, sound=False, rate=Fraction(1)))
    recorded.playback.play()
    qtbot.waitUntil(lambda: bool(recorded.frames) and recorded.playback.can_seek)
    recorded.playback.pause()
    for time_s, number in ((2.3, 2), (4.75, 4), (1.9, 1), (99.0, 4)):
        recorded.playback.seek(time_s)
        qtbot.waitUntil(lambda number=number: recorded.numbers()[-1] == number)
    recorded.playback.step(-1)
    qtbot.waitUntil(lambda: recorded.numbers()[-1] == 3)


def test_a_seek_to_the_beginning_of_a_frame_shows_that_frame(start: Start, qtbot: QtBot, clip: Path) -> None:
    """Appearances begin at cuts, where the previous frame belongs to another shot."""
    recorded = start(clip)
    recorded.playback.pause()
    qtbot.waitUntil(lambda: bool(recorded.frames) and recorded.playback.can_seek)
    for number in (7, 23, 31, 11):
        recorded.playback.seek(float(number / RATE))
        qtbot.waitUntil(lambda number=number: recorded.numbers()[-1] == number)


def test_steps_back_from_the_last_frame(start: Start, qtbot: QtBot, clip: Path) -> None:
    recorded = start(clip, start_s=1.7)
    with qtbot.waitSignal(recorded.playback.ended):
        recorded.playback.play()
    at = recorded.numbers()[-1]
    assert at >= 46
    recorded.playback.step(-1)
    qtbot.waitUntil(lambda: recorded.numbers()[-1] == at - 1)


def test_after_the_end_it_seeks_back_and_starts_over(start: Start, qtbot: QtBot, clip: Path) -> None:
    recorded = start(clip, start_s=1.7)
    with qtbot.waitSignal(recorded.playback.ended):
        recorded.playback.play()
    assert min(recorded.numbers()) >= 39
    recorded.playback.seek(0.5)
    qtbot.waitUntil(lambda: recorded.numbers()[-1] in range(11, 14))
    assert not recorded.playback.playing and not recorded.playback.at_end
    recorded.playback.seek(1.7)
    with qtbot.waitSignal(recorded.playback.ended):
        recorded.playback.play()
    before = len(recorded.frames)
    recorded.playback.play()
    qtbot.waitUntil(lambda: len(recorded.frames) > before)
    assert recorded.numbers()[before] >= 39


def test_start_and_duration_limit_the_playback(start: Start, qtbot: QtBot, clip: Path) -> None:
    recorded = start(clip, start_s=0.5, duration_s=0.5)
    with qtbot.waitSignal(recorded.playback.ended):
        recorded.playback.play()
    assert min(recorded.numbers()) >= 11
    assert recorded.numbers()[-1] in (21, 22, 23)
    assert recorded.playback.duration_s == 1.0
    assert recorded.ended == 1


def test_emits_nothing_once_stopped(start: Start, qtbot: QtBot, clip: Path) -> None:
    recorded = start(clip)
    recorded.playback.play()
    qtbot.waitUntil(lambda: bool(recorded.frames))
    recorded.playback.stop()
    with (
        qtbot.assertNotEmitted(recorded.playback.frame, wait=150),
        qtbot.assertNotEmitted(recorded.playback.ended),
    ):
        pass


def test_reports_the_pixel_aspect_ratio(start: Start, qtbot: QtBot, tmp_path: Path) -> None:
    recorded = start(make_clip(tmp_path / "wide.mp4", frames=6, sound=False, pixel_aspect=Fraction(4, 3)))
    with qtbot.waitSignal(recorded.playback.ended):
        recorded.playback.play()
    height, width = recorded.frames[0].image.shape[:2]
    assert width * recorded.playback.pixel_aspect / height == pytest.approx(16 / 9, rel=0.01)


@pytest.mark.parametrize("count", [1, 5])
def test_pictures_can_be_seeked(qtbot: QtBot, tmp_path: Path, count: int) -> None:
    make_pictures(tmp_path, [f"{number}.png" for number in range(count)])
    playback = SourcePlayback(lambda start_s=0.0: PictureFolder(tmp_path, start_s=start_s))
    names: list[str] = []
    playback.frame.connect(lambda frame: names.append(frame.name))
    failed: list[Exception] = []
    playback.failed.connect(failed.append)
    playback.play()
    qtbot.waitUntil(lambda: bool(names))
    playback.pause()
    for time_s in (2.3, 4.3, 99.0):
        names.clear()
        playback.seek(time_s)
        qtbot.waitUntil(lambda: bool(names))
        assert names == [f"{min(int(time_s), count - 1)}.png"]
    assert playback.duration_s == count
    assert not failed
    playback.stop()


def test_a_source_that_fails_reports_the_error(qtbot: QtBot) -> None:
    error = SourceError("clip.avi: gone")
    playback = SourcePlayback(lambda start_s=0.0: ListSource([numbered_frames(1)[0], error]))
    with qtbot.waitSignal(playback.failed) as failed:
        playback.play()
    assert failed.args == [error]
    playback.stop()


def test_a_busy_window_shows_the_newest_live_frame(qtbot: QtBot) -> None:
    exhausted = threading.Event()

    class Camera(ListSource):
        def __iter__(self) -> Iterator[Frame]:
            yield from super().__iter__()
            exhausted.set()

    playback = SourcePlayback(lambda start_s=0.0: Camera(numbered_frames(40), live=True))
    recorded = Recorded(playback)
    playback.play()
    assert exhausted.wait(PATIENCE_S)  # the window is busy while all forty frames arrive
    with qtbot.waitSignal(playback.ended):
        pass
    assert recorded.numbers()[-1] == 39
    assert len(recorded.frames) < 5
    assert playback.duration_s is None and not playback.can_seek
    playback.stop()


def test_plays_faster_and_at_normal_speed_again(start: Start, qtbot: QtBot, clip: Path) -> None:
    recorded = start(clip)
    recorded.playback.set_speed(4.0)
    with qtbot.waitSignal(recorded.playback.ended):
        recorded.playback.play()
    passed = recorded.moments[-1] - recorded.moments[0]
    assert passed < 0.7 * (recorded.frames[-1].time_s - recorded.frames[0].time_s)
    recorded.playback.set_speed(1.0)
    count = len(recorded.frames)
    recorded.playback.play()
    qtbot.waitUntil(lambda: len(recorded.frames) > count + 12)
    frames, moments = recorded.frames[count + 2 :], recorded.moments[count + 2 :]
    assert moments[-1] - moments[0] > 0.6 * (frames[-1].time_s - frames[0].time_s)
