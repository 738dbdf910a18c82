"""Analysis beside a window: the newest frame, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.core.priority import give_way
from simpsons_play.core.timing import StageTimes
from simpsons_play.core.types import Analysis, Frame, Image, Sighting


class LiveAnalysis:
    """Analyses the newest frame in a thread of its own, so that a window never waits for the network.

    Frames that come while one is being analysed are passed over; the newest wins.

    Args:
        analyser: that names frames as they come: `ahead_s` of its smoothing is 0.
        draw: draws what is known on a picture, a copy.
        times: told how old a frame that came live was when its names were known.
        share: how much of its time the thread may work at most; 0-1. It rests in between, but not after
            `reset`: somebody waits for names then.
        busy_s: how long the calling thread has worked, in seconds.
    """

    def __init__(
        self,
        analyser: Analyser,
        *,
        draw: Callable[[Image, Analysis | None], Image],
        times: StageTimes,
        share: float = 1.0,
        busy_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._analyser, self._draw, self._times = analyser, draw, times
        self._share, self._busy_s = share, busy_s
        self._rested_s = 0.0  # until this moment of `time.monotonic()`
        self._dropped = 0
        self._condition = threading.Condition()
        self._waiting: tuple[Frame, Sighting | None] | None = None
        self._latest: Analysis | None = None
        self._sighting: Sighting | None = None
        self._forget = self._closed = False
        self._wanted: float | None = None
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

    def submit(self, frame: Frame, seen: Sighting | None = None, *, afresh: bool = False) -> None:
        """Hand over the newest frame; returns at once.

        Args:
            frame: to be looked at.
            seen: what the network said of it, where it was asked before.
            afresh: it is of another shot than what came before, which is forgotten.
        """
        with self._condition:
            self._dropped += self._waiting is not None
            self._waiting = frame, seen
            self._forget |= afresh  # also where this frame is passed over
            self._condition.notify()

    def latest(self) -> Analysis | None:
        """What is known of the newest frame that was analysed; None before the first and after `reset`.

        Raises:
            Exception: whatever broke the analysis.
        """
        with self._condition:
            if self._error is not None:
                raise self._error
            return self._latest

    @property
    def dropped(self) -> int:
        """Frames that were passed over, because a newer one came before the network was free."""
        return self._dropped

    @property
    def threshold(self) -> float:
        """Below this probability nobody is named; 0-1."""
        with self._condition:
            return self._analyser.threshold if self._wanted is None else self._wanted

    def set_threshold(self, threshold: float) -> None:
        """Name nobody below another probability from now on, nor in the frame that was analysed last.

        The network is not asked again.
        """
        with self._condition:
            self._wanted = threshold
            self._condition.notify()

    def timeline(self) -> None:
        """Nobody goes through the whole of a source of which only the newest frame is looked at."""

    def reset(self) -> None:
        """Forget what came before, as after a seek."""
        with self._condition:
            self._forget, self._latest, self._waiting = True, None, None
            self._sighting, self._rested_s = None, 0.0
            self._condition.notify()

    def draw(self, image: Image, analysis: Analysis | None) -> Image:
        """(H, W, 3) uint8 BGR -> the same picture with captions, a copy."""
        return self._draw(image, analysis)

    def _work(self) -> None:
        give_way()
        try:
            while self._step():
                pass
        except BaseException as error:  # a thread has nobody to raise to: `latest` does it
            self._error = error

    def _is_due(self) -> bool:
        """Whether there is a frame to name, for which the network is not needed or is free."""
        if self._waiting is None:
            return False
        return self._waiting[1] is not None or time.monotonic() >= self._rested_s

    def _look(self, frame: Frame) -> Sighting:
        began_s = self._busy_s()
        sighting = self._analyser.look(frame)
        rest_s = (self._busy_s() - began_s) * (1 / self._share - 1)
        with self._condition:
            if not self._forget:
                self._rested_s = time.monotonic() + rest_s
        return sighting

    def _step(self) -> bool:
        """Do what is wanted next; False where nothing will be any more."""
        with self._condition:
            while not (self._closed or self._wanted is not None or self._is_due()):
                rest_s = self._rested_s - time.monotonic()
                self._condition.wait(rest_s if self._waiting is not None else None)
            if self._closed:
                return False
            waiting = None
            if self._is_due():
                waiting, self._waiting = self._waiting, None
            forget, self._forget = self._forget, False
            sighting = self._sighting
            if self._wanted is not None:
                self._analyser.set_threshold(self._wanted)
                self._wanted = None
        frame, seen = waiting or (None, None)
        if forget:
            self._analyser.reset()
            seen = seen and replace(seen, cut=True)
        if frame is not None:
            sighting = seen or self._look(frame)
        if sighting is None:
            return True
        (analysis,) = self._analyser.name(sighting)
        if frame is not None and frame.arrived_s is not None:
            self._times.add("age", time.monotonic() - frame.arrived_s)
        with self._condition:
            if not self._forget:
                self._latest, self._sighting = analysis, sighting
        return True
