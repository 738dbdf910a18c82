"""The window shows the same frame at each time as the analysis sees."""

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
    """A window that plays a file with sound."""

    def __init__(self, qtbot: QtBot, path: Path) -> None:
        with VideoFile(path) as video:
            self.analysed = [(frame.time_s, number_of(frame.image)) for frame in video]
        self.qtbot, self.analysis = qtbot, FakeAnalysis()
        self.window = PlayerWindow(corrections=Path("corrections"), play_queue=FakePlayQueue())
        self.window.session.open_source(
            "clip", self.analysis, draw=draw_square, network=NETWORK, times=StageTimes()
        )
        qtbot.keyClicks(self.window, "t")
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.keyClicks(self.window, "o")  # no names on the picture
        self.playback = SourcePlayback(Opener(path), sound=Sound(path, FakeSpeaker))
        self.blanks = 0
        self.playback.blanked.connect(self._on_blank)

    def _on_blank(self) -> None:
        self.blanks += 1

    def painted_number(self) -> int:
        """The number on the painted picture."""
        picture = self.window.picture
        image = picture.grab().toImage().convertToFormat(QImage.Format.Format_BGR888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
        rect = picture.picture_rect()
        return number_of(pixels[rect.y() : rect.y() + rect.height(), rect.x() : rect.x() + rect.width()])

    def analysed_number(self, time_s: float) -> int:
        """The number on the frame that the analysis sees at this time."""
        return [number for at_s, number in self.analysed if at_s <= time_s + 0.0021][-1]

    def wait_arrived(self) -> None:
        """Wait until the frame of the last seek is shown."""
        self.qtbot.waitUntil(lambda: self.playback._arrived)

    def shows_analysed_frame(self) -> bool:
        return self.painted_number() == self.analysed_number(self.playback.position_s)


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


def test_every_frame_is_the_analysed_one(watched: Watched, qtbot: QtBot) -> None:
    seen: list[tuple[float, int]] = []
    watched.playback.frame.connect(
        lambda frame: seen.append((watched.playback.position_s, number_of(frame.image)))
    )
    with qtbot.waitSignal(watched.playback.ended):
        watched.window.session.set_playback(watched.playback)
    assert len(seen) > 20
    assert [number for _, number in seen] == [watched.analysed_number(time_s) for time_s, _ in seen]
    assert seen[-1][1] == watched.analysed[-1][1], "the last frame stays"
    assert watched.shows_analysed_frame()


def test_after_seeks_and_steps_the_frame_is_the_analysed_one(watched: Watched, qtbot: QtBot) -> None:
    watched.window.session.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback.can_seek and watched.playback._arrived)
    watched.playback.pause()
    numbers = [number for _, number in watched.analysed]
    for time_s in (1.5, 0.9, 1.777):
        watched.playback.seek(time_s)
        watched.wait_arrived()
        assert watched.painted_number() == watched.analysed_number(time_s)
        index = numbers.index(watched.painted_number())
        for step in (-1, -1, 1, 1, 1, -1):
            watched.playback.step(step)
            index += step
            qtbot.waitUntil(lambda index=index: watched.painted_number() == numbers[index])
            assert watched.playback.position_s == watched.analysed[index][0]
    watched.playback.step(-1)
    watched.playback.step(-1)
    watched.playback.step(-1)  # faster than frames are shown
    qtbot.waitUntil(lambda: watched.painted_number() == numbers[index - 3])
    assert watched.window.picture.image is not None


def test_before_the_first_frame_the_picture_is_blank(qtbot: QtBot, tmp_path: Path) -> None:
    watched = Watched(qtbot, make_early_sound(tmp_path / "early.mkv", lead_s=1.0))
    positions: list[float] = []
    watched.playback.changed.connect(lambda: positions.append(watched.playback.position_s))
    watched.window.session.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.blanks == 1)
    assert watched.window.picture.image is None
    qtbot.waitUntil(lambda: watched.window.picture.image is not None)
    assert watched.playback.position_s == watched.analysed[0][0] == pytest.approx(1.0, abs=0.03)
    assert any(0.2 < position_s < 0.95 for position_s in positions), "the position follows the sound"
    qtbot.keyClick(watched.window, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: watched.blanks == 2)
    qtbot.waitUntil(lambda: watched.window.picture.image is not None)
    watched.playback.pause()
    watched.playback.seek(0.3)
    watched.wait_arrived()
    assert watched.painted_number() == 0, "while paused, the first frame is shown"
    watched.window.close()


def test_sound_longer_than_the_video_is_played_to_its_end(qtbot: QtBot, tmp_path: Path) -> None:
    """Three seconds of sound, two of video."""
    watched = Watched(qtbot, make_early_sound(tmp_path / "long.mkv", lead_s=0.0))
    with qtbot.waitSignal(watched.playback.ended):
        watched.window.session.set_playback(watched.playback)
    sound = watched.playback._sound
    assert sound is not None and sound.finished
    assert sound.now() == pytest.approx(3.0, abs=0.3)
    assert watched.painted_number() == watched.analysed[-1][1]
    watched.window.close()


def test_seeking_beyond_the_video_plays_the_remaining_sound(qtbot: QtBot, tmp_path: Path) -> None:
    """As in mpv, the longest stream determines the duration; the last frame stays on screen."""
    recipe = Recipe("still.mkv", sound="pcm_s16le", frames=24, sound_tail_s=80.0, sound_rate=8000)
    watched = Watched(qtbot, make_video(tmp_path, recipe))
    watched.window.session.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback.has_sound and watched.playback.video_end_s is not None)
    assert watched.playback.video_end_s == pytest.approx(1.0, abs=0.05)
    assert watched.playback.duration_s == pytest.approx(81.0, abs=0.1)
    watched.playback.seek(75.0)
    watched.wait_arrived()
    assert watched.painted_number() == watched.analysed[-1][1] and watched.playback.playing
    qtbot.waitUntil(lambda: watched.playback.position_s > 75.2)
    assert watched.playback.position_s < 77
    with qtbot.waitSignal(watched.playback.ended):
        watched.playback.seek(200.0)
    watched.playback.step(-1)
    watched.wait_arrived()
    assert watched.painted_number() == watched.analysed[-2][1]
    watched.window.close()


def test_a_key_switches_sound_streams(qtbot: QtBot, tmp_path: Path) -> None:
    watched = Watched(qtbot, make_two_streams(tmp_path / "two.mkv", default=1))
    watched.window.session.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback.has_sound)
    for words in ("Sound stream 1: eng", "Sound stream 2: fra, Commentaire", "Sound stream 1: eng"):
        qtbot.keyClicks(watched.window, "#")
        assert watched.window.status_text()[1] == words
        qtbot.waitUntil(lambda words=words: f"stream {watched.playback._sound.stream + 1}:" in words)
    watched.window.close()


def test_switching_streams_without_sound_shows_a_message(qtbot: QtBot, tmp_path: Path) -> None:
    watched = Watched(qtbot, make_video(tmp_path, Recipe("mute.mp4")))
    watched.window.session.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback._arrived)
    qtbot.keyClicks(watched.window, "#")
    assert watched.window.status_text()[1] == "No sound"
    watched.window.close()


def test_without_a_device_the_stream_stays_the_same(qtbot: QtBot, tmp_path: Path) -> None:
    watched = Watched(qtbot, make_two_streams(tmp_path / "two.mkv", default=1))
    watched.playback = SourcePlayback(
        Opener(tmp_path / "two.mkv"), sound=Sound(tmp_path / "two.mkv", lambda: None)
    )
    watched.window.session.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback._sound is not None and len(watched.playback._sound.streams) == 2)
    qtbot.keyClicks(watched.window, "#")
    assert watched.window.status_text()[1] == "No sound" and watched.playback._sound.stream == 1
    watched.window.close()


def test_a_speed_too_slow_for_sound_is_reported(qtbot: QtBot, tmp_path: Path) -> None:
    watched = Watched(qtbot, make_two_streams(tmp_path / "two.mkv", default=1))
    watched.window.session.set_playback(watched.playback)
    qtbot.waitUntil(lambda: watched.playback.has_sound)
    for words in ("Speed 0.5x", "Speed 0.25x", "Speed 0.125x, too slow for sound"):
        qtbot.keyClicks(watched.window, "{")
        assert watched.window.status_text()[1] == words
    watched.window.close()
