"""Results of a detection log at one threshold: the spans, and the results of each shot on demand."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.core.results import FrameResult
from simpsons_play.timelines.spans import Span, SpanChanges, SpanCollector, by_start
from simpsons_play.tracking.postprocess import Postprocessor

_MAX_SHOTS = 16
"""Number of shots whose results are kept in memory; those of other shots are made again on demand."""


class LogIndex:
    """Postprocesses a log, which may still grow, and looks up results in any order.

    Results take a hundred times the memory of detections, so only those of a few shots are kept. Making the
    results of a shot again takes a few milliseconds and gives identical results. One thread may postprocess
    while others look up results.

    Args:
        log: detection log of one video.
        make_postprocessor: makes a new postprocessor.
        width: frame width in pixels.
        spans: the spans of the whole log, or of its first shots, if they are known.
        known: number of frames, from the beginning of the log, that `spans` covers; None for all.
    """

    def __init__(
        self,
        log: DetectionLog,
        make_postprocessor: Callable[[], Postprocessor],
        *,
        width: int,
        spans: Sequence[Span] | None = None,
        known: int | None = None,
    ) -> None:
        self._log, self._make_postprocessor = log, make_postprocessor
        self._lock = threading.Lock()
        self._postprocessor, self._spans = make_postprocessor(), SpanCollector(width)
        self._first_spans = () if spans is None else tuple(spans)
        self._first = 0 if spans is None else len(log) if known is None else known
        self._added = self._settled = self._first
        self._shot: list[FrameResult] = []
        self._shots: OrderedDict[int, list[FrameResult]] = OrderedDict()

    @property
    def known_s(self) -> float:
        """Time up to which the results are settled, in seconds."""
        with self._lock:
            return self._known_s()

    @property
    def settled(self) -> int:
        """Number of frames, from the beginning of the log, whose results are settled."""
        with self._lock:
            return self._settled

    @property
    def complete(self) -> bool:
        """Whether the results of all frames in the log are settled."""
        return self.settled == len(self._log)

    @property
    def can_advance(self) -> bool:
        """Whether there are frames in the log that are not postprocessed yet."""
        return self._added < len(self._log)

    def known(self) -> tuple[float, tuple[Span, ...]]:
        """Time up to which the results are settled, in seconds, and the spans until then."""
        with self._lock:
            known_s = self._known_s()
            return known_s, self._first_spans + self._spans.until(known_s)

    def changed(
        self,
        make_postprocessor: Callable[[], Postprocessor],
        shots: Iterable[tuple[int, int]],
        *,
        width: int,
        log_complete: bool,
    ) -> LogIndex:
        """An index with other results in some shots, of which those that are settled are postprocessed here.

        Args:
            make_postprocessor: makes a new postprocessor.
            shots: start and end of each shot with other results, as positions in the log.
            width: frame width in pixels.
            log_complete: whether the log is complete, so that it does not grow any more.
        """
        with self._lock:
            settled = self._settled
            spans = self._first_spans + self._spans.until(self._known_s())
        known = settled
        if not (log_complete and settled == len(self._log)):
            known = self._log.shot_of(settled)[0]  # the shot goes on
            spans = tuple(s for s in spans if known and s.start_s < self._log[known - 1].time_s + SAME_TIME_S)
        kept = list(spans)
        for start, end in ((start, end) for start, end in shots if end <= known):
            postprocessor, new = make_postprocessor(), SpanCollector(width)
            for i in range(start, end):
                for result in postprocessor.update(self._log[i]):
                    new.add(result)
            for result in postprocessor.flush():
                new.add(result)
            start_s = self._log[start].time_s
            end_s = self._log[end].time_s if end < len(self._log) else self._log[end - 1].time_s
            kept = [span for span in kept if not start_s <= span.start_s < max(end_s, start_s + SAME_TIME_S)]
            kept += new.until(end_s)
        kept.sort(key=by_start)
        return LogIndex(self._log, make_postprocessor, width=width, spans=kept, known=known)

    def settle(self, frames: int, changes: SpanChanges) -> None:
        """Take over what was postprocessed elsewhere, with the same settings, from the beginning of the log.

        Args:
            frames: the number of frames whose results are settled.
            changes: how the spans have changed since the last call.
        """
        with self._lock:
            self._spans.apply(changes)
            self._added = self._settled = frames

    def advance(self, max_frames: int) -> bool:
        """Postprocess up to `max_frames` more frames; returns whether there were any."""
        end = min(self._added + max_frames, len(self._log))
        advanced = self._added < end
        while self._added < end:
            self._settle(self._postprocessor.update(self._log[self._added]))
            self._added += 1
        return advanced

    def flush(self) -> None:
        """Settle the remaining results; call this when the log is complete and fully postprocessed."""
        self._settle(self._postprocessor.flush())

    def result(self, index: int) -> FrameResult | None:
        """The result for a frame of the log; None if its shot has to be postprocessed first."""
        with self._lock:
            first = self._settled - len(self._shot)
            if first <= index < self._settled:
                return self._shot[index - first]
            start, _ = self._log.shot_of(index)
            shot = self._shots.get(start, [])
            if index - start >= len(shot):
                return None
            self._shots.move_to_end(start)
            return shot[index - start]

    def postprocess_shot(self, index: int, *, log_complete: bool) -> None:
        """Make the results of the shot that contains a frame.

        Args:
            index: position of the frame in the log.
            log_complete: whether the log is complete, so that it does not grow any more.
        """
        start, end = self._log.shot_of(index)
        postprocessor = self._make_postprocessor()
        shot = [result for i in range(start, end) for result in postprocessor.update(self._log[i])]
        if log_complete or end < len(self._log):
            shot.extend(postprocessor.flush())
        with self._lock:
            self._hold(start, shot)

    def _known_s(self) -> float:
        return self._log[self._settled - 1].time_s if self._settled else 0.0

    def _settle(self, results: Sequence[FrameResult]) -> None:
        with self._lock:
            for result in results:
                if result.cut and self._shot:
                    self._hold(self._settled - len(self._shot), self._shot)
                    self._shot = []
                self._shot.append(result)
                self._spans.add(result)
                self._settled += 1

    def _hold(self, start: int, shot: list[FrameResult]) -> None:
        self._shots[start] = shot
        self._shots.move_to_end(start)
        while len(self._shots) > _MAX_SHOTS:
            self._shots.popitem(last=False)
