"""Source -> analyser -> sinks, each in a thread of its own.

Reading, analysis and writing run in parallel: decoding, inference and encoding all release the GIL, so each
can use a core. The queues between them are short, and shorter for large frames, so a slow stage slows down
the others instead of filling memory. Live sources drop frames instead, and only the newest one waits.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol

from simpsons_play.analysis.bounded_queue import BoundedQueue
from simpsons_play.analysis.frame_reader import FrameReader, queue_frames
from simpsons_play.analysis.held_frame import HeldFrame
from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Image, Source, SourceInfo
from simpsons_play.core.results import FrameResult, Sink, only_labels
from simpsons_play.core.timing import StageTime, StageTimes
from simpsons_play.timelines.label_changes import LabelChanges
from simpsons_play.timelines.screen_time import ScreenTimeTotal
from simpsons_play.timelines.timeline import TimelineBuilder


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Statistics of a run.

    Attributes:
        frames: number of analysed frames.
        repeated: number of analysed frames that repeated an earlier picture, so that the model did not run.
        dropped: number of frames of a live source that were skipped because a newer one arrived.
        seconds: duration of the run, from requesting the first frame to writing the last one, in seconds.
        media_seconds: duration of the analysed frames at playback speed, in seconds.
        stages: time per frame of each stage.
        totals: each character's total time on screen.
        changes: how often the set of shown characters changed from one frame to the next.
        raw_changes: how often the set of characters recognised by the model changed, before smoothing.
        named_frames: label -> number of frames with a caption of it.
        unnamed_frames: number of frames without a caption.
    """

    frames: int
    repeated: int
    dropped: int
    seconds: float
    media_seconds: float
    stages: tuple[StageTime, ...]
    totals: tuple[ScreenTimeTotal, ...]
    changes: int
    raw_changes: int
    named_frames: Mapping[str, int] = field(default_factory=dict)
    unnamed_frames: int = 0

    @property
    def fps(self) -> float:
        """Frames per second of the run."""
        return self.frames / self.seconds if self.seconds else 0.0

    @property
    def realtime_factor(self) -> float:
        """Speed of the run as a multiple of playback speed."""
        return self.media_seconds / self.seconds if self.seconds else 0.0


class Stopped(KeyboardInterrupt):
    """Raised after Ctrl-C, with the statistics until then."""

    def __init__(self, summary: RunSummary) -> None:
        super().__init__()
        self.summary = summary


class FrameAnalyser(Protocol):
    """Turns frames into results, possibly with a delay: an `Analyser` or a `Replay`."""

    def thumbnail(self, frame: Frame) -> Image | None:
        """The thumbnail of a frame for `update`; called ahead, in another thread."""
        ...

    def update(self, frame: Frame, thumbnail: Image | None = None) -> Iterable[FrameResult]:
        """Analyse the next frame, and return the results that are now settled, in order."""
        ...

    def flush(self) -> Iterable[FrameResult]:
        """Return all remaining results; call this after the last frame."""
        ...


def run(
    source: Source,
    analyser: FrameAnalyser,
    *,
    sinks: Sequence[Sink] = (),
    times: StageTimes,
    timeline: TimelineBuilder | None = None,
    on_frame: Callable[[HeldFrame, FrameResult], object] = lambda frame, result: None,
    reopen: Callable[[], Source] | None = None,
    only: frozenset[str] | None = None,
) -> RunSummary:
    """Analyse a whole source, and pass every frame with its result to the sinks.

    Args:
        source: the source, already entered.
        analyser: a new analyser, or one that was reset.
        sinks: the sinks, already entered; written to from one thread, in order.
        times: collects the time that each stage takes; pass the same object to the analyser.
        timeline: receives every result before the sinks do; None makes a new one.
        on_frame: called with each frame and its result, in the calling thread.
        reopen: opens the source a second time, to read the images for the sinks from there; without it, they
            are kept in memory until results are settled.
        only: labels of the captions to pass on; None for all.

    Frames that were passed to the sinks before an error are still written.

    Raises:
        Stopped: after Ctrl-C.
        Exception: any error of the source, the analyser or a sink.
    """
    tally = _Tally(source, times, timeline or TimelineBuilder(source.info.width), only)
    reader = FrameReader(source, times, thumbnail=analyser.thumbnail)
    try:
        with reader, _writer(sinks, times, source.info, reopen) as write:
            keeps_images = bool(sinks) and reopen is None
            _analyse(reader, analyser, tally, write, on_frame, keeps_images=keeps_images, only=only)
    except KeyboardInterrupt as interrupt:
        raise Stopped(tally.summary(reader.dropped)) from interrupt
    return tally.summary(reader.dropped)


class _Tally:
    """Collects the statistics of a run."""

    def __init__(
        self, source: Source, times: StageTimes, timeline: TimelineBuilder, only: frozenset[str] | None
    ) -> None:
        self._times, self._timeline, self._changes = times, timeline, LabelChanges(only)
        self._frames = self._repeated = self._unnamed = 0
        self._named = Counter[str]()
        self._began_s = time.perf_counter()
        self._frame_s = float(1 / source.info.rate) if source.info.rate else 0.0
        self._stills = source.info.stills
        self._first_s = self._last_s = 0.0

    def add_age(self, frame: Frame) -> None:
        """Record the age of a live frame when it has been analysed."""
        if frame.arrived_s is not None:
            self._times.record("age", time.monotonic() - frame.arrived_s)

    def add_to_timeline(self, result: FrameResult) -> None:
        """Add a settled frame to the timeline."""
        self._timeline.add(result)

    def add(self, result: FrameResult) -> None:
        """Count a frame that was passed to the sinks; others are not in any output either."""
        self._first_s = result.time_s if self._frames == 0 else self._first_s
        self._last_s = result.time_s
        self._frames += 1
        self._changes.add(result)
        self._repeated += result.repeated
        self._named.update({caption.label for caption in result.captions})
        self._unnamed += not result.captions

    def summary(self, dropped: int) -> RunSummary:
        """The statistics so far."""
        last_frame_s = self._frame_s if self._frames else 0.0
        media_s = self._last_s - self._first_s + last_frame_s
        totals = self._timeline.timeline(self._last_s + last_frame_s).totals()
        if self._stills:  # without those that cannot be read
            media_s = self._frames * self._frame_s
            totals = tuple(replace(total, share=total.seconds / media_s) for total in totals)
        return RunSummary(
            frames=self._frames,
            repeated=self._repeated,
            dropped=dropped,
            seconds=time.perf_counter() - self._began_s,
            media_seconds=media_s,
            stages=self._times.summary(),
            totals=totals,
            changes=self._changes.shown,
            raw_changes=self._changes.raw,
            named_frames=self._named,
            unnamed_frames=self._unnamed,
        )


def _analyse(
    frames: Iterable[tuple[Frame, Image | None]],
    analyser: FrameAnalyser,
    tally: _Tally,
    write: Callable[[HeldFrame, FrameResult], None],
    on_frame: Callable[[HeldFrame, FrameResult], object],
    *,
    keeps_images: bool,
    only: frozenset[str] | None,
) -> None:
    """Pass on each frame as soon as its result is settled, with or without its image."""
    waiting: deque[HeldFrame] = deque()

    def pass_on(results: Iterable[FrameResult]) -> None:
        for result in results:
            while (frame := waiting.popleft()).index != result.index:
                pass  # Ctrl-C interrupted the handling of this frame
            result = only_labels(result, only)
            tally.add_to_timeline(result)
            write(frame, result)
            tally.add(result)
            on_frame(frame, result)

    try:
        for frame, thumbnail in frames:
            waiting.append(HeldFrame(frame, keeps_image=keeps_images))
            settled = analyser.update(frame, thumbnail)
            tally.add_age(frame)
            del frame  # so that packing it frees memory
            pass_on(settled)
            if waiting:
                waiting[-1].pack()
    finally:
        pass_on(analyser.flush())


@contextmanager
def _writer(
    sinks: Sequence[Sink], times: StageTimes, info: SourceInfo, reopen: Callable[[], Source] | None
) -> Iterator[Callable[[HeldFrame, FrameResult], None]]:
    """Start a thread that writes; yields a function that passes frames to it and raises its errors."""
    if not sinks:
        yield lambda frame, result: None
        return
    # One place more than wanted, because Ctrl-C may cost one.
    items = BoundedQueue[tuple[HeldFrame, FrameResult] | None](queue_frames(info) + 1)
    errors: list[BaseException] = []

    def work() -> None:
        while (item := items.get()) is not None:
            if errors:
                continue  # empty the queue, so that `write` never blocks
            try:
                held, result = item
                with times.measure("write"):
                    frame = held.frame() if again is None else _frame_of(again, held)
                    for sink in sinks:
                        sink.write(frame, result)
                del item, held, frame  # free memory while waiting for the next frame
            except BaseException as error:
                errors.append(error)

    def write(frame: HeldFrame, result: FrameResult) -> None:
        if errors:
            raise errors[0]
        items.put((frame, result))

    with nullcontext() if reopen is None else reopen() as source:
        again = None if source is None else iter(source)
        thread = threading.Thread(target=work, name="write", daemon=True)
        thread.start()
        try:
            yield write
        finally:
            items.put(None)
            thread.join()
    if errors:
        raise errors[0]


def _frame_of(frames: Iterator[Frame], held: HeldFrame) -> Frame:
    """The frame that is held without its image."""
    for frame in frames:
        if frame.index == held.index:
            return frame
    raise SourceError("the file has become shorter while it was read")
