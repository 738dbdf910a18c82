from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame
from simpsons_play.sources import PictureFolder
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

pytest.importorskip("PySide6.QtWidgets")
from simpsons_play.window.playback.playback import Playback
from simpsons_play.window.playback.sound import Sound
from simpsons_play.window.playback.source_playback import SourcePlayback


def source_feed(path: Path, **limits: float) -> Playback:
    return SourcePlayback(Opener(path), **limits)


def sounding_feed(path: Path, **limits: float) -> Playback:
    end_s = limits.get("start_s", 0.0) + limits["duration_s"] if "duration_s" in limits else None
    return SourcePlayback(Opener(path), sound=Sound(path, FakeSpeaker, end_s=end_s), **limits)


class Watched:
    """A feed, and what it has given."""

    def __init__(self, feed: Playback) -> None:
        self.playback = feed
        self.frames: list[Frame] = []
        self.moments: list[float] = []
        self.ended = 0
        feed.frame.connect(self._on_frame)
        feed.ended.connect(self._on_ended)

    def _on_frame(self, frame: Frame) -> None:
        self.frames.append(frame)
        self.moments.append(time.monotonic())

    def _on_ended(self) -> None:
        self.ended += 1

    def numbers(self) -> list[int]:
        return [number_of(frame.image) for frame in self.frames]


Watch = Callable[..., Watched]


@pytest.fixture(
    params=[
        pytest.param(source_feed, id="silent"),
        pytest.param(sounding_feed, id="sounding"),
    ]
)
def watch(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[Watch]:
    """Every test below holds with sound and without."""
    feeds: list[Playback] = []

    def start(path: Path, **limits: float) -> Watched:
        feeds.append(request.param(path, **limits))
        return Watched(feeds[-1])

    yield start
    for feed in feeds:
        feed.stop()


def test_plays_at_its_own_speed_to_the_end(watch: Watch, qtbot: QtBot, clip: Path) -> None:
    watched = watch(clip)
    with qtbot.waitSignal(watched.playback.ended):
        watched.playback.play()
    times = [frame.time_s for frame in watched.frames]
    assert times == sorted(times)
    assert times[0] < 0.2 and times[-1] > 1.85
    # What the picture shows is the frame of that time, to within one.
    assert all(abs(number_of(frame.image) - frame.time_s * RATE) < 1.1 for frame in watched.frames)
    assert len(watched.frames) > 24  # a busy machine may skip some
    passed = watched.moments[-1] - watched.moments[0]
    assert passed == pytest.approx(times[-1] - times[0], abs=0.4)
    assert watched.playback.at_end and not watched.playback.playing
    assert watched.playback.duration_s == pytest.approx(48 / RATE, abs=0.1)
    colour = watched.frames[-1].image[20, 160].astype(int)
    assert np.abs(colour - COLOURS[watched.numbers()[-1] % 4]).max() < 30


def test_pause_holds(watch: Watch, qtbot: QtBot, clip: Path) -> None:
    watched = watch(clip)
    watched.playback.play()
    qtbot.waitUntil(lambda: len(watched.frames) > 3)
    watched.playback.pause()
    assert not watched.playback.playing
    qtbot.wait(100)  # one may be on its way
    before = len(watched.frames)
    qtbot.wait(250)
    assert len(watched.frames) == before
    watched.playback.play()
    qtbot.waitUntil(lambda: len(watched.frames) > before + 2)
    assert watched.numbers() == sorted(watched.numbers())


def test_seeks_and_steps_while_paused(watch: Watch, qtbot: QtBot, clip: Path) -> None:
    watched = watch(clip)
    watched.playback.play()
    qtbot.waitUntil(lambda: bool(watched.frames) and watched.playback.can_seek)
    watched.playback.pause()
    watched.playback.seek(1.25)  # frame 30 is due at 1.251 s
    assert watched.playback.position_s == 1.25
    qtbot.waitUntil(lambda: watched.numbers()[-1] in (29, 30))
    at = watched.numbers()[-1]
    watched.playback.step(1)
    qtbot.waitUntil(lambda: watched.numbers()[-1] == at + 1)
    watched.playback.step(-1)
    qtbot.waitUntil(lambda: watched.numbers()[-1] == at)
    watched.playback.seek(-5.0)
    qtbot.waitUntil(lambda: watched.numbers()[-1] in (0, 1))
    watched.playback.seek(99.0)
    qtbot.waitUntil(lambda: watched.numbers()[-1] > 38)
    assert not watched.playback.playing


def test_shows_the_picture_that_is_on_screen(watch: Watch, qtbot: QtBot, tmp_path: Path) -> None:
    watched = watch(make_clip(tmp_path / "slow.mp4", frames=5, sound=False, rate=Fraction(1)))
    watched.playback.play()
    qtbot.waitUntil(lambda: bool(watched.frames) and watched.playback.can_seek)
    watched.playback.pause()
    for time_s, number in ((2.3, 2), (4.75, 4), (1.9, 1), (99.0, 4)):
        watched.playback.seek(time_s)
        qtbot.waitUntil(lambda number=number: watched.numbers()[-1] == number)
    watched.playback.step(-1)
    qtbot.waitUntil(lambda: watched.numbers()[-1] == 3)


def test_the_time_at_which_a_frame_begins_is_that_frame(watch: Watch, qtbot: QtBot, clip: Path) -> None:
    """As sought by whoever goes to where somebody comes on screen: the frame before is another shot."""
    watched = watch(clip)
    watched.playback.pause()
    qtbot.waitUntil(lambda: bool(watched.frames) and watched.playback.can_seek)
    for number in (7, 23, 31, 11):
        watched.playback.seek(float(number / RATE))
        qtbot.waitUntil(lambda number=number: watched.numbers()[-1] == number)


def test_steps_back_from_the_last_frame(watch: Watch, qtbot: QtBot, clip: Path) -> None:
    watched = watch(clip, start_s=1.7)
    with qtbot.waitSignal(watched.playback.ended):
        watched.playback.play()
    at = watched.numbers()[-1]
    assert at >= 46
    watched.playback.step(-1)
    qtbot.waitUntil(lambda: watched.numbers()[-1] == at - 1)


def test_after_the_end_it_seeks_back_and_starts_anew(watch: Watch, qtbot: QtBot, clip: Path) -> None:
    watched = watch(clip, start_s=1.7)
    with qtbot.waitSignal(watched.playback.ended):
        watched.playback.play()
    assert min(watched.numbers()) >= 39
    watched.playback.seek(0.5)
    qtbot.waitUntil(lambda: watched.numbers()[-1] in range(11, 14))
    assert not watched.playback.playing and not watched.playback.at_end
    watched.playback.seek(1.7)
    with qtbot.waitSignal(watched.playback.ended):
        watched.playback.play()
    before = len(watched.frames)
    watched.playback.play()
    qtbot.waitUntil(lambda: len(watched.frames) > before)
    assert watched.numbers()[before] >= 39


def test_keeps_to_its_limits(watch: Watch, qtbot: QtBot, clip: Path) -> None:
    watched = watch(clip, start_s=0.5, duration_s=0.5)
    with qtbot.waitSignal(watched.playback.ended):
        watched.playback.play()
    assert min(watched.numbers()) >= 11
    assert watched.numbers()[-1] in (21, 22, 23)
    assert watched.playback.duration_s == 1.0
    assert watched.ended == 1


def test_says_nothing_once_stopped(watch: Watch, qtbot: QtBot, clip: Path) -> None:
    watched = watch(clip)
    watched.playback.play()
    qtbot.waitUntil(lambda: bool(watched.frames))
    watched.playback.stop()
    before = len(watched.frames)
    qtbot.wait(150)
    assert len(watched.frames) == before and not watched.ended


def test_pixels_that_are_not_square(watch: Watch, qtbot: QtBot, tmp_path: Path) -> None:
    watched = watch(make_clip(tmp_path / "wide.mp4", frames=6, sound=False, pixel_aspect=Fraction(4, 3)))
    with qtbot.waitSignal(watched.playback.ended):
        watched.playback.play()
    height, width = watched.frames[0].image.shape[:2]
    assert width * watched.playback.pixel_aspect / height == pytest.approx(16 / 9, rel=0.01)


@pytest.mark.parametrize("count", [1, 5])
def test_pictures_can_be_sought(qtbot: QtBot, tmp_path: Path, count: int) -> None:
    make_pictures(tmp_path, [f"{number}.png" for number in range(count)])
    feed = SourcePlayback(lambda start_s=0.0: PictureFolder(tmp_path, start_s=start_s))
    names: list[str] = []
    feed.frame.connect(lambda frame: names.append(frame.name))
    failed: list[Exception] = []
    feed.failed.connect(failed.append)
    feed.play()
    qtbot.waitUntil(lambda: bool(names))
    feed.pause()
    for time_s in (2.3, 4.3, 99.0):
        names.clear()
        feed.seek(time_s)
        qtbot.waitUntil(lambda: bool(names))
        assert names == [f"{min(int(time_s), count - 1)}.png"]
    assert feed.duration_s == count
    assert not failed
    feed.stop()


def test_a_source_that_breaks_says_so(qtbot: QtBot) -> None:
    error = SourceError("clip.avi: gone")
    feed = SourcePlayback(lambda start_s=0.0: ListSource([numbered_frames(1)[0], error]))
    with qtbot.waitSignal(feed.failed) as failed:
        feed.play()
    assert failed.args == [error]
    feed.stop()


def test_of_live_frames_the_newest_wins(qtbot: QtBot) -> None:
    feed = SourcePlayback(lambda start_s=0.0: ListSource(numbered_frames(40), live=True))
    watched = Watched(feed)
    feed.play()
    time.sleep(0.3)  # the window is busy while all forty come
    with qtbot.waitSignal(feed.ended):
        pass
    assert watched.numbers()[-1] == 39
    assert len(watched.frames) < 5
    assert feed.duration_s is None and not feed.can_seek
    feed.stop()


def test_plays_faster_and_at_its_own_speed_again(watch: Watch, qtbot: QtBot, clip: Path) -> None:
    watched = watch(clip)
    watched.playback.set_speed(4.0)
    with qtbot.waitSignal(watched.playback.ended):
        watched.playback.play()
    passed = watched.moments[-1] - watched.moments[0]
    assert passed < 0.7 * (watched.frames[-1].time_s - watched.frames[0].time_s)
    watched.playback.set_speed(1.0)
    count = len(watched.frames)
    watched.playback.play()
    qtbot.waitUntil(lambda: len(watched.frames) > count + 12)
    frames, moments = watched.frames[count + 2 :], watched.moments[count + 2 :]
    assert moments[-1] - moments[0] > 0.6 * (frames[-1].time_s - frames[0].time_s)
