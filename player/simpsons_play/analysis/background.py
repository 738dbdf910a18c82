"""Analysis that runs ahead of playback, so that analysed frames can be shown with their names immediately."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from functools import partial
from types import TracebackType

from simpsons_play.analysis.analysis_chunk import AnalysisChunk
from simpsons_play.analysis.best_head import best_head
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.live import LiveAnalysis
from simpsons_play.analysis.log_index import LogIndex
from simpsons_play.analysis.taught_shots import changed_shots
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.errors import SimpsonsError
from simpsons_play.core.frames import ROUNDED_TIME_S, Frame
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import FrameResult
from simpsons_play.timelines.spans import Span
from simpsons_play.timelines.timeline import Timeline
from simpsons_play.tracking.postprocess import Postprocessor

_LAST_FRAME_S = 1.0
"""Longest time for which the last frame of a complete log is shown, in seconds."""

_BATCH = 64
"""Number of frames to postprocess in one go, which takes some ten milliseconds."""


class BackgroundAnalysis:
    """Follows the analysis of a whole video, and returns the result for any frame it has reached.

    If playback is ahead of the analysis, the newest frame is analysed on its own, as for a live source. A new
    threshold runs no model: the detections are postprocessed again, starting with the shot on screen and the
    next one, and the previous results are shown until then.

    Args:
        chunks: yields the rest of the video, postprocessed with the threshold of `live`; consumed in a thread
            of its own. Make it end before leaving this object, which waits for that thread. If it raises a
            `SimpsonsError`, the analysis ends and the results so far stay available.
        log: detections in the frames before `chunks`, which are appended to it.
        make_postprocessor: makes a postprocessor for a threshold and taught names.
        live: analyses frames that are not in the log yet; entered and left together with this object. Its
            threshold is the initial one.
        width: frame width in pixels.
        labels: labels of the model.
        taught: names heads by their embeddings; None for only the names of the model.
        spans: the spans of the whole log, if they are known for that threshold and these names.
    """

    def __init__(
        self,
        chunks: Generator[AnalysisChunk, None, None],
        log: DetectionLog,
        make_postprocessor: Callable[[float, TaughtNames | None], Postprocessor],
        live: LiveAnalysis,
        *,
        width: int,
        labels: tuple[str, ...],
        taught: TaughtNames | None = None,
        spans: Sequence[Span] | None = None,
    ) -> None:
        self._chunks, self._log, self._live = chunks, log, live
        self._make_postprocessor, self._width, self._model_labels = make_postprocessor, width, labels
        self._taught = taught
        self._condition = threading.Condition()
        self._index = self._previous_index = self._first_index = self._index_for(live.threshold, spans)
        self._on_screen_s: float | None = None
        self._shot: int | None = None  # of the last submitted frame
        self._closed = self._complete = False
        self._receiving = True
        self._error: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._run, args=(work,), name=name, daemon=True)
            for name, work in (("receive", self._receive), ("background", self._postprocess))
        ]

    def __enter__(self) -> BackgroundAnalysis:
        """Start the threads."""
        self._live.__enter__()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the threads."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        for thread in self._threads:
            thread.join()
        self._live.__exit__(kind, error, trace)

    def timeline(self) -> Timeline:
        """The timeline so far; after a change of threshold, the rest is from the previous threshold."""
        (known_s, spans), (before_s, spans_before) = self._index.known(), self._previous_index.known()
        if before_s > known_s:
            later = [span for span in spans_before if span.end_s > known_s]
            spans += tuple(replace(span, start_s=max(span.start_s, known_s)) for span in later)
        return Timeline(spans, max(known_s, before_s), self.labels)

    @property
    def done(self) -> bool:
        """Whether the analysis is finished."""
        return self._complete and self._index.complete

    @property
    def dropped(self) -> int:
        """Number of frames that are never analysed: always 0."""
        return 0

    @property
    def threshold(self) -> float:
        """Below this probability no label is shown; 0-1."""
        return self._live.threshold

    def set_threshold(self, threshold: float) -> None:
        """Change the threshold for the whole video; returns immediately."""
        self._live.set_threshold(threshold)
        with self._condition:
            if self._index.known_s >= self._previous_index.known_s:
                self._previous_index = self._index
            self._index = self._index_for(threshold)
            self._condition.notify()

    @property
    def labels(self) -> tuple[str, ...]:
        """All names that are given."""
        return self._model_labels if self._taught is None else self._taught.labels

    @property
    def taught(self) -> TaughtNames | None:
        """Names heads by their embeddings; None for only the names of the model."""
        return self._taught

    def set_taught(self, taught: TaughtNames | None) -> None:
        """Change the taught names for the whole video; runs no model.

        The timeline, as far as it is known, and the shot on screen have the new names when this returns: only
        the shots with heads that get another name are postprocessed, which takes some milliseconds for each.
        """
        self._live.set_taught(taught)
        with self._condition:
            shots = changed_shots(self._log, self._taught, taught)
            self._taught = taught
            change = partial(
                LogIndex.changed,
                make_postprocessor=partial(self._make_postprocessor, self.threshold, taught),
                shots=shots,
                width=self._width,
                log_complete=self._complete,
            )
            goes_on = self._previous_index.known_s > self._index.known_s  # after a change of threshold
            before, self._index = self._previous_index, change(self._index)
            self._previous_index = change(before) if goes_on else self._index
            shown = self._frame_on_screen()
            if shown is not None and self._can_be_known(shown):
                self._index.postprocess_shot(shown, log_complete=self._complete)
            self._condition.notify()

    def submit(self, frame: Frame) -> None:
        """Set the frame that is on screen; returns immediately."""
        with self._condition:
            self._on_screen_s = frame.time_s
            index = self._frame_on_screen()
            reached = index is not None and self._can_be_known(index)
            self._notify_if_behind()
            if reached:
                return
            if index is None:
                detected, shot = None, self._shot  # the live analysis finds where a shot begins
            else:
                detected, (shot, _) = self._log[index], self._log.shot_of(index)
        self._live.submit(frame, detected, new_shot=shot != self._shot)
        self._shot = shot

    def latest(self) -> FrameResult | None:
        """The result for the frame on screen or, if it has not been reached yet, for the newest analysed one.

        Raises:
            Exception: the error that ended the analysis.
        """
        if self._error is not None:
            raise self._error
        with self._condition:
            index = self._frame_on_screen()
        if index is not None:
            for log_index in (self._index, self._previous_index):
                if (result := log_index.result(index)) is not None:
                    return result
        return self._live.latest()

    def reset(self) -> None:
        """Forget the frame on screen, as after a seek."""
        self._on_screen_s = self._shot = None
        self._live.reset()

    def best_head(self, label: str) -> tuple[float, Box] | None:
        """The time, in seconds, and the box of the head that shows a character best; None without one."""
        with self._condition:
            return best_head(self._log, self.timeline().spans, self._model_labels, label, taught=self._taught)

    def _index_for(self, threshold: float, spans: Sequence[Span] | None = None) -> LogIndex:
        make = partial(self._make_postprocessor, threshold, self._taught)
        return LogIndex(self._log, make, width=self._width, spans=spans)

    def _frame_on_screen(self) -> int | None:
        """Index in the log of the frame on screen; at the end of the log, the last one counts for a while."""
        time_s = self._on_screen_s
        if time_s is None or not len(self._log):
            return None
        last_s = self._log[len(self._log) - 1].time_s
        if time_s - last_s > (_LAST_FRAME_S if self._complete else ROUNDED_TIME_S):
            return None
        index = self._log.frame_at(time_s + ROUNDED_TIME_S)
        return index if index >= 0 else None

    def _can_be_known(self, index: int) -> bool:
        """Whether the result for a frame of the log is settled, or would be after its shot is postprocessed.

        At the end of the log, results are not settled until the log is complete.
        """
        return self._complete or index < self._index.settled or self._log.shot_of(index)[1] < len(self._log)

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # raised in the calling thread by `latest`
            self._error = error

    def _receive(self) -> None:
        try:
            for chunk in self._chunks:
                with self._condition:
                    self._log.extend(chunk.columns)
                    self._first_index.settle(chunk.settled, chunk.changes)
                    self._notify_if_behind()
                if self._closed:
                    return
            self._complete = True
        except SimpsonsError:  # the player reports problems of the file itself
            with self._condition:
                if self._index is self._first_index:
                    self._index = self._index_for(self.threshold)
        finally:
            with self._condition:
                self._receiving = False
                self._condition.notify()
            self._chunks.close()

    def _postprocess(self) -> None:
        while not self._closed:
            index = self._index
            if self._postprocess_on_screen() or (not self._is_received(index) and index.advance(_BATCH)):
                continue
            if not self._receiving:
                index.flush()
            with self._condition:
                self._condition.wait_for(lambda: self._closed or self._is_behind())

    def _is_received(self, index: LogIndex) -> bool:
        """Whether chunks settle the results of an index."""
        return self._receiving and index is self._first_index

    def _is_behind(self) -> bool:
        if self._unknown_on_screen() is not None:
            return True
        if self._receiving:
            return not self._is_received(self._index) and self._index.can_advance
        return not self._index.complete

    def _notify_if_behind(self) -> None:
        """Wake the thread that postprocesses; not with each frame for nothing, because that takes time."""
        if self._is_behind():
            self._condition.notify()

    def _postprocess_on_screen(self) -> bool:
        """Make missing results of the shot on screen or of the next one; returns whether any were missing."""
        log_index = self._index
        with self._condition:
            index = self._unknown_on_screen()
        if index is None:
            return False
        log_index.postprocess_shot(index, log_complete=self._complete)
        return True

    def _unknown_on_screen(self) -> int | None:
        """A frame on screen or in the next shot whose result is missing and can be made; None without one."""
        index = self._frame_on_screen()
        if index is None:
            return None
        end = self._log.shot_of(index)[1]
        for wanted in (index, end):
            possible = wanted < len(self._log) and self._can_be_known(wanted)
            if possible and self._index.result(wanted) is None:
                return wanted
        return None
