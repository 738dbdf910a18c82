"""What the window shows at a moment is what the analysis of that moment is of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from simpsons_play.sources import VideoFile
from tests.media import AVI, AVI_B, AVI_H264, MP4, VFR, Recipe, make_video, number_of
from tests.player.sources.test_sound import make_early_sound, make_two_streams
from tests.player.window.window_kit import (
    NETWORK,
    FakeAnalysis,
    FakePlayQueue,
    FakeSpeaker,
    Opener,
    draw_square,
)

pytest.importorskip("PySide6.QtWidgets")
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from simpsons_play.core.timing import StageTimes
from simpsons_play.window.playback.sound import Sound
from simpsons_play.window.playback.source_playback import SourcePlayback
from simpsons_play.window.shell.player import PlayerWindow


class Watched:
    """A window that plays a file with sound, and what is seen in it."""

    def __init__(self, qtbot: QtBot, path: Path) -> None:
        with VideoFile(path) as video:
            self.analysed = [(frame.time_s, number_of(frame.image)) for frame in video]
        self.qtbot, self.analysis = qtbot, FakeAnalysis()
        self.window = PlayerWindow(corrections=Path("corrections"), play_queue=FakePlayQueue())
        self.window.open_source("clip", self.analysis, draw=draw_square, network=NETWORK, times=StageTimes())
        qtbot.keyClicks(self.window, "t")
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.keyClicks(self.window, "o")  # no marks on the picture
        self.playback = SourcePlayback(Opener(path), sound=Sound(path, FakeSpeaker))
        self.blanks = 0
        self.playback.blanked.connect(self._on_blank)

    def _on_blank(self) -> None:
        self.blanks += 1

    def painted(self) -> int:
        """The number on the picture as it is painted."""
        picture = self.window.picture
        image = picture.grab().toImage().convertToFormat(QImage.Format.Format_BGR888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
        rect = picture.picture_rect()
        return number_of(pixels[rect.y() : rect.y() + rect.height(), rect.x() : rect.x() + rect.width()])

    def known(self, time_s: float) -> int:
        """The number of the picture that the analysis has at this moment."""
        return [number for at_s, number in self.analysed if at_s <= time_s + 0.0021][-1]

    def wait_moment(self) -> None:
        """Wait until a picture of where we went is there."""
        self.qtbot.waitUntil(lambda: self.playback._arrived)

    def agrees(self) -> bool:
        return self.painted() == self.known(self.playback.position_s)


@pytest.fixture(
    params=[
        "packed.avi",
        "plain.avi",
        "h264.avi",
        "h264.mp4",
        "vfr.mkv",
        "early.mp4",
        "early.mkv",
        "early.ts",
    ]
)
def watched(request: pytest.FixtureRequest, qtbot: QtBot, tmp_path: Path) -> Iterator[Watched]:
    recipes = {"packed.avi": AVI_B, "plain.avi": AVI, "h264.avi": AVI_H264, "h264.mp4": MP4, "vfr.mkv": VFR}
    name = str(request.param)
    make_early = name not in recipes
    path = make_early_sound(tmp_path / name) if make_early else make_video(tmp_path, recipes[name])
    watched = Watched(qtbot, path)
    yield watched
    watched.window.close()


def test_every_picture_is_that_of_its_moment(watched: Watched, qtbot: QtBot) -> None:
    seen: list[tuple[float, int]] = []
    watched.playback.frame.connect(
        lambda frame: seen.append((watched.playback.position_s, number_of(frame.image)))
    )
    with qtbot.waitSignal(watched.playback.ended):
        watched.window.set_playback(watched.playback)
    assert len(seen) > 20
    assert [number for _, number in seen] == [watched.known(time_s) for time_s, _ in seen]
    assert seen[-1][1] == watched.analysed[-1][1], "the last one stays"
    assert watched.agrees()


def test_after_seeks_and_steps_the_picture_is_that_of_the_moment(watched: Watched, qtbot: QtBot) -> None:
    watched.window.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback.can_seek and watched.playback._arrived)
    watched.playback.pause()
    numbers = [number for _, number in watched.analysed]
    for time_s in (1.5, 0.9, 1.777):
        watched.playback.seek(time_s)
        watched.wait_moment()
        assert watched.painted() == watched.known(time_s)
        at = numbers.index(watched.painted())
        for step in (-1, -1, 1, 1, 1, -1):
            watched.playback.step(step)
            at += step
            qtbot.waitUntil(lambda at=at: watched.painted() == numbers[at])
            assert watched.playback.position_s == watched.analysed[at][0]
    watched.playback.step(-1)
    watched.playback.step(-1)
    watched.playback.step(-1)  # faster than they are shown
    qtbot.waitUntil(lambda: watched.painted() == numbers[at - 3])
    assert watched.window.picture.image is not None


def test_before_the_first_picture_there_is_none(qtbot: QtBot, tmp_path: Path) -> None:
    watched = Watched(qtbot, make_early_sound(tmp_path / "early.mkv", lead_s=1.0))
    positions: list[float] = []
    watched.playback.changed.connect(lambda: positions.append(watched.playback.position_s))
    watched.window.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.blanks == 1)
    assert watched.window.picture.image is None
    qtbot.waitUntil(lambda: watched.window.picture.image is not None)
    assert watched.playback.position_s == watched.analysed[0][0] == pytest.approx(1.0, abs=0.03)
    assert any(0.2 < position_s < 0.95 for position_s in positions), "the sound goes on meanwhile"
    qtbot.keyClick(watched.window, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: watched.blanks == 2)
    qtbot.waitUntil(lambda: watched.window.picture.image is not None)
    watched.playback.pause()
    watched.playback.seek(0.3)
    watched.wait_moment()
    assert watched.painted() == 0, "held, the first picture is shown"
    watched.window.close()


def test_sound_that_outlasts_the_pictures_is_heard_to_its_end(qtbot: QtBot, tmp_path: Path) -> None:
    """Three seconds of sound, two of pictures that begin with it."""
    watched = Watched(qtbot, make_early_sound(tmp_path / "long.mkv", lead_s=0.0))
    with qtbot.waitSignal(watched.playback.ended):
        watched.window.set_playback(watched.playback)
    sound = watched.playback._sound
    assert sound is not None and sound.finished
    assert sound.now() == pytest.approx(3.0, abs=0.3)
    assert watched.painted() == watched.analysed[-1][1]
    watched.window.close()


def test_where_sound_goes_on_alone_there_is_time_to_go_to(qtbot: QtBot, tmp_path: Path) -> None:
    """As in mpv, the longest stream says how long a file lasts; here a picture that stands still."""
    recipe = Recipe("still.mkv", sound="pcm_s16le", frames=24, sound_tail_s=80.0, sound_rate=8000)
    watched = Watched(qtbot, make_video(tmp_path, recipe))
    watched.window.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback.has_sound and watched.playback.video_end_s is not None)
    assert watched.playback.video_end_s == pytest.approx(1.0, abs=0.05)
    assert watched.playback.duration_s == pytest.approx(81.0, abs=0.1)
    watched.playback.seek(75.0)
    watched.wait_moment()
    assert watched.painted() == watched.analysed[-1][1] and watched.playback.playing
    qtbot.waitUntil(lambda: watched.playback.position_s > 75.2)
    assert watched.playback.position_s < 77
    with qtbot.waitSignal(watched.playback.ended):
        watched.playback.seek(200.0)
    watched.playback.step(-1)
    watched.wait_moment()
    assert watched.painted() == watched.analysed[-2][1]
    watched.window.close()


def test_a_key_switches_sound_streams_and_says_which(qtbot: QtBot, tmp_path: Path) -> None:
    watched = Watched(qtbot, make_two_streams(tmp_path / "two.mkv", default=1))
    watched.window.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback.has_sound)
    for words in ("sound 1 of 2: eng", "sound 2 of 2: fra, Commentaire", "sound 1 of 2: eng"):
        qtbot.keyClicks(watched.window, "#")
        assert watched.window.status_text()[1] == words
        qtbot.waitUntil(lambda words=words: f"sound {watched.playback._sound.stream + 1} of" in words)
    watched.window.close()


def test_without_sound_the_key_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    watched = Watched(qtbot, make_video(tmp_path, Recipe("mute.mp4")))
    watched.window.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback._arrived)
    qtbot.keyClicks(watched.window, "#")
    assert watched.window.status_text()[1] == "no sound"
    watched.window.close()


def test_without_a_device_the_key_switches_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    watched = Watched(qtbot, make_two_streams(tmp_path / "two.mkv", default=1))
    watched.playback = SourcePlayback(
        Opener(tmp_path / "two.mkv"), sound=Sound(tmp_path / "two.mkv", lambda: None)
    )
    watched.window.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback._sound is not None and len(watched.playback._sound.streams) == 2)
    qtbot.keyClicks(watched.window, "#")
    assert watched.window.status_text()[1] == "no sound" and watched.playback._sound.stream == 1
    watched.window.close()


def test_speeds_too_slow_for_sound_are_said(qtbot: QtBot, tmp_path: Path) -> None:
    watched = Watched(qtbot, make_two_streams(tmp_path / "two.mkv", default=1))
    watched.window.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback.has_sound)
    for words in ("speed 0.5x", "speed 0.25x", "speed 0.12x, too slow for sound"):
        qtbot.keyClicks(watched.window, "{")
        assert watched.window.status_text()[1] == words
    watched.window.close()
