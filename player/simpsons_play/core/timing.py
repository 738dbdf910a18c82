"""Times each stage of the work on each frame. Numbers carry their conditions: how many, which percentile."""

from __future__ import annotations

import random
import threading
import time
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

STAGES = ("decode", "prepare", "classify", "smooth", "draw", "write", "show", "age")
"""In the order a frame passes them: read and convert; cut, resize, look for cuts and repeats; run the
network; steady the captions; draw them; encode and store; scale and paint in the window. `age` is no stage:
how old a frame of a live source is when its names are known, counted from its arrival."""

_KEPT = 65_536
"""Times held of each stage, 45 minutes at 24 frames per second: percentiles are exact until then."""
_RECENT = 256
"""Frames that count as recent: some ten seconds."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long one stage took, in milliseconds, over `n` frames."""

    stage: str
    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class StageTimes:
    """Collects how long stages take; may be told from several threads.

    Memory does not grow with the run: of more than 65,536 frames a fair sample of that size is held
    (reservoir sampling, algorithm R of Vitter, "Random sampling with a reservoir", ACM TOMS 11, 1985).
    Percentiles are then those of the sample; counts and maxima are always exact.
    """

    def __init__(self) -> None:
        self._samples: dict[str, _Samples] = {}
        self._lock = threading.Lock()
        self._nested = threading.local()

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Time what happens inside as one frame of a stage, less what is measured inside as another stage."""
        outer_s: float = getattr(self._nested, "seconds", 0.0)
        self._nested.seconds = 0.0
        began_s = time.perf_counter()
        try:
            yield
        finally:
            took_s = time.perf_counter() - began_s
            self.add(stage, took_s - self._nested.seconds)
            self._nested.seconds = outer_s + took_s

    def add(self, stage: str, seconds: float) -> None:
        """Note that a stage took so long for one frame."""
        with self._lock:
            self._samples.setdefault(stage, _Samples()).add(seconds)

    def summary(self) -> tuple[StageTime, ...]:
        """What was measured, in the order of `STAGES`; stages that never ran are left out."""
        with self._lock:
            return tuple(s.summary(stage) for stage in STAGES if (s := self._samples.get(stage)))

    def recent(self) -> tuple[StageTime, ...]:
        """The same, of the last frames only: some ten seconds of play."""
        with self._lock:
            return tuple(
                _stage_time(stage, s.recent, n=len(s.recent), max_s=max(s.recent))
                for stage in STAGES
                if (s := self._samples.get(stage))
            )


class _Samples:
    """What one stage took: a fair sample of all frames, and the last ones."""

    def __init__(self) -> None:
        self.recent: deque[float] = deque(maxlen=_RECENT)
        self._kept = array("d")
        self._n, self._max_s = 0, 0.0
        self._random = random.Random(0)  # the same run, the same sample

    def add(self, seconds: float) -> None:
        self.recent.append(seconds)
        self._n += 1
        self._max_s = max(self._max_s, seconds)
        if len(self._kept) < _KEPT:
            self._kept.append(seconds)
        elif (place := self._random.randrange(self._n)) < _KEPT:
            self._kept[place] = seconds

    def summary(self, stage: str) -> StageTime:
        return _stage_time(stage, self._kept, n=self._n, max_s=self._max_s)


def _stage_time(stage: str, seconds: Sequence[float], *, n: int, max_s: float) -> StageTime:
    p50, p95, p99 = np.percentile(np.asarray(seconds) * 1000, (50, 95, 99))
    return StageTime(stage, n, float(p50), float(p95), float(p99), max_s * 1000)
