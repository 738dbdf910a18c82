"""Live analysis: always of the newest frame, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.cast.taught_names import TaughtNames
from simpsons_play.core.frames import Frame
from simpsons_play.core.priority import lower_thread_priority
from simpsons_play.core.results import FrameDetections, FrameResult
from simpsons_play.core.timing import StageTimes


class LiveAnalysis:
    """Analyses the newest frame in a thread of its own, so that the window never waits for the model.

    While a frame is being analysed, only the newest one waits; the others are dropped.

    Args:
        analyser: an analyser without lookahead (`ahead_s` of its smoothing is 0).
        times: collects the age of live frames when their labels are known.
        share: largest share of the time in which the thread may run the model; 0-1. It pauses in between, but
            not after `reset`, so that names appear soon after a seek.
        busy_s: returns the CPU time of the calling thread, in seconds.
    """

    def __init__(
        self,
        analyser: Analyser,
        *,
        times: StageTimes,
        share: float = 1.0,
        busy_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._analyser, self._times = analyser, times
        self._share, self._busy_s = share, busy_s
        self._rests_until_s = 0.0  # by `time.monotonic()`
        self._dropped = 0
        self._condition = threading.Condition()
        self._waiting: tuple[Frame, FrameDetections | None] | None = None
        self._latest: FrameResult | None = None
        self._detected: FrameDetections | None = None
        self._reset = self._closed = False
        self._new_threshold: float | None = None
        self._new_taught: tuple[TaughtNames | None] | None = None
        self._thread = threading.Thread(target=self._work, name="analyse", daemon=True)
        self._error: BaseException | None = None

    def __enter__(self) -> LiveAnalysis:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the thread."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        self._thread.join()

    def submit(
        self, frame: Frame, detected: FrameDetections | None = None, *, new_shot: bool = False
    ) -> None:
        """Pass the newest frame to the thread; returns immediately.

        Args:
            frame: frame to analyse.
            detected: its detections, if they are known.
            new_shot: whether it belongs to another shot than the previous frame; then all state is discarded.
        """
        with self._condition:
            self._dropped += self._waiting is not None
            self._waiting = frame, detected
            self._reset |= new_shot  # even if this frame is dropped
            self._condition.notify()

    def latest(self) -> FrameResult | None:
        """The result for the newest analysed frame; None before the first one and after `reset`.

        Raises:
            Exception: the error that ended the analysis.
        """
        with self._condition:
            if self._error is not None:
                raise self._error
            return self._latest

    @property
    def dropped(self) -> int:
        """Number of frames that were dropped because a newer one arrived."""
        return self._dropped

    @property
    def threshold(self) -> float:
        """Below this probability no label is shown; 0-1."""
        with self._condition:
            return self._analyser.threshold if self._new_threshold is None else self._new_threshold

    def set_threshold(self, threshold: float) -> None:
        """Change the threshold for the frame analysed last and all following ones.

        The model does not run again for it.
        """
        with self._condition:
            self._new_threshold = threshold
            self._condition.notify()

    def set_taught(self, taught: TaughtNames | None) -> None:
        """Change the taught names for the frame analysed last and all following ones; runs no model."""
        with self._condition:
            self._new_taught = (taught,)
            self._condition.notify()

    def timeline(self) -> None:
        """None: live analysis has no timeline, because it skips frames."""

    def best_head(self, label: str) -> None:
        """None: previous frames cannot be shown again."""

    def reset(self) -> None:
        """Discard all state, as after a seek."""
        with self._condition:
            self._reset, self._latest, self._waiting = True, None, None
            self._detected, self._rests_until_s = None, 0.0
            self._condition.notify()

    def _work(self) -> None:
        lower_thread_priority()
        try:
            while self._work_once():
                pass
        except BaseException as error:  # raised in the calling thread by `latest`
            self._error = error

    @property
    def _has_new_settings(self) -> bool:
        return self._new_threshold is not None or self._new_taught is not None

    def _is_due(self) -> bool:
        """Whether a waiting frame may be analysed now; one with known detections always may."""
        if self._waiting is None:
            return False
        return self._waiting[1] is not None or time.monotonic() >= self._rests_until_s

    def _detect(self, frame: Frame) -> FrameDetections:
        began_s = self._busy_s()
        detected = self._analyser.detect(frame)
        rest_s = (self._busy_s() - began_s) * (1 / self._share - 1)
        with self._condition:
            if not self._reset:
                self._rests_until_s = time.monotonic() + rest_s
        return detected

    def _work_once(self) -> bool:
        """Wait for a frame or new settings and process it; returns False when the thread should end."""
        with self._condition:
            while not (self._closed or self._has_new_settings or self._is_due()):
                rest_s = self._rests_until_s - time.monotonic()
                self._condition.wait(rest_s if self._waiting is not None else None)
            if self._closed:
                return False
            waiting = None
            if self._is_due():
                waiting, self._waiting = self._waiting, None
            reset, self._reset = self._reset, False
            detected = self._detected
            if self._new_threshold is not None:
                self._analyser.set_threshold(self._new_threshold)
                self._new_threshold = None
            if self._new_taught is not None:
                (taught,), self._new_taught = self._new_taught, None
                self._analyser.set_taught(taught)
        frame, known = waiting or (None, None)
        if reset:
            self._analyser.reset()
            known = known and replace(known, cut=True)
        if frame is not None:
            detected = known or self._detect(frame)
        if detected is None:
            return True
        (result,) = self._analyser.postprocess(detected)
        if frame is not None and frame.arrived_s is not None:
            self._times.record("age", time.monotonic() - frame.arrived_s)
        with self._condition:
            if not self._reset:
                self._latest, self._detected = result, detected
        return True
