"""A process that analyses a file ahead of playback; `ahead` starts it.

It sends pickled `Progress`s to its standard output, and then an `End` or a `Failure`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import click
import cv2

from simpsons_play.analysis.analyser import Analyser
from simpsons_play.analysis.analysis_chunk import AnalysisChunk, ChunkBuilder
from simpsons_play.analysis.detection_log import DetectionLog
from simpsons_play.analysis.frame_reader import FrameReader
from simpsons_play.analysis.log_columns import LogColumns
from simpsons_play.analysis.parallel import ParallelAnalyser, max_pending
from simpsons_play.cli.base import Command
from simpsons_play.core.child_process import message_pipe, read_job, when_dismissed
from simpsons_play.core.errors import SimpsonsError, SourceError
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.results import FrameDetections
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.loading import load_model
from simpsons_play.sources import open_requested

_FIRST_WAIT_S = 0.1
"""Time between the first two chunks, in seconds; it doubles with each, up to `AheadJob.chunk_s`."""


@dataclass(frozen=True, slots=True)
class AheadJob:
    """What the process is asked to do.

    Attributes:
        request: the file, and how to analyse it, from `start_s` to its end.
        known: the detections in all frames before that.
        chunk_s: longest time between two chunks, in seconds; the first ones follow more quickly.
    """

    request: PlayRequest
    known: LogColumns
    chunk_s: float


@dataclass(frozen=True, slots=True)
class Progress:
    """The next frames.

    Attributes:
        chunk: their detections and spans.
        stages: stage -> how long it took each time it ran, in seconds.
    """

    chunk: AnalysisChunk
    stages: dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class End:
    """The whole file is analysed.

    Attributes:
        warnings: what the source says of itself at its end.
    """

    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """The analysis ended with an error.

    Attributes:
        reason: the error, as one line.
        of_source: whether the file cannot be read, which playback notices, too.
    """

    reason: str
    of_source: bool


class _SentTimes(StageTimes):
    """Keeps the times of all stages until they are sent."""

    def __init__(self) -> None:
        super().__init__()
        self._taken: dict[str, list[float]] = {}

    def record(self, stage: str, seconds: float) -> None:
        self._taken.setdefault(stage, []).append(seconds)

    def take(self) -> dict[str, list[float]]:
        """The times since the last call."""
        taken, self._taken = self._taken, {}
        return taken


@click.command(cls=Command, hidden=True)
def analyse_ahead() -> None:
    """Analyse the file that standard input names."""
    with message_pipe() as send:
        job: AheadJob = read_job()
        when_dismissed(lambda: os._exit(0))
        cv2.setNumThreads(1)
        try:
            send(End(_analyse(job, send)))
        except SimpsonsError as error:
            send(Failure(str(error), isinstance(error, SourceError)))


def _analyse(job: AheadJob, send: Callable[[Progress], None]) -> tuple[str, ...]:
    """Send the rest of a file in chunks; returns the warnings of the source."""
    request, log, times = job.request, DetectionLog({}), _SentTimes()
    log.extend(job.known)
    network = load_model(
        request.model, regions=request.config.regions, provider=request.provider, cast=request.cast
    )
    analyser = Analyser(network, request.config, times=times)
    with (
        open_requested(request) as source,
        FrameReader(source, times, thumbnail=analyser.thumbnail) as reader,
    ):
        parallel = ParallelAnalyser(analyser, max_pending=max_pending(source.info))
        postprocessor = analyser.make_postprocessor(analyser.threshold, network.taught)
        builder = ChunkBuilder(log, postprocessor, width=source.info.width)

        def detections() -> Iterator[FrameDetections]:
            for frame, thumbnail in reader:
                yield from parallel.detect(frame, thumbnail)
            yield from parallel.finish()

        sent_s, wait_s = 0.0, min(_FIRST_WAIT_S, job.chunk_s)
        for detected in detections():
            with times.measure("smooth"):
                builder.add(replace(detected, index=len(job.known) + detected.index))
            if time.monotonic() - sent_s >= wait_s:
                send(Progress(builder.take(), times.take()))
                sent_s, wait_s = time.monotonic(), min(2 * wait_s, job.chunk_s)
        builder.finish()
        send(Progress(builder.take(), times.take()))
    return tuple(source.warnings)
