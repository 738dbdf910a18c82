"""Measures runs of the analysis and adds up those of one configuration."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Self

from simpsons_play.analysis.pipeline import RunSummary
from simpsons_play.core.frames import Frame, Source, SourceInfo
from simpsons_play.core.resources import cpu_seconds, peak_memory_bytes
from simpsons_play.core.results import FrameResult
from simpsons_play.core.timing import StageTime, StageTimes


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """What was measured in all runs of one configuration.

    Attributes:
        frames: number of analysed frames.
        warmup_frames: number of frames that were analysed before each run and not measured.
        looks: number of frames that the model ran on.
        repeated: number of frames that repeated an earlier picture, so that the model did not run.
        dropped: number of frames of a live source that were skipped because a newer one arrived.
        late: number of frames whose result would have come too late for playback at the rate of the file that
            begins when the first result is there; None for pictures and live sources.
        seconds: time from requesting the first frame to writing the last one, in seconds.
        media_seconds: duration of the frames at playback speed, in seconds; None for pictures.
        cpu_s: processor time of all threads, user and system, in seconds.
        peak_memory_bytes: most memory that was resident while the model was loaded and ran; None if the
            system does not say. It includes what the process had kept of earlier runs, and where the peak
            cannot be reset (all systems but Linux) their peak.
        run_fps: frames per second of each run.
        stages: time per frame of each stage; `total` is the time between the results of two frames.
        interval_starts_s: time of each frame but the first one of a run, in seconds from the start of the
            source.
        intervals_s: time from the result of the frame before until the result of this one, in seconds.
    """

    frames: int
    warmup_frames: int
    looks: int
    repeated: int
    dropped: int
    late: int | None
    seconds: float
    media_seconds: float | None
    cpu_s: float
    peak_memory_bytes: int | None
    run_fps: tuple[float, ...]
    stages: tuple[StageTime, ...]
    interval_starts_s: array[float]
    intervals_s: array[float]

    @property
    def fps(self) -> float:
        """Frames per second over all runs."""
        return self.frames / self.seconds if self.seconds else 0.0

    @property
    def realtime_factor(self) -> float | None:
        """Speed as a multiple of playback speed; None for pictures."""
        if self.media_seconds is None:
            return None
        return self.media_seconds / self.seconds if self.seconds else 0.0

    @property
    def looks_per_second(self) -> float | None:
        """How many times the model runs for a second of film; None for pictures."""
        return self.looks / self.media_seconds if self.media_seconds else None


class Benchmark:
    """Measures the runs of one configuration and adds them up.

    A measured run is a whole run: it begins with the first frame of the source and ends when the last one is
    analysed and, if anything is recorded, written. So no stage can work ahead of the clock, and none has work
    left when it stops. Loading the model and opening the source are not part of it. The warm-up is a run of
    its own over the first frames of the source (`FirstFrames`), after which the libraries are loaded, the
    memory is there and the processor is awake.

    All times are counted, the slowest too. Stages in different threads overlap, so their times add up to more
    than `total`.

    Attributes:
        times: collects the time that each stage takes; pass it to each run.
        warmup_frames: number of frames of the warm-up before each run; the caller sets it.
    """

    def __init__(self) -> None:
        self.times = StageTimes()
        self.warmup_frames = 0
        self._frames = self._repeated = self._dropped = self._late = 0
        self._seconds = self._media_seconds = self._cpu_s = 0.0
        self._paced = self._film = True
        self._peak_bytes: int | None = None
        self._run_fps: list[float] = []
        self._starts_s, self._intervals_s = array("d"), array("d")

    @contextmanager
    def clock(self, info: SourceInfo) -> Iterator[Callable[[FrameResult], None]]:
        """Measure one run, which is the block.

        Args:
            info: the source.

        Yields:
            A function that takes each result as soon as it is there.
        """
        self._film, self._paced = not info.stills, not (info.stills or info.live)
        first: tuple[float, float] | None = None
        last_s = 0.0
        began_cpu_s = cpu_seconds()

        def finish(result: FrameResult) -> None:
            nonlocal first, last_s
            now_s = time.perf_counter()
            if first is None:
                first = now_s, result.time_s
            else:
                self.times.record("total", now_s - last_s)
                self._starts_s.append(result.time_s)
                self._intervals_s.append(now_s - last_s)
                self._late += now_s - first[0] > result.time_s - first[1]
            last_s = now_s

        try:
            yield finish
        finally:
            self._cpu_s += cpu_seconds() - began_cpu_s

    def add(self, summary: RunSummary) -> None:
        """Add a run that has ended, or that was stopped by the user."""
        self._frames += summary.frames
        self._repeated += summary.repeated
        self._dropped += summary.dropped
        self._seconds += summary.seconds
        self._media_seconds += summary.media_seconds
        self._run_fps.append(summary.fps)
        peak_bytes = peak_memory_bytes()
        if peak_bytes is not None:
            self._peak_bytes = max(peak_bytes, self._peak_bytes or 0)

    @property
    def has_frames(self) -> bool:
        """Whether any frame was analysed."""
        return self._frames > 0

    def measurement(self) -> Measurement:
        """Everything measured so far."""
        stages = self.times.summary()
        return Measurement(
            frames=self._frames,
            warmup_frames=self.warmup_frames,
            looks=sum(stage.n for stage in stages if stage.stage == "classify"),
            repeated=self._repeated,
            dropped=self._dropped,
            late=self._late if self._paced else None,
            seconds=self._seconds,
            media_seconds=self._media_seconds if self._film else None,
            cpu_s=self._cpu_s,
            peak_memory_bytes=self._peak_bytes,
            run_fps=tuple(self._run_fps),
            stages=stages,
            interval_starts_s=self._starts_s,
            intervals_s=self._intervals_s,
        )


class FirstFrames:
    """The first frames of another source: a `Source`.

    Args:
        source: the other source.
        count: number of frames.
    """

    def __init__(self, source: Source, count: int) -> None:
        self._source, self._count = source, count

    @property
    def info(self) -> SourceInfo:
        """Properties of the whole source."""
        return self._source.info

    @property
    def warnings(self) -> list[str]:
        """Warnings of the source."""
        return self._source.warnings

    @property
    def opens_quickly(self) -> bool:
        """Whether the source does."""
        return self._source.opens_quickly

    def defer_images(self) -> None:
        """Let the source convert images on demand."""
        self._source.defer_images()

    def __enter__(self) -> Self:
        self._source.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[Frame]:
        return islice(self._source, self._count)

    def interrupt(self) -> None:
        """Interrupt the source."""
        self._source.interrupt()
