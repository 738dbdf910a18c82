"""Sound on a device, and problems with the device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.window.playback.sound import Sound
from tests.player.sources.test_sound import BLOCK, RATE, make_counting, make_two_streams, number_at
from tests.player.window.window_kit import (
    FakeSpeaker,
    Wall,
    make_clip,
    needs_multimedia,
    wall_fixture,  # noqa: F401 - as `wall`
)
from tests.waiting import wait_until


class PlayedSound:
    """The sound of a file on a fake device, in step with a clock that the test advances."""

    def __init__(self, path: Path, wall: Wall, **more: object) -> None:
        self.wall = wall
        self.speakers: list[FakeSpeaker] = []
        self.there = True
        self.warnings: list[str] = []
        self.changes = 0
        self.sound = Sound(path, self._open, wall=wall, **more)
        self.sound.set_callbacks(on_warning=self.warnings.append, on_change=self._on_change)
        self.sound.open()

    def _open(self) -> FakeSpeaker | None:
        if not self.there:
            return None
        self.speakers.append(FakeSpeaker(rate=RATE, wall=self.wall))
        return self.speakers[-1]

    def _on_change(self) -> None:
        self.changes += 1

    @property
    def speaker(self) -> FakeSpeaker:
        return self.speakers[-1]

    def play(self, time_s: float) -> None:
        wait_until(lambda: self.changes)
        self.sound.seek(time_s, playing=True)
        self.sound.start()
        wait_until(lambda: not self.speakers or len(self.speaker.written) or self.sound.finished)

    def advance(self, seconds: float) -> None:
        """Advance the clock in steps, waiting for the thread after each."""
        for _ in range(round(seconds / 0.02)):
            self.wall.now_s += 0.02
            polls = self._polls()
            wait_until(lambda polls=polls: self._polls() > polls + 1 or self._is_idle())

    def _polls(self) -> int:
        return sum(speaker.polls for speaker in self.speakers)

    def _is_idle(self) -> bool:
        return self.sound.finished or not self.sound.audible


PlaySound = Callable[..., PlayedSound]


@pytest.fixture
def play_sound(wall: Wall) -> Iterator[PlaySound]:
    made: list[PlayedSound] = []

    def start(path: Path, **more: object) -> PlayedSound:
        made.append(PlayedSound(path, wall, **more))
        return made[-1]

    yield start
    for one in made:
        one.sound.stop()
        wait_until(lambda one=one: not one.sound._thread.is_alive())
        assert all(speaker.closed for speaker in one.speakers)


@pytest.fixture(name="counting", scope="module")
def counting_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_counting(tmp_path_factory.mktemp("sound") / "counting.mov", range(0, 6 * RATE, BLOCK))


def audible_number(played: PlayedSound) -> int:
    """The audible position, in hundreds of samples of the file."""
    speaker = played.speaker
    return number_at(speaker.written[min(speaker.samples_played(), len(speaker.written) - 1), 0])


def test_the_clock_follows_the_sound(play_sound: PlaySound, counting: Path) -> None:
    sound = play_sound(counting)
    sound.play(2.0)
    sound.advance(1.0)
    assert sound.sound.now() == pytest.approx(3.0, abs=0.03)
    assert audible_number(sound) == pytest.approx(sound.sound.now() * 480, abs=0.03 * 480)
    assert sound.sound.drops_late_frames and not sound.sound.finished


def test_a_pause_is_silent_and_resumes_at_the_same_position(play_sound: PlaySound, counting: Path) -> None:
    sound = play_sound(counting)
    sound.play(1.0)
    sound.advance(0.5)
    sound.sound.pause()
    wait_until(lambda: not sound.sound._output.playing)
    position_s, heard = sound.sound.now(), sound.speaker.samples_played()
    sound.wall.now_s += 60
    assert sound.sound.now() == position_s and sound.speaker.samples_played() == heard
    sound.sound.start()
    sound.advance(0.5)
    assert sound.sound.now() == pytest.approx(position_s + 0.5, abs=0.04)
    assert audible_number(sound) == pytest.approx(sound.sound.now() * 480, abs=0.03 * 480)
    assert sound.speaker.resets <= 1, "decoded samples are kept"


def test_a_seek_discards_buffered_samples(play_sound: PlaySound, counting: Path) -> None:
    sound = play_sound(counting)
    sound.play(1.0)
    sound.advance(0.3)
    resets = sound.speaker.resets
    sound.play(4.0)
    wait_until(lambda: sound.speaker.resets > resets and len(sound.speaker.written))
    assert number_at(sound.speaker.written[60, 0]) == pytest.approx(1920, abs=1)
    sound.advance(0.4)
    assert sound.sound.now() == pytest.approx(4.4, abs=0.03)


@pytest.mark.parametrize("speed", [0.5, 2.0, 8.0])
def test_the_speed_changes_without_a_gap(play_sound: PlaySound, counting: Path, speed: float) -> None:
    sound = play_sound(counting)
    sound.play(0.0)
    sound.advance(0.4)
    sound.sound.set_speed(speed)
    sound.advance(0.4)
    before_s = sound.sound.now()
    sound.advance(0.2)
    assert sound.sound.now() - before_s == pytest.approx(0.2 * speed, rel=0.15, abs=0.02)
    assert sound.speaker.resets <= 1


def test_a_stalled_device_does_not_stop_the_clock_and_catches_up(
    play_sound: PlaySound, counting: Path
) -> None:
    sound = play_sound(counting)
    sound.play(1.0)
    sound.advance(0.5)
    sound.speaker.stalled = True
    sound.advance(2.0)
    assert sound.sound.now() > 3.0, "the clock runs by itself"
    sound.speaker.stalled = False
    sound.advance(0.6)
    assert sound.sound.now() == pytest.approx(3.9, abs=0.3)
    assert audible_number(sound) == pytest.approx(sound.sound.now() * 480, abs=0.045 * 480), "in sync again"


def test_the_clock_does_not_wait_for_a_device_that_never_plays(play_sound: PlaySound, counting: Path) -> None:
    sound = play_sound(counting)
    wait_until(lambda: sound.speakers)
    sound.speaker.stalled = True
    sound.play(1.0)
    sound.advance(2.0)
    assert sound.sound.now() > 2.0


def test_another_device_continues_in_sync(play_sound: PlaySound, counting: Path) -> None:
    sound = play_sound(counting)
    sound.play(1.0)
    sound.advance(0.5)
    sound.sound.reopen()
    wait_until(lambda: len(sound.speakers) == 2 and len(sound.speaker.written))
    assert sound.speakers[0].closed
    sound.advance(0.5)
    assert sound.sound.now() == pytest.approx(2.0, abs=0.05)
    assert audible_number(sound) == pytest.approx(sound.sound.now() * 480, abs=0.045 * 480)


def test_a_lost_device_is_reported_and_the_clock_runs_by_itself(
    play_sound: PlaySound, counting: Path
) -> None:
    sound = play_sound(counting)
    sound.play(1.0)
    sound.advance(0.5)
    sound.there = False
    sound.speaker.failed = True
    wait_until(lambda: sound.warnings)
    assert sound.speaker.closed and not sound.sound.audible
    assert sound.warnings == ["no sound: the sound device was lost"]
    position_s = sound.sound.now()
    sound.wall.now_s += 1.0
    assert sound.sound.now() == pytest.approx(position_s + 1.0, abs=0.01)
    sound.there = True
    sound.sound.reopen()
    wait_until(lambda: len(sound.speakers) == 2 and len(sound.speaker.written))
    sound.advance(0.5)
    assert audible_number(sound) == pytest.approx(sound.sound.now() * 480, abs=0.045 * 480)


def test_without_a_device_the_clock_runs_by_itself(play_sound: PlaySound, counting: Path, wall: Wall) -> None:
    sound = PlayedSound(counting, wall)
    sound.there = False
    sound.sound.reopen()
    wait_until(lambda: not sound.sound.audible and sound.changes > 1)
    sound.sound.seek(2.0, playing=True)
    sound.sound.start()
    wait_until(lambda: not sound.sound._clock.waiting_for_sound)
    position_s = sound.sound.now()
    wall.now_s += 1.0
    assert sound.sound.now() == pytest.approx(position_s + 1.0)
    assert sound.sound.finished and not sound.sound.drops_late_frames
    sound.sound.stop()


def test_after_the_end_of_the_sound_the_clock_runs_by_itself(play_sound: PlaySound, counting: Path) -> None:
    sound = play_sound(counting)
    sound.play(5.5)
    sound.advance(1.5)
    assert sound.sound.finished and not sound.sound.drops_late_frames
    assert sound.sound.now() == pytest.approx(7.0, abs=0.05)
    sound.play(1.0)
    sound.advance(0.2)
    assert not sound.sound.finished


def test_nothing_is_played_beyond_end_s(play_sound: PlaySound, counting: Path) -> None:
    sound = play_sound(counting, end_s=2.0)
    sound.play(1.5)
    sound.advance(1.0)
    assert sound.sound.finished
    assert len(sound.speaker.written) == pytest.approx(0.5 * RATE, abs=2)


def test_another_stream_continues_at_the_same_time(play_sound: PlaySound, tmp_path: Path) -> None:
    sound = play_sound(make_two_streams(tmp_path / "two.mkv", default=0))
    sound.play(0.0)
    sound.advance(0.5)
    assert not sound.speaker.written.any()
    sound.sound.set_stream(1)
    sound.advance(0.4)
    loud = np.flatnonzero(sound.speaker.written[:, 0])
    assert loud[0] / RATE == pytest.approx(0.6, abs=0.05), "after the buffered samples"
    assert sound.sound.now() == pytest.approx(0.9, abs=0.03)
    assert (sound.speaker.written[loud[0] + 100 :] == 9000).all()


def test_a_file_without_sound_is_reported_and_plays(play_sound: PlaySound, tmp_path: Path) -> None:
    sound = play_sound(make_clip(tmp_path / "mute.mp4", frames=12, sound=False))
    wait_until(lambda: sound.warnings)
    assert "contains no sound" in sound.warnings[0]
    sound.sound.seek(0.25, playing=True)
    sound.sound.start()
    wait_until(lambda: not sound.sound._clock.waiting_for_sound)
    position_s = sound.sound.now()
    sound.wall.now_s += 0.5
    assert sound.sound.now() == pytest.approx(position_s + 0.5)


@needs_multimedia
def test_a_real_device_plays(counting: Path) -> None:
    from PySide6.QtMultimedia import QMediaDevices

    if QMediaDevices.defaultAudioOutput().isNull():
        pytest.skip("no sound device")
    from simpsons_play.window.playback.qt_speaker import DefaultSpeaker

    speaker = DefaultSpeaker()
    sound = Sound(counting, speaker.open)
    sound.open()
    sound.seek(1.0, playing=True)
    sound.start()
    sound.set_volume(0.5, muted=False)
    wait_until(lambda: sound._output._in_sync)
    position_s = sound.now()
    wait_until(lambda: sound.now() > position_s + 0.5)
    sound.pause()
    sound.seek(5.5, playing=True)
    sound.start()
    wait_until(lambda: sound.finished)
    sound.stop()
