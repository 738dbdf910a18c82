"""Analyses several frames at a time, in worker threads, and returns the results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from simpsons_play.analysis.agreement import detections_between
from simpsons_play.analysis.analyser import Analyser, PendingDetections
from simpsons_play.analysis.frame_reader import queue_frames
from simpsons_play.core.cores import core_count
from simpsons_play.core.frames import Frame, Image, SourceInfo
from simpsons_play.core.results import Detections, FrameDetections, FrameResult

_MAX_WORKERS = 4
"""Decoding and postprocessing, which run in one thread each, cannot keep more workers busy."""

_MAX_BETWEEN = 5
"""Largest number of samples that are left out in a row, in two seconds of film. With 7, the model runs 2 to
6% less often, but more names differ from those with every sample."""


def default_workers() -> int:
    """One for each core, at most four."""
    return min(_MAX_WORKERS, core_count())


def max_pending(info: SourceInfo) -> int:
    """Largest number of a source's frames that wait for the model, because each may hold its picture."""
    return 4 * max(4, queue_frames(info))


@dataclass(slots=True, eq=False)
class _Entry:
    """A frame whose detections are not known yet, or were not passed on.

    Attributes:
        pending: the frame.
        future: the detections, if the model runs on it.
        filled: the detections, if those of other samples replace them.
        group: the group to which it belongs, if that decides whether the model runs on it.
    """

    pending: PendingDetections
    future: Future[Detections] | None = None
    filled: Detections | None = None
    group: _Group | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not decided yet if the model runs on it."""
        return self.pending.run is not None and self.future is None and self.filled is None

    @property
    def is_known(self) -> bool:
        """Whether its detections are known."""
        return not self.is_open if self.future is None else self.future.done()


@dataclass(slots=True, eq=False)
class _Group:
    """Samples of a shot in a row.

    Attributes:
        ends: the first one and, once it is known, the last one; the model runs on them.
        between: those between them.
    """

    ends: list[_Entry]
    between: list[_Entry] = field(default_factory=list)

    @property
    def futures(self) -> list[Future[Detections]]:
        """The runs of the model that decide about the samples between."""
        return [end.future for end in self.ends if end.future is not None]


class ParallelAnalyser:
    """Analyses frames with the model running in worker threads: a `FrameAnalyser`.

    Only the threads of the model are new: onnxruntime releases the GIL, so they use other cores.

    If detections may be filled in, the model first runs on every sixth sample of a shot, about once in two
    seconds, and on the last one. Where two of them disagree, it runs on the one in the middle, and so on;
    where they agree, the detections between are interpolated. Results do not depend on the number of threads.

    Args:
        analyser: a new analyser, or one that was reset; not to be used by others meanwhile.
        workers: number of threads that run the model; None uses `default_workers()`.
        max_pending: see `max_pending`; half as many frames may lie between two runs of the model.
    """

    def __init__(self, analyser: Analyser, *, workers: int | None = None, max_pending: int = 128) -> None:
        self._analyser, self._workers = analyser, workers or default_workers()
        self._max_pending = max_pending
        self._executor: ThreadPoolExecutor | None = None
        self._clear()

    def thumbnail(self, frame: Frame) -> Image:
        """As `Analyser.thumbnail`."""
        return self._analyser.thumbnail(frame)

    def update(self, frame: Frame, thumbnail: Image | None = None) -> Iterator[FrameResult]:
        """Add the next frame, and yield the results that are now settled, in order."""
        for detected in self.detect(frame, thumbnail):
            yield from self._analyser.postprocess(detected)

    def flush(self) -> Iterator[FrameResult]:
        """Yield all remaining results; call this after the last frame, or after an error.

        If the model fails only now, the results until then are yielded first.
        """
        error = None
        try:
            for detected in self.finish():
                yield from self._analyser.postprocess(detected)
        except Exception as failure:
            error = failure
        yield from self._analyser.flush()
        if error is not None:
            raise error

    def detect(self, frame: Frame, thumbnail: Image | None = None) -> Iterator[FrameDetections]:
        """Add the next frame, and yield the detections that are now known, in order."""
        thumbnail = self._analyser.thumbnail(frame) if thumbnail is None else thumbnail
        self._add(self._analyser.begin(frame, thumbnail))
        # Reading must not run ahead of the model without limit.
        yield from self._known(max_running=4 * self._workers)

    def finish(self) -> Iterator[FrameDetections]:
        """Wait for the model, yield all remaining detections, and end the threads."""
        try:
            self._add(self._analyser.end())
            self._end_group()
            yield from self._known(max_running=0)
        finally:
            self._clear()
            if self._executor is not None:
                self._executor.shutdown(cancel_futures=True)
                self._executor = None

    def _clear(self) -> None:
        self._entries: deque[_Entry] = deque()
        self._group: _Group | None = None  # whose end is not known yet
        self._undecided: list[_Group] = []
        self._running = 0  # number of entries with a future

    def _add(self, decided: Iterable[PendingDetections]) -> None:
        for pending in decided:
            entry = _Entry(pending)
            self._entries.append(entry)
            if pending.run is None:
                continue
            if not self._analyser.fills_in:
                self._submit(entry)
            elif self._group is None or pending.sample.cut:
                self._end_group()
                self._submit(entry)
                self._group = _Group([entry])
            else:
                self._add_to_group(entry, self._group)

    def _add_to_group(self, entry: _Entry, group: _Group) -> None:
        entry.group = group
        group.between.append(entry)
        frames = entry.pending.index - group.ends[0].pending.index
        # The rule counts frames and not those that wait, so that results do not depend on speed.
        if len(group.between) > _MAX_BETWEEN or frames >= self._max_pending // 2:
            self._end_group()
            self._group = _Group([entry])

    def _end_group(self) -> None:
        """Run the model on the last sample of the group; it decides about those before it."""
        group, self._group = self._group, None
        if group is not None and group.between:
            last = group.between.pop()
            last.group = None  # or each group would keep the one before it
            self._submit(last)
            if group.between:
                group.ends.append(last)
                self._undecided.append(group)

    def _submit(self, entry: _Entry) -> None:
        if entry.pending.run is None:
            return
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._workers, "classify")
        entry.future = self._executor.submit(entry.pending.run)
        self._running += 1

    def _decide(self) -> None:
        """Fill in the samples between two that agree; otherwise run the model on the one in the middle."""
        groups, self._undecided = deque(self._undecided), []
        while groups:
            group = groups.popleft()
            if not all(future.done() for future in group.futures):
                self._undecided.append(group)
            elif (filled := _filled(group)) is None:
                groups.extendleft(reversed(self._split(group)))
            else:
                for entry, detections in zip(group.between, filled, strict=True):
                    entry.group, entry.filled = None, detections  # a cycle would keep the pictures

    def _split(self, group: _Group) -> list[_Group]:
        """Run the model on the sample in the middle; returns the groups before and after it."""
        middle = len(group.between) // 2
        entry, (first, last) = group.between[middle], group.ends
        entry.group = None
        self._submit(entry)
        halves = [
            _Group([first, entry], group.between[:middle]),
            _Group([entry, last], group.between[middle + 1 :]),
        ]
        for half in halves:
            for other in half.between:
                other.group = half
        return [half for half in halves if half.between]

    def _known(self, *, max_running: int) -> Iterator[FrameDetections]:
        """Yield what is known, and wait while the model has to run on more frames than `max_running`."""
        self._decide()
        while self._entries:
            entry = self._entries[0]
            if entry.is_open and entry.group is self._group:
                return  # the next samples decide about it
            if not entry.is_known:
                if self._running <= max_running and len(self._entries) <= self._max_pending:
                    return
                self._wait()
                continue
            try:
                detections = entry.filled if entry.future is None else entry.future.result()
            except Exception:
                self._clear()  # so that `flush` yields what was settled, and does not raise it again
                self._analyser.drop_held()
                raise
            self._entries.popleft()
            self._running -= entry.future is not None
            filled = entry.filled is not None
            yield self._analyser.complete(entry.pending, detections, filled=filled)

    def _wait(self) -> None:
        """Wait for any run of the model: it may decide about other samples, which keep the threads busy."""
        futures = (entry.future for entry in self._entries)
        wait([f for f in futures if f is not None and not f.done()], return_when=FIRST_COMPLETED)
        self._decide()


def _filled(group: _Group) -> list[Detections] | None:
    """Detections for the samples between; None if the model has to run on them."""
    if any(future.exception() is not None for future in group.futures):
        return None  # the error is raised when its frame is due
    first, last = (future.result() for future in group.futures)
    before, after = (end.pending for end in group.ends)
    span_s = after.time_s - before.time_s
    if span_s <= 0:  # time stamps of a damaged file may go back
        return None
    shares = [(entry.pending.time_s - before.time_s) / span_s for entry in group.between]
    return detections_between(first, last, shares, width=before.size_px[0])
