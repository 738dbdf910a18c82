"""Measures the time per frame of each processing stage, as percentiles with their sample size."""

from __future__ import annotations

import random
import threading
import time
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np

STAGES = ("decode", "prepare", "classify", "embed", "smooth", "draw", "write", "show", "age", "total")
"""The stages in processing order. decode: read the frame; prepare: make the thumbnail; classify: make
the model's input and run it; embed: run the embedder on heads that it has not seen yet; smooth: track and
smooth labels; draw: draw captions; write: encode and store; show: scale and paint in the window. `age` and
`total` are not stages: the time from the arrival of a live frame until its result is known, and the time
between the results of two frames."""

_SAMPLE_SIZE = 65_536
"""Times stored per stage. Percentiles are exact up to this number of frames, 45 minutes at 24 fps."""
_RECENT_FRAMES = 256
"""About ten seconds of video."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """Percentiles of the time one stage took, in milliseconds, over `n` frames."""

    stage: str
    n: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


class StageTimes:
    """Collects the times of all stages; thread-safe.

    Memory does not grow with the run: beyond 65,536 frames a uniform sample of that size is kept (reservoir
    sampling, algorithm R of Vitter, "Random sampling with a reservoir", ACM TOMS 11, 1985). Percentiles are
    then those of the sample; counts and maxima are always exact.

    Example:
        >>> times = StageTimes()
        >>> for _ in range(3):
        ...     times.record("decode", 0.002)
        >>> times.summary()[0].n
        3
    """

    def __init__(self) -> None:
        self._samples: dict[str, _Samples] = {}
        self._lock = threading.Lock()
        self._nested = threading.local()

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Record the time the block takes for one frame, minus the time of stages measured inside it."""
        outer_s: float = getattr(self._nested, "seconds", 0.0)
        self._nested.seconds = 0.0
        began_s = time.perf_counter()
        try:
            yield
        finally:
            took_s = time.perf_counter() - began_s
            self.record(stage, took_s - self._nested.seconds)
            self._nested.seconds = outer_s + took_s

    def record(self, stage: str, seconds: float) -> None:
        """Record the time that a stage took for one frame."""
        with self._lock:
            samples = self._samples.get(stage)
            if samples is None:
                samples = self._samples[stage] = _Samples()
            samples.append(seconds)

    def extend(self, stage: str, seconds: Sequence[float]) -> None:
        """Record several times of a stage, in their order."""
        for one in seconds:
            self.record(stage, one)

    def summary(self) -> tuple[StageTime, ...]:
        """The times of all frames, in the order of `STAGES`; stages that never ran are omitted."""
        with self._lock:
            return tuple(s.summary(stage) for stage in STAGES if (s := self._samples.get(stage)))

    def recent(self) -> tuple[StageTime, ...]:
        """The times of the last 256 frames, in the order of `STAGES`."""
        with self._lock:
            return tuple(
                _stage_time(stage, s.recent, n=len(s.recent), max_s=max(s.recent))
                for stage in STAGES
                if (s := self._samples.get(stage))
            )


def measured(times: StageTimes | None, stage: str) -> AbstractContextManager[None]:
    """As `StageTimes.measure`; None measures nothing."""
    return nullcontext() if times is None else times.measure(stage)


class _Samples:
    """The times of one stage: a uniform sample of all frames, and the last frames."""

    def __init__(self) -> None:
        self.recent: deque[float] = deque(maxlen=_RECENT_FRAMES)
        self._sample = array("d")
        self._n, self._max_s = 0, 0.0
        self._random = random.Random(0)  # reproducible

    def append(self, seconds: float) -> None:
        self.recent.append(seconds)
        self._n += 1
        self._max_s = max(self._max_s, seconds)
        if len(self._sample) < _SAMPLE_SIZE:
            self._sample.append(seconds)
        elif (index := self._random.randrange(self._n)) < _SAMPLE_SIZE:
            self._sample[index] = seconds

    def summary(self, stage: str) -> StageTime:
        return _stage_time(stage, self._sample, n=self._n, max_s=self._max_s)


def _stage_time(stage: str, seconds: Sequence[float], *, n: int, max_s: float) -> StageTime:
    p50, p95, p99 = np.percentile(np.asarray(seconds) * 1000, (50, 95, 99))
    return StageTime(stage, n, float(p50), float(p95), float(p99), max_s * 1000)
