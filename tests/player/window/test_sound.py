"""Sound that leads: the clock, the stretching of samples, and what happens to a device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from simpsons_play.window.playback.clock import WallClock
from simpsons_play.window.playback.sound import Sound
from simpsons_play.window.playback.sound_queue import SoundQueue
from simpsons_play.window.playback.tempo import Tempo
from tests.player.sources.test_sound import BLOCK, RATE, make_counting, make_two_streams, number_at
from tests.player.window.window_kit import FakeSpeaker, make_clip, needs_multimedia
from tests.waiting import wait_until


class Wall:
    """A clock on the wall that goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def wall() -> Wall:
    return Wall()


def test_without_sound_the_wall_leads(wall: Wall) -> None:
    clock = WallClock(wall=wall)
    clock.seek(5.0)
    wall.now_s += 1
    assert clock.now() == 5.0 and clock.wait_s(5.5) > 0, "it stands still"
    clock.start()
    wall.now_s += 1
    assert clock.now() == 6.0
    clock.set_speed(2.0)
    wall.now_s += 1
    assert (clock.now(), clock.wait_s(9.0), clock.late_s(7.0)) == (8.0, 0.5, 0.5)
    clock.pause()
    wall.now_s += 1
    assert clock.now() == 8.0
    clock.start()
    clock.set_back(7.0)
    wall.now_s += 0.5
    assert clock.now() == 8.0


def test_the_clock_waits_for_the_first_sound_but_not_for_ever(wall: Wall) -> None:
    clock = WallClock(wall=wall)
    clock.seek(1.0)
    clock.start(wait_s=0.5)
    wall.now_s += 0.4
    assert clock.waiting_for_sound and clock.now() == 1.0
    clock.sync(1.01, speed=1.0)
    wall.now_s += 0.1
    assert not clock.waiting_for_sound and clock.now() == pytest.approx(1.11)
    clock.seek(1.0)
    clock.start(wait_s=0.5)
    wall.now_s += 0.75
    assert clock.now() == 1.25


def test_the_clock_drifts_to_what_is_near_and_jumps_to_what_is_far(wall: Wall) -> None:
    clock = WallClock(wall=wall)
    clock.start()
    clock.sync(0.02, speed=1.0)
    assert 0 < clock.now() < 0.02
    for _ in range(100):
        wall.now_s += 0.01
        clock.sync(clock.now() + 0.002, speed=1.0)
    before_s = clock.now()
    clock.sync(before_s - 3, speed=1.0)
    assert clock.now() == before_s - 3


@pytest.mark.parametrize("speed", [0.1, 0.25, 0.5, 0.9, 1.0, 1.1, 2.0, 4.0, 8.0])
def test_stretched_samples_are_as_many_as_they_should_be(speed: float) -> None:
    tone = (8000 * np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE)).astype(np.int16)
    samples = np.repeat(tone[:, None], 2, axis=1)
    tempo = Tempo(speed, rate=RATE)
    out = [tempo.process(samples[first : first + BLOCK]) for first in range(0, len(samples), BLOCK)]
    stretched = np.concatenate([*out, tempo.flush()])
    assert len(stretched) == pytest.approx(len(samples) / speed, abs=2)
    middle = stretched[len(stretched) // 4 : len(stretched) // 4 + RATE // 4, 0].astype(float)
    if speed < 0.25:
        assert not stretched.any()
    elif speed <= 4:
        crossings = np.count_nonzero(np.diff((middle > 0).astype(int)) > 0)
        assert crossings == pytest.approx(110, abs=4), "the pitch stays"


@pytest.mark.parametrize("speed", [0.5, 0.9, 1.1, 2.0])
def test_stretched_sound_is_in_step(speed: float) -> None:
    clicks = np.zeros((8 * RATE, 2), np.int16)
    for second in range(1, 8):
        length = RATE // 50
        clicks[second * RATE : second * RATE + length] = (
            15000 * np.sin(2 * np.pi * 1000 * np.arange(length) / RATE)
        )[:, None]
    tempo = Tempo(speed, rate=RATE)
    out = [tempo.process(clicks[first : first + BLOCK]) for first in range(0, len(clicks), BLOCK)]
    stretched = np.abs(np.concatenate([*out, tempo.flush()])[:, 0].astype(int))
    loud = np.flatnonzero(stretched > 5000)
    begins = loud[np.flatnonzero(np.diff(loud, prepend=-RATE) > RATE / 4)]
    assert begins / RATE * speed == pytest.approx(np.arange(1, 8), abs=0.02)


class Played:
    """The sound of a file on a device that plays by a wall clock which the test turns on."""

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
        wait_until(lambda: not self.speakers or len(self.speaker.given) or self.sound.finished)

    def pass_(self, seconds: float) -> None:
        """Let time pass, in steps that the thread has seen."""
        for _ in range(round(seconds / 0.02)):
            self.wall.now_s += 0.02
            polls = self._polls()
            wait_until(lambda polls=polls: self._polls() > polls + 1 or self._is_idle())

    def _polls(self) -> int:
        return sum(speaker.polls for speaker in self.speakers)

    def _is_idle(self) -> bool:
        return self.sound.finished or not self.sound.audible


@pytest.fixture
def played(wall: Wall) -> Iterator[Callable[..., Played]]:
    made: list[Played] = []

    def start(path: Path, **more: object) -> Played:
        made.append(Played(path, wall, **more))
        return made[-1]

    yield start
    for one in made:
        one.sound.stop()
        wait_until(lambda one=one: not one.sound._thread.is_alive())
        assert all(speaker.closed for speaker in one.speakers)


@pytest.fixture(name="counting", scope="module")
def counting_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_counting(tmp_path_factory.mktemp("sound") / "counting.mov", range(0, 6 * RATE, BLOCK))


def heard_number(played: Played) -> int:
    """What is heard now, in hundreds of samples of the file."""
    speaker = played.speaker
    return number_at(speaker.given[min(speaker.samples_played(), len(speaker.given) - 1), 0])


def test_the_clock_says_what_is_heard(played: Callable[..., Played], counting: Path) -> None:
    sound = played(counting)
    sound.play(2.0)
    sound.pass_(1.0)
    assert sound.sound.now() == pytest.approx(3.0, abs=0.03)
    assert heard_number(sound) == pytest.approx(sound.sound.now() * 480, abs=0.03 * 480)
    assert sound.sound.drops_late_frames and not sound.sound.finished


def test_a_pause_is_silent_and_goes_on_where_it_was(played: Callable[..., Played], counting: Path) -> None:
    sound = played(counting)
    sound.play(1.0)
    sound.pass_(0.5)
    sound.sound.pause()
    wait_until(lambda: not sound.sound._output.playing)
    at_s, heard = sound.sound.now(), sound.speaker.samples_played()
    sound.wall.now_s += 60
    assert sound.sound.now() == at_s and sound.speaker.samples_played() == heard
    sound.sound.start()
    sound.pass_(0.5)
    assert sound.sound.now() == pytest.approx(at_s + 0.5, abs=0.04)
    assert heard_number(sound) == pytest.approx(sound.sound.now() * 480, abs=0.03 * 480)
    assert sound.speaker.resets <= 1, "what was decoded is played on"


def test_a_seek_forgets_what_was_to_be_heard(played: Callable[..., Played], counting: Path) -> None:
    sound = played(counting)
    sound.play(1.0)
    sound.pass_(0.3)
    resets = sound.speaker.resets
    sound.play(4.0)
    wait_until(lambda: sound.speaker.resets > resets and len(sound.speaker.given))
    assert number_at(sound.speaker.given[60, 0]) == pytest.approx(1920, abs=1)
    sound.pass_(0.4)
    assert sound.sound.now() == pytest.approx(4.4, abs=0.03)


@pytest.mark.parametrize("speed", [0.5, 2.0, 8.0])
def test_other_speeds_are_heard_without_a_break(
    played: Callable[..., Played], counting: Path, speed: float
) -> None:
    sound = played(counting)
    sound.play(0.0)
    sound.pass_(0.4)
    sound.sound.set_speed(speed)
    sound.pass_(0.4)
    before_s = sound.sound.now()
    sound.pass_(0.2)
    assert sound.sound.now() - before_s == pytest.approx(0.2 * speed, rel=0.15, abs=0.02)
    assert sound.speaker.resets <= 1


def test_a_device_that_stands_still_does_not_stop_the_pictures_and_catches_up(
    played: Callable[..., Played], counting: Path
) -> None:
    sound = played(counting)
    sound.play(1.0)
    sound.pass_(0.5)
    sound.speaker.stalled = True
    sound.pass_(2.0)
    assert sound.sound.now() > 3.0, "the wall leads"
    sound.speaker.stalled = False
    sound.pass_(0.6)
    assert sound.sound.now() == pytest.approx(3.9, abs=0.3)
    assert heard_number(sound) == pytest.approx(sound.sound.now() * 480, abs=0.045 * 480), "in step again"


def test_a_device_that_never_plays_is_not_waited_for(played: Callable[..., Played], counting: Path) -> None:
    sound = played(counting)
    wait_until(lambda: sound.speakers)
    sound.speaker.stalled = True
    sound.play(1.0)
    sound.pass_(2.0)
    assert sound.sound.now() > 2.0


def test_another_device_goes_on_in_step(played: Callable[..., Played], counting: Path) -> None:
    sound = played(counting)
    sound.play(1.0)
    sound.pass_(0.5)
    sound.sound.reopen()
    wait_until(lambda: len(sound.speakers) == 2 and len(sound.speaker.given))
    assert sound.speakers[0].closed
    sound.pass_(0.5)
    assert sound.sound.now() == pytest.approx(2.0, abs=0.05)
    assert heard_number(sound) == pytest.approx(sound.sound.now() * 480, abs=0.045 * 480)


def test_a_device_that_is_gone_leaves_the_wall_and_is_told(
    played: Callable[..., Played], counting: Path
) -> None:
    sound = played(counting)
    sound.play(1.0)
    sound.pass_(0.5)
    sound.there = False
    sound.speaker.failed = True
    wait_until(lambda: sound.speaker.closed and not sound.sound.audible)
    assert sound.warnings == ["no sound: the sound device was lost"]
    at_s = sound.sound.now()
    sound.wall.now_s += 1.0
    assert sound.sound.now() == pytest.approx(at_s + 1.0, abs=0.01)
    sound.there = True
    sound.sound.reopen()
    wait_until(lambda: len(sound.speakers) == 2 and len(sound.speaker.given))
    sound.pass_(0.5)
    assert heard_number(sound) == pytest.approx(sound.sound.now() * 480, abs=0.045 * 480)


def test_without_a_device_the_wall_leads(played: Callable[..., Played], counting: Path, wall: Wall) -> None:
    sound = Played(counting, wall)
    sound.there = False
    sound.sound.reopen()
    wait_until(lambda: not sound.sound.audible and sound.changes > 1)
    sound.sound.seek(2.0, playing=True)
    sound.sound.start()
    wait_until(lambda: not sound.sound._clock.waiting_for_sound)
    at_s = sound.sound.now()
    wall.now_s += 1.0
    assert sound.sound.now() == pytest.approx(at_s + 1.0)
    assert sound.sound.finished and not sound.sound.drops_late_frames
    sound.sound.stop()


def test_sound_that_ends_leaves_the_clock_to_the_wall(played: Callable[..., Played], counting: Path) -> None:
    sound = played(counting)
    sound.play(5.5)
    sound.pass_(1.5)
    assert sound.sound.finished and not sound.sound.drops_late_frames
    assert sound.sound.now() == pytest.approx(7.0, abs=0.05)
    sound.play(1.0)
    sound.pass_(0.2)
    assert not sound.sound.finished


def test_nothing_is_heard_beyond_the_end_that_is_wanted(
    played: Callable[..., Played], counting: Path
) -> None:
    sound = played(counting, end_s=2.0)
    sound.play(1.5)
    sound.pass_(1.0)
    assert sound.sound.finished
    assert len(sound.speaker.given) == pytest.approx(0.5 * RATE, abs=2)


def test_another_stream_goes_on_at_the_same_moment(played: Callable[..., Played], tmp_path: Path) -> None:
    sound = played(make_two_streams(tmp_path / "two.mkv", default=0))
    sound.play(0.0)
    sound.pass_(0.5)
    assert not sound.speaker.given.any()
    sound.sound.set_stream(1)
    sound.pass_(0.4)
    loud = np.flatnonzero(sound.speaker.given[:, 0])
    assert loud[0] / RATE == pytest.approx(0.6, abs=0.05), "after what waited for the device"
    assert sound.sound.now() == pytest.approx(0.9, abs=0.03)
    assert (sound.speaker.given[loud[0] + 100 :] == 9000).all()


def test_a_file_without_sound_is_told_and_plays(played: Callable[..., Played], tmp_path: Path) -> None:
    sound = played(make_clip(tmp_path / "mute.mp4", frames=12, sound=False))
    wait_until(lambda: sound.warnings)
    assert "holds no sound" in sound.warnings[0]
    sound.sound.seek(0.25, playing=True)
    sound.sound.start()
    wait_until(lambda: not sound.sound._clock.waiting_for_sound)
    at_s = sound.sound.now()
    sound.wall.now_s += 0.5
    assert sound.sound.now() == pytest.approx(at_s + 0.5)


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
    wait_until(lambda: sound._output.in_sync)
    at_s = sound.now()
    wait_until(lambda: sound.now() > at_s + 0.5)
    sound.pause()
    sound.seek(5.5, playing=True)
    sound.start()
    wait_until(lambda: sound.finished)
    sound.stop()


@pytest.mark.parametrize("until_s", [1.0, 1.00001, 2.99999, 25.0, 59.0])
def test_what_was_missed_is_left_out_to_the_sample(until_s: float) -> None:
    """Whatever rounding makes of the moment; what is far away is not decoded."""
    decoded: list[Fraction] = []

    def decode(start: Fraction) -> Iterator[np.ndarray]:
        decoded.append(start)
        first = round(start * RATE)
        for begin in range(first, 40 * RATE, BLOCK):
            numbers = np.arange(begin, min(begin + BLOCK, 40 * RATE)) // 100
            yield np.repeat(numbers[:, None], 2, axis=1).astype(np.int16)

    queue = SoundQueue(decode, rate=RATE, speed=1.0, end_s=None)
    queue.seek(0.5)
    queue.consume(len(queue.peek(BLOCK)))
    queue.skip_to(until_s)
    samples = queue.peek(BLOCK)
    if until_s > 40:
        assert not len(samples) and queue.drained
        return
    assert samples[0, 0] == pytest.approx(until_s * RATE / 100, abs=1)
    queue.consume(len(samples))
    assert queue.media_at(BLOCK - 1)[0] == pytest.approx(0.5 + BLOCK / RATE, abs=2 / RATE)
    assert queue.media_at(BLOCK)[0] == pytest.approx(until_s, abs=2 / RATE)
    assert len(decoded) == (2 if until_s > 11 else 1)
