"""Analyses several frames at a time, in worker threads, and returns the results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from simpsons_play.analysis.analyser import Analyser, PendingDetections
from simpsons_play.core.cores import core_count
from simpsons_play.core.frames import Frame, Image
from simpsons_play.core.results import Detections, FrameDetections, FrameResult

_MAX_WORKERS = 4
"""Decoding and postprocessing, which run in one thread each, cannot keep more workers busy."""


_MAX_PENDING = 128
"""Several times the number of frames from one run of the model to the next, at common frame rates."""


def default_workers() -> int:
    """One for each core, at most four."""
    return min(_MAX_WORKERS, core_count())


class ParallelAnalyser:
    """Analyses frames with the model running in worker threads: a `FrameAnalyser`.

    Only the threads of the model are new: onnxruntime releases the GIL, so they use other cores. Results are
    the same as those of the analyser alone.

    Args:
        analyser: a new analyser, or one that was reset; not to be used by others meanwhile.
        workers: number of threads that run the model; None uses `default_workers()`.
        max_pending: largest number of frames that wait for the model, because each may hold its picture.
    """

    def __init__(
        self, analyser: Analyser, *, workers: int | None = None, max_pending: int = _MAX_PENDING
    ) -> None:
        self._analyser, self._workers = analyser, workers or default_workers()
        self._max_pending = max_pending
        self._executor: ThreadPoolExecutor | None = None
        self._pending: deque[tuple[PendingDetections, Future[Detections] | None]] = deque()
        self._running = 0  # of the pending frames, those with a future

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
        self._start(self._analyser.begin(frame, thumbnail))
        # Reading must not run ahead of the model without limit.
        yield from self._known(max_running=4 * self._workers)

    def finish(self) -> Iterator[FrameDetections]:
        """Wait for the model, yield all remaining detections, and end the threads."""
        try:
            self._start(self._analyser.end())
            yield from self._known(max_running=0)
        finally:
            self._pending.clear()
            self._running = 0
            if self._executor is not None:
                self._executor.shutdown(cancel_futures=True)
                self._executor = None

    def _start(self, decided: Iterable[PendingDetections]) -> None:
        for pending in decided:
            future = None
            if pending.run is not None:
                if self._executor is None:
                    self._executor = ThreadPoolExecutor(self._workers, "classify")
                future = self._executor.submit(pending.run)
                self._running += 1
            self._pending.append((pending, future))

    def _known(self, *, max_running: int) -> Iterator[FrameDetections]:
        """Yield what is known, and wait while the model has to run on more frames than `max_running`."""
        while self._pending:
            pending, future = self._pending[0]
            may_wait = self._running <= max_running and len(self._pending) <= self._max_pending
            if future is not None and not future.done() and may_wait:
                return
            try:
                detections = None if future is None else future.result()
            except Exception:
                self._pending.clear()  # so that `flush` yields what was settled, and does not raise it again
                self._running = 0
                self._analyser.drop_held()
                raise
            self._pending.popleft()
            self._running -= future is not None
            yield self._analyser.complete(pending, detections)
