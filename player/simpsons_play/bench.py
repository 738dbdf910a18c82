"""Times each stage of the work on each frame. Numbers carry their conditions: how many, which percentile."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

STAGES = ("decode", "prepare", "classify", "smooth", "draw", "write")
"""In the order a frame passes them: read and convert; cut, resize, look for cuts and repeats; run the
network; steady the captions; draw them; encode and store."""


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
    """Collects how long stages take; may be told from several threads."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = defaultdict(list)
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
            self._seconds[stage].append(seconds)

    def summary(self) -> tuple[StageTime, ...]:
        """What was measured, in the order of `STAGES`; stages that never ran are left out."""
        with self._lock:
            return tuple(
                _stage_time(stage, self._seconds[stage]) for stage in STAGES if self._seconds.get(stage)
            )


def _stage_time(stage: str, seconds: list[float]) -> StageTime:
    milliseconds = np.asarray(seconds) * 1000
    p50, p95, p99 = np.percentile(milliseconds, (50, 95, 99))
    return StageTime(stage, len(milliseconds), float(p50), float(p95), float(p99), float(milliseconds.max()))
