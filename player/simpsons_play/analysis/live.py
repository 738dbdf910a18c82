"""Analysis beside a window: the newest frame, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.core.frames import Frame
from simpsons_play.core.priority import lower_thread_priority
from simpsons_play.core.results import FrameDetections, FrameResult
from simpsons_play.core.timing import StageTimes


class LiveAnalysis:
    """Analyses the newest frame in a thread of its own, so that a window never waits for the model.

    Frames that arrive while one is being analysed are dropped; only the newest waits.

    Args:
        analyser: that labels frames as they arrive: `ahead_s` of its smoothing is 0.
        times: collects how old a live frame was when its labels were known.
        share: the share of its time that the thread may work at most; 0-1. It rests in between, but not after
            `reset`: somebody waits for names then.
        busy_s: how long the calling thread has worked, in seconds.
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
        """Hand over the newest frame; returns at once.

        Args:
            frame: to be analysed.
            detected: its detections, where they are known.
            new_shot: it is of another shot than the frame before; all state is discarded.
        """
        with self._condition:
            self._dropped += self._waiting is not None
            self._waiting = frame, detected
            self._reset |= new_shot  # also where this frame is dropped
            self._condition.notify()

    def latest(self) -> FrameResult | None:
        """The result of the newest frame that was analysed; None before the first and after `reset`.

        Raises:
            Exception: whatever broke the analysis.
        """
        with self._condition:
            if self._error is not None:
                raise self._error
            return self._latest

    @property
    def dropped(self) -> int:
        """Frames that were dropped because a newer one arrived before the model was free."""
        return self._dropped

    @property
    def threshold(self) -> float:
        """Below this probability no label is shown; 0-1."""
        with self._condition:
            return self._analyser.threshold if self._new_threshold is None else self._new_threshold

    def set_threshold(self, threshold: float) -> None:
        """Show no label below another probability from now on, nor in the frame analysed last.

        The model does not run again.
        """
        with self._condition:
            self._new_threshold = threshold
            self._condition.notify()

    def timeline(self) -> None:
        """There is no timeline of a source of which only the newest frames are analysed."""

    def reset(self) -> None:
        """The next frame is from elsewhere, as after a seek."""
        with self._condition:
            self._reset, self._latest, self._waiting = True, None, None
            self._detected, self._rests_until_s = None, 0.0
            self._condition.notify()

    def _work(self) -> None:
        lower_thread_priority()
        try:
            while self._work_once():
                pass
        except BaseException as error:  # a thread has nobody to raise it to: `latest` does
            self._error = error

    def _is_due(self) -> bool:
        """Whether a frame waits and may be analysed now; one with detections never has to wait."""
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
        """Wait for work and do it; False once the thread is to end."""
        with self._condition:
            while not (self._closed or self._new_threshold is not None or self._is_due()):
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
