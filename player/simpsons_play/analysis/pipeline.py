"""Source -> analyser -> sinks, each in a thread of its own.

Reading and writing run beside the analysis: decoding, the network and encoding all leave Python's lock, so
that each has a core where there is one. Queues between them are short, and shorter for large frames: a slow
stage holds the others back instead of filling memory; live sources drop frames instead, the newest wins.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from simpsons_play.analysis.held_frame import HeldFrame
from simpsons_play.core.timing import StageTime, StageTimes
from simpsons_play.core.types import Analysis, Frame, Sink, Source, SourceInfo
from simpsons_play.timeline.label_changes import NameChanges
from simpsons_play.timeline.screen_time import Appearance, ScreenTime

_QUEUE_FRAMES = 8
_LEAVE_S = 1.0
"""So long a source may take to come back from reading after a run was stopped; then it is left to hang."""
_QUEUE_BYTES = 40_000_000
"""Images in one queue, at most, but always one: 6 frames of 1080p, 1 of 4K."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run measured.

    Attributes:
        frames: analysed.
        repeated: of those, how many showed the same picture as before, so that the network did not run again.
        dropped: frames of a live source that came while another was being worked on.
        seconds: the run took, from the first frame asked for to the last one written.
        media_seconds: the frames last when played at their own speed.
        stages: time per frame of each stage.
        appearances: who was on screen how long.
        changes: how often other people were named than in the frame before.
        unsteadied_changes: how often it would have been without smoothing.
    """

    frames: int
    repeated: int
    dropped: int
    seconds: float
    media_seconds: float
    stages: tuple[StageTime, ...]
    appearances: tuple[Appearance, ...]
    changes: int
    unsteadied_changes: int

    @property
    def fps(self) -> float:
        """Frames per second of the run."""
        return self.frames / self.seconds if self.seconds else 0.0

    @property
    def realtime_factor(self) -> float:
        """How much faster than playback the run was."""
        return self.media_seconds / self.seconds if self.seconds else 0.0


class Stopped(KeyboardInterrupt):
    """Ctrl-C, and what was measured until then."""

    def __init__(self, summary: RunSummary) -> None:
        super().__init__()
        self.summary = summary


class Steps(Protocol):
    """Says what is known of frames, some of them later."""

    def step(self, frame: Frame) -> tuple[Analysis, ...]:
        """Take the next frame in, and give what is settled now, in the order of the frames."""
        ...

    def finish(self) -> tuple[Analysis, ...]:
        """Nothing follows: give all that is left."""
        ...


def run(
    source: Source,
    analyser: Steps,
    *,
    sinks: Sequence[Sink] = (),
    times: StageTimes,
    on_frame: Callable[[HeldFrame, Analysis], object] = lambda frame, analysis: None,
) -> RunSummary:
    """Analyse a whole source and hand every frame to the sinks.

    Args:
        source: already entered.
        analyser: fresh, or reset; an `Analyser` or a `Replay`.
        sinks: already entered; written to from one thread, in order.
        times: collects what the stages take; give the analyser the same.
        on_frame: told of each frame after its analysis, from the calling thread.

    Raises:
        Stopped: after Ctrl-C.
        Exception: whatever source, analyser or sinks raise.
        What was handed to the sinks before is written.
    """
    tally, reader = _Tally(source, times), _Reader(source, times)
    try:
        with reader, _writer(sinks, times, source.info) as write:
            _analyse(reader, analyser, tally, write, on_frame)
    except KeyboardInterrupt as interrupt:
        raise Stopped(tally.summary(reader.dropped)) from interrupt
    return tally.summary(reader.dropped)


class _Tally:
    """What a run measures, counted as it goes."""

    def __init__(self, source: Source, times: StageTimes) -> None:
        self._times = times
        self._screen_time, self._changes = ScreenTime(), NameChanges()
        self._frames = self._repeated = 0
        self._began_s = time.perf_counter()
        self._frame_s = float(1 / source.info.rate) if source.info.rate else 0.0
        self._first_s = self._last_s = 0.0

    def named(self, frame: Frame) -> None:
        """Time a frame that the analyser has taken in."""
        if frame.arrived_s is not None:
            self._times.add("age", time.monotonic() - frame.arrived_s)

    def settled(self, analysis: Analysis) -> None:
        """Count a frame that is settled: one that Ctrl-C struck before is in no file either."""
        self._first_s = analysis.time_s if self._frames == 0 else self._first_s
        self._last_s = analysis.time_s
        self._frames += 1
        self._screen_time.add(analysis)
        self._changes.add(analysis)
        self._repeated += analysis.repeated

    def summary(self, dropped: int) -> RunSummary:
        """All of it; nothing is counted afterwards."""
        last_s = self._frame_s if self._frames else 0.0
        return RunSummary(
            frames=self._frames,
            repeated=self._repeated,
            dropped=dropped,
            seconds=time.perf_counter() - self._began_s,
            media_seconds=self._last_s - self._first_s + last_s,
            stages=self._times.summary(),
            appearances=self._screen_time.finish(last_s),
            changes=self._changes.shown,
            unsteadied_changes=self._changes.said,
        )


def _analyse(
    frames: Iterable[Frame],
    analyser: Steps,
    tally: _Tally,
    write: Callable[[HeldFrame, Analysis], None],
    on_frame: Callable[[HeldFrame, Analysis], object],
) -> None:
    """Hand on each frame as soon as what is known of it is settled."""
    waiting: deque[HeldFrame] = deque()

    def settle(analyses: Iterable[Analysis]) -> None:
        for analysis in analyses:
            while (frame := waiting.popleft()).index != analysis.index:
                pass  # Ctrl-C struck while this one was being settled
            write(frame, analysis)
            tally.settled(analysis)
            on_frame(frame, analysis)

    try:
        for frame in frames:
            waiting.append(HeldFrame(frame))
            settled = analyser.step(frame)
            tally.named(frame)
            del frame  # a large one waits packed
            settle(settled)
            if waiting:
                waiting[-1].pack()
    finally:
        settle(analyser.finish())


class _Reader:
    """Reads a source in a thread of its own while entered; iterating gives its frames, raises its errors."""

    def __init__(self, source: Source, times: StageTimes) -> None:
        self._source, self._times, self._live = source, times, source.info.live
        self._queue: queue.Queue[Frame | BaseException | None] = queue.Queue(
            1 if self._live else _queue_frames(source.info)
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="decode", daemon=True)
        self.dropped = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._source.interrupt()
        left_at_s = time.monotonic() + _LEAVE_S
        while self._thread.is_alive() and time.monotonic() < left_at_s:
            self._take_one()
            self._thread.join(0.01)

    def __iter__(self) -> Iterator[Frame]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def _read(self) -> None:
        end: BaseException | None = None
        try:
            frames = iter(self._source)
            while not self._stop.is_set():
                began_s = time.perf_counter()
                frame = next(frames, None)
                if frame is None:
                    break
                self._times.add("decode", time.perf_counter() - began_s)
                if self._live and self._queue.full():
                    self._take_one()
                    self.dropped += 1
                self._queue.put(frame)
        except BaseException as error:
            end = error
        if not self._stop.is_set():
            self._queue.put(end)

    def _take_one(self) -> None:
        with suppress(queue.Empty):
            self._queue.get_nowait()


def _queue_frames(info: SourceInfo) -> int:
    """How many frames of a source may wait in one queue."""
    return max(1, min(_QUEUE_FRAMES, _QUEUE_BYTES // (info.width * info.height * 3)))


@contextmanager
def _writer(
    sinks: Sequence[Sink], times: StageTimes, info: SourceInfo
) -> Iterator[Callable[[HeldFrame, Analysis], None]]:
    """A thread that writes; yields what hands it a frame, and raises its errors at the next or the end."""
    if not sinks:
        yield lambda frame, analysis: None
        return
    items: queue.Queue[tuple[HeldFrame, Analysis] | None] = queue.Queue(_queue_frames(info))
    errors: list[BaseException] = []

    def work() -> None:
        while (item := items.get()) is not None:
            if errors:
                continue  # keep taking, so that nobody waits for a full queue
            try:
                held, analysis = item
                with times.measure("write"):
                    frame = held.frame()
                    for sink in sinks:
                        sink.write(frame, analysis)
                del item, held, frame  # the next may be long in coming
            except BaseException as error:
                errors.append(error)

    def write(frame: HeldFrame, analysis: Analysis) -> None:
        if errors:
            raise errors[0]
        items.put((frame, analysis))

    thread = threading.Thread(target=work, name="write", daemon=True)
    thread.start()
    try:
        yield write
    finally:
        items.put(None)
        thread.join()
    if errors:
        raise errors[0]
