from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest

from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, SourceInfo
from simpsons_play.window.playback.clock import Clock, WallClock
from simpsons_play.window.playback.reader import Listener, Reader
from tests.player.window.window_kit import ListSource, numbered_frames
from tests.waiting import PATIENCE_S, wait_until


class Heard:
    """Writes down what a reader says, and when."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, int, float]] = []  # frame, seek, moment
        self.infos: list[tuple[SourceInfo, float]] = []
        self.ended: list[int] = []
        self.blanks: list[int] = []
        self.warnings: list[str] = []
        self.upcoming: list[int] = []
        self.failed: list[BaseException] = []
        self.listener = Listener(
            opened=lambda info, time_s: self.infos.append((info, time_s)),
            upcoming=lambda frame: self.upcoming.append(frame.index),
            frame=self._frame,
            blanked=self.blanks.append,
            ended=self.ended.append,
            warning=self.warnings.append,
            failed=self.failed.append,
        )

    def _frame(self, frame: Frame, number: int) -> None:
        self.frames.append((frame.index, number, time.monotonic()))

    def indices(self) -> list[int]:
        return [index for index, _, _ in self.frames]


@pytest.fixture
def started() -> Iterator[Callable[..., tuple[Reader, Heard]]]:
    readers: list[Reader] = []

    def start(
        open_frames: Callable[..., ListSource],
        *,
        playing: bool = True,
        clock: Clock | None = None,
        **limits: float,
    ) -> tuple[Reader, Heard]:
        heard = Heard()
        reader = Reader(open_frames, heard.listener, clock or WallClock(), **limits)
        readers.append(reader)
        reader.set_playing(playing)
        reader.start()
        return reader, heard

    yield start
    for reader in readers:
        reader.stop(PATIENCE_S)
        assert not reader.is_alive()


def test_shows_all_at_their_time_then_ends(started: Callable[..., tuple[Reader, Heard]]) -> None:
    began = time.monotonic()
    _, heard = started(lambda start_s: ListSource(numbered_frames(12)))
    wait_until(lambda: heard.ended)
    assert time.monotonic() - began == pytest.approx(12 * 1001 / 24000, abs=0.25)
    assert heard.indices() == list(range(12))
    assert all(moment - began >= index * 1001 / 24000 - 0.02 for index, _, moment in heard.frames)
    moments = [moment for _, _, moment in heard.frames]
    assert moments[-1] - moments[0] == pytest.approx(11 * 1001 / 24000, abs=0.2)


def test_a_last_picture_stays_as_long_as_it_lasts(started: Callable[..., tuple[Reader, Heard]]) -> None:
    rate = Fraction(4)
    began = time.monotonic()
    _, heard = started(lambda start_s: ListSource(numbered_frames(1, rate=rate), rate=rate))
    wait_until(lambda: heard.ended)
    assert time.monotonic() - began >= 0.2


def test_a_frame_is_announced_before_it_is_due(started: Callable[..., tuple[Reader, Heard]]) -> None:
    reader, heard = started(lambda start_s: ListSource(numbered_frames(12)), playing=False)
    wait_until(lambda: heard.upcoming == [0, 1])
    assert heard.indices() == [0]
    reader.set_playing(True)
    wait_until(lambda: heard.ended)
    assert heard.upcoming == heard.indices() == list(range(12))


def test_held_it_shows_one_frame_and_steps(started: Callable[..., tuple[Reader, Heard]]) -> None:
    reader, heard = started(lambda start_s: ListSource(numbered_frames(12)), playing=False)
    wait_until(lambda: heard.frames)
    time.sleep(0.15)
    assert heard.indices() == [0]
    reader.step()
    wait_until(lambda: len(heard.frames) > 1)
    time.sleep(0.1)
    assert heard.indices() == [0, 1]


def test_a_seek_opens_anew_and_bears_its_number(started: Callable[..., tuple[Reader, Heard]]) -> None:
    starts = []

    def open_frames(start_s: float) -> ListSource:
        starts.append(start_s)
        return ListSource(numbered_frames(48))

    reader, heard = started(open_frames, playing=False)
    wait_until(lambda: heard.frames)
    assert reader.seek(0.99) == 1
    wait_until(lambda: len(heard.frames) > 1)
    assert starts == [0.0, pytest.approx(0.99 - 2 * 1001 / 24000)]  # frame 23 began before
    assert heard.frames[-1][:2] == (23, 1)  # frame 24 is due at 1.001 s
    reader.seek(1.0)  # as near as a container that counts milliseconds may say it
    wait_until(lambda: len(heard.frames) > 2)
    assert heard.indices() == [0, 23, 24]


def test_a_step_right_after_a_seek_is_not_lost(started: Callable[..., tuple[Reader, Heard]]) -> None:
    decoding, go_on = threading.Event(), threading.Event()

    class Slow(ListSource):
        def __iter__(self) -> Iterator[Frame]:
            for frame in numbered_frames(48):
                if frame.index == 2 and not go_on.is_set():
                    decoding.set()
                    go_on.wait(PATIENCE_S)
                yield frame

    reader, heard = started(lambda start_s: Slow(numbered_frames(48)), playing=False)
    wait_until(lambda: heard.frames)
    reader.step()
    assert decoding.wait(PATIENCE_S)
    reader.seek(1.0)
    reader.step()
    go_on.set()
    wait_until(lambda: heard.indices()[-2:] == [24, 25])


def test_after_the_end_a_seek_goes_on(started: Callable[..., tuple[Reader, Heard]]) -> None:
    reader, heard = started(lambda start_s: ListSource(numbered_frames(4)))
    wait_until(lambda: heard.ended)
    reader.seek(0.0)
    wait_until(lambda: len(heard.ended) == 2)
    assert heard.indices() == [0, 1, 2, 3] * 2
    assert heard.ended == [0, 1]


def test_ends_where_it_was_told(started: Callable[..., tuple[Reader, Heard]]) -> None:
    _, heard = started(lambda start_s: ListSource(numbered_frames(48)), start_s=0.49, end_s=0.75)
    wait_until(lambda: heard.ended)
    assert heard.indices() == list(range(11, 18))  # frame 11 is on screen until 0.5005 s


def test_live_frames_come_as_they_come_and_are_dropped_while_held(
    started: Callable[..., tuple[Reader, Heard]],
) -> None:
    gate = threading.Event()

    class Camera(ListSource):
        def __iter__(self) -> Iterator[Frame]:
            frames = numbered_frames(40)
            yield from frames[:20]
            gate.wait(5)
            yield from frames[20:]

    reader, heard = started(lambda start_s: Camera([], live=True))
    wait_until(lambda: len(heard.frames) == 20)  # far faster than their rate
    reader.set_playing(False)
    gate.set()
    wait_until(lambda: heard.ended)
    assert heard.indices() == list(range(20))


def test_says_what_the_source_says(started: Callable[..., tuple[Reader, Heard]]) -> None:
    class Wordy(ListSource):
        def __iter__(self) -> Iterator[Frame]:
            yield from numbered_frames(2)
            self.warnings.append("cut short")

    _, heard = started(lambda start_s: Wordy(numbered_frames(2)))
    wait_until(lambda: heard.ended)
    assert heard.warnings == ["cut short"]


@pytest.mark.parametrize("error", [SourceError("clip.avi: gone"), ValueError("a bug")])
def test_an_error_is_handed_over(started: Callable[..., tuple[Reader, Heard]], error: Exception) -> None:
    reader, heard = started(lambda start_s: ListSource([numbered_frames(1)[0], error]))
    wait_until(lambda: heard.failed)
    assert heard.failed == [error]
    wait_until(lambda: not reader.is_alive())


@pytest.mark.parametrize("start_s", [0.0, 1.0])
def test_a_seek_that_finds_nothing_is_not_the_end_of_it(
    started: Callable[..., tuple[Reader, Heard]], start_s: float
) -> None:
    def open_frames(start_s: float) -> ListSource:
        read = ListSource([SourceError("clip.avi: nothing there")] if start_s > 5 else numbered_frames(48))
        read.info = dataclasses.replace(read.info, duration_s=1000.0)
        return read

    reader, heard = started(open_frames, playing=False, start_s=start_s)
    wait_until(lambda: heard.frames)
    reader.seek(900.0)
    wait_until(lambda: heard.ended)
    assert (heard.warnings, heard.failed) == (["clip.avi: nothing there"], [])
    reader.seek(0.5)
    wait_until(lambda: len(heard.frames) > 1)
    assert heard.frames[-1][:2] == (12, 2)


def test_starting_after_the_end_is_an_error(started: Callable[..., tuple[Reader, Heard]]) -> None:
    _, heard = started(lambda start_s: ListSource(numbered_frames(12)), start_s=0.75)
    wait_until(lambda: heard.failed)
    assert str(heard.failed[0]) == "listed is 0.5005 s long: cannot start at 0.75 s; start earlier"


def test_the_rest_of_a_picture_is_shown_after_a_seek(started: Callable[..., tuple[Reader, Heard]]) -> None:
    rate = Fraction(2)
    _, heard = started(lambda start_s: ListSource(numbered_frames(2, rate=rate), rate=rate), start_s=0.4)
    wait_until(lambda: heard.ended)
    assert heard.indices() == [0, 1]
    assert heard.frames[1][2] - heard.frames[0][2] < 0.4  # 0.1 of its 0.5 seconds


def test_who_waits_for_a_lost_stream_is_called_back_when_nobody_wants_it_any_more() -> None:
    """Else it would go on looking for it, and take it from whoever opens it next."""
    waits, called = threading.Event(), threading.Event()

    class Lost(ListSource):
        def __iter__(self) -> Iterator[Frame]:
            yield numbered_frames(1)[0]
            waits.set()
            called.wait(20)

        def interrupt(self) -> None:
            called.set()

    heard: list[object] = []
    listener = Listener(
        opened=lambda info, time_s: None,
        upcoming=lambda frame: None,
        frame=lambda frame, number: None,
        blanked=lambda number: None,
        ended=heard.append,
        warning=heard.append,
        failed=heard.append,
    )
    reader = Reader(lambda start_s=0.0: Lost([], live=True), listener, WallClock())
    reader.set_playing(True)
    reader.start()
    assert waits.wait(10)
    reader.stop(10)
    assert called.is_set() and not reader.is_alive() and not heard
