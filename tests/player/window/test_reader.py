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


class RecordingListener:
    """Records the callbacks of a reader."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, int, float]] = []  # frame index, seek number, when
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


StartReader = Callable[..., tuple[Reader, RecordingListener]]


@pytest.fixture
def start_reader() -> Iterator[StartReader]:
    readers: list[Reader] = []

    def start(
        open_frames: Callable[..., ListSource],
        *,
        playing: bool = True,
        clock: Clock | None = None,
        **limits: float,
    ) -> tuple[Reader, RecordingListener]:
        recorded = RecordingListener()
        reader = Reader(open_frames, recorded.listener, clock or WallClock(), **limits)
        readers.append(reader)
        reader.set_playing(playing)
        reader.start()
        return reader, recorded

    yield start
    for reader in readers:
        reader.stop(PATIENCE_S)
        assert not reader.is_alive()


def test_shows_each_frame_when_due_then_ends(
    start_reader: StartReader,
) -> None:
    began = time.monotonic()
    _, recorded = start_reader(lambda start_s: ListSource(numbered_frames(12)))
    wait_until(lambda: recorded.ended)
    assert time.monotonic() - began == pytest.approx(12 * 1001 / 24000, abs=0.25)
    assert recorded.indices() == list(range(12))
    assert all(moment - began >= index * 1001 / 24000 - 0.02 for index, _, moment in recorded.frames)
    moments = [moment for _, _, moment in recorded.frames]
    assert moments[-1] - moments[0] == pytest.approx(11 * 1001 / 24000, abs=0.2)


def test_the_last_frame_is_shown_for_its_full_duration(
    start_reader: StartReader,
) -> None:
    rate = Fraction(4)
    began = time.monotonic()
    _, recorded = start_reader(lambda start_s: ListSource(numbered_frames(1, rate=rate), rate=rate))
    wait_until(lambda: recorded.ended)
    assert time.monotonic() - began >= 0.2


def test_a_frame_is_announced_before_it_is_due(
    start_reader: StartReader,
) -> None:
    reader, recorded = start_reader(lambda start_s: ListSource(numbered_frames(12)), playing=False)
    wait_until(lambda: recorded.upcoming == [0, 1])
    assert recorded.indices() == [0]
    reader.set_playing(True)
    wait_until(lambda: recorded.ended)
    assert recorded.upcoming == recorded.indices() == list(range(12))


def test_while_paused_it_shows_one_frame_and_steps(
    start_reader: StartReader,
) -> None:
    reader, recorded = start_reader(lambda start_s: ListSource(numbered_frames(12)), playing=False)
    wait_until(lambda: recorded.upcoming == [0, 1])
    assert recorded.indices() == [0], "frame 1 has been read and is not shown"
    reader.step()
    wait_until(lambda: recorded.upcoming == [0, 1, 2])
    assert recorded.indices() == [0, 1]


def test_a_seek_opens_the_source_again_and_numbers_its_frames(
    start_reader: StartReader,
) -> None:
    starts = []

    def open_frames(start_s: float) -> ListSource:
        starts.append(start_s)
        return ListSource(numbered_frames(48))

    reader, recorded = start_reader(open_frames, playing=False)
    wait_until(lambda: recorded.frames)
    assert reader.seek(0.99) == 1
    wait_until(lambda: len(recorded.frames) > 1)
    assert starts == [0.0, pytest.approx(0.99 - 2 * 1001 / 24000)]  # to find frame 23, which began earlier
    assert recorded.frames[-1][:2] == (23, 1)  # frame 24 is due at 1.001 s
    reader.seek(1.0)  # as rounded by a container with millisecond timestamps
    wait_until(lambda: len(recorded.frames) > 2)
    assert recorded.indices() == [0, 23, 24]


def test_a_step_right_after_a_seek_is_not_lost(
    start_reader: StartReader,
) -> None:
    decoding, go_on = threading.Event(), threading.Event()

    class Slow(ListSource):
        def __iter__(self) -> Iterator[Frame]:
            for frame in numbered_frames(48):
                if frame.index == 2 and not go_on.is_set():
                    decoding.set()
                    go_on.wait(PATIENCE_S)
                yield frame

    reader, recorded = start_reader(lambda start_s: Slow(numbered_frames(48)), playing=False)
    wait_until(lambda: recorded.frames)
    reader.step()
    assert decoding.wait(PATIENCE_S)
    reader.seek(1.0)
    reader.step()
    go_on.set()
    wait_until(lambda: recorded.indices()[-2:] == [24, 25])


def test_a_seek_after_the_end_resumes_playing(
    start_reader: StartReader,
) -> None:
    reader, recorded = start_reader(lambda start_s: ListSource(numbered_frames(4)))
    wait_until(lambda: recorded.ended)
    reader.seek(0.0)
    wait_until(lambda: len(recorded.ended) == 2)
    assert recorded.indices() == [0, 1, 2, 3] * 2
    assert recorded.ended == [0, 1]


def test_ends_at_end_s(start_reader: StartReader) -> None:
    _, recorded = start_reader(lambda start_s: ListSource(numbered_frames(48)), start_s=0.49, end_s=0.75)
    wait_until(lambda: recorded.ended)
    assert recorded.indices() == list(range(11, 18))  # frame 11 is on screen until 0.5005 s


def test_live_frames_are_shown_on_arrival_and_dropped_while_paused(
    start_reader: StartReader,
) -> None:
    gate = threading.Event()

    class Camera(ListSource):
        def __iter__(self) -> Iterator[Frame]:
            frames = numbered_frames(40)
            yield from frames[:20]
            gate.wait(5)
            yield from frames[20:]

    reader, recorded = start_reader(lambda start_s: Camera([], live=True))
    wait_until(lambda: len(recorded.frames) == 20)  # far faster than their rate
    reader.set_playing(False)
    gate.set()
    wait_until(lambda: recorded.ended)
    assert recorded.indices() == list(range(20))


def test_warnings_of_the_source_are_reported(
    start_reader: StartReader,
) -> None:
    class WarningSource(ListSource):
        def __iter__(self) -> Iterator[Frame]:
            yield from numbered_frames(2)
            self.warnings.append("cut short")

    _, recorded = start_reader(lambda start_s: WarningSource(numbered_frames(2)))
    wait_until(lambda: recorded.ended)
    assert recorded.warnings == ["cut short"]


@pytest.mark.parametrize("error", [SourceError("clip.avi: gone"), ValueError("a bug")])
def test_an_error_is_reported(start_reader: StartReader, error: Exception) -> None:
    reader, recorded = start_reader(lambda start_s: ListSource([numbered_frames(1)[0], error]))
    wait_until(lambda: recorded.failed)
    assert recorded.failed == [error]
    wait_until(lambda: not reader.is_alive())


@pytest.mark.parametrize("start_s", [0.0, 1.0])
def test_after_a_seek_that_finds_nothing_another_seek_works(
    start_reader: StartReader, start_s: float
) -> None:
    def open_frames(start_s: float) -> ListSource:
        read = ListSource([SourceError("clip.avi: nothing there")] if start_s > 5 else numbered_frames(48))
        read.info = dataclasses.replace(read.info, duration_s=1000.0)
        return read

    reader, recorded = start_reader(open_frames, playing=False, start_s=start_s)
    wait_until(lambda: recorded.frames)
    reader.seek(900.0)
    wait_until(lambda: recorded.ended)
    assert (recorded.warnings, recorded.failed) == (["clip.avi: nothing there"], [])
    reader.seek(0.5)
    wait_until(lambda: len(recorded.frames) > 1)
    assert recorded.frames[-1][:2] == (12, 2)


def test_starting_after_the_end_is_an_error(start_reader: StartReader) -> None:
    _, recorded = start_reader(lambda start_s: ListSource(numbered_frames(12)), start_s=0.75)
    wait_until(lambda: recorded.failed)
    assert str(recorded.failed[0]) == "listed is 0.5005 s long: cannot start at 0.75 s; start earlier"


def test_after_a_seek_a_frame_is_shown_for_the_rest_of_its_duration(
    start_reader: StartReader,
) -> None:
    rate = Fraction(2)
    _, recorded = start_reader(
        lambda start_s: ListSource(numbered_frames(2, rate=rate), rate=rate), start_s=0.4
    )
    wait_until(lambda: recorded.ended)
    assert recorded.indices() == [0, 1]
    assert recorded.frames[1][2] - recorded.frames[0][2] < 0.4  # 0.1 of its 0.5 seconds


def test_stopping_interrupts_a_source_that_waits_for_a_lost_stream() -> None:
    """Otherwise it would keep reconnecting, and block the next attempt to open the stream."""
    waits, called = threading.Event(), threading.Event()

    class Lost(ListSource):
        def __iter__(self) -> Iterator[Frame]:
            yield numbered_frames(1)[0]
            waits.set()
            called.wait(20)

        def interrupt(self) -> None:
            called.set()

    recorded: list[object] = []
    listener = Listener(
        opened=lambda info, time_s: None,
        upcoming=lambda frame: None,
        frame=lambda frame, number: None,
        blanked=lambda number: None,
        ended=recorded.append,
        warning=recorded.append,
        failed=recorded.append,
    )
    reader = Reader(lambda start_s=0.0: Lost([], live=True), listener, WallClock())
    reader.set_playing(True)
    reader.start()
    assert waits.wait(10)
    reader.stop(10)
    assert called.is_set() and not reader.is_alive() and not recorded
