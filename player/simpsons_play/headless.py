"""Plays without a window: as fast as it goes, into files, with a progress bar and a summary."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from simpsons_play import report
from simpsons_play.analyser import Analyser, Replay
from simpsons_play.bench import StageTimes
from simpsons_play.config import PlayRequest
from simpsons_play.errors import SinkError, SourceError
from simpsons_play.interrupts import one_interrupt
from simpsons_play.keeping import Keeper
from simpsons_play.model import load_network
from simpsons_play.overlay import Overlay
from simpsons_play.pipeline import run
from simpsons_play.progress import progress_bar
from simpsons_play.sinks import (
    PredictionsTable,
    PredictionsWriter,
    SubtitlesWriter,
    VideoWriter,
    partial_name,
)
from simpsons_play.sources import VideoFile, open_source
from simpsons_play.types import Analysis, Frame, Image, RunInfo, Sink, Source


def play_without_window(request: PlayRequest) -> bool:
    """Analyse a source, write what was asked for, and print a summary.

    Returns:
        Whether all of the source could be read; else what could be was, and a warning says what is missing.

    Raises:
        SimpsonsError: anything a user can mend.
        KeyboardInterrupt: after everything written so far was completed as a shorter, valid file.
    """
    _check_outputs(request)
    network = load_network(request.model, regions=request.config.regions, provider=request.provider)
    times = StageTimes()
    before = _versions(request)
    with open_source(
        request.source, start_s=request.start_s, duration_s=request.duration_s, tell=_tell
    ) as source:
        config = dataclasses.replace(request.config, stills=source.info.stills)
        if source.info.live or source.info.stills:
            config = config.at_once()
        analyser = Analyser(network, config, times=times)
        whole = source.path if isinstance(source, VideoFile) and _is_whole(request) else None
        keeper = Keeper(whole, network.path, regions=analyser.regions, least=config.tracking.least)
        kept = keeper.load()
        fresh = keeper.fresh() if kept is None and keeper.keeps else None
        if fresh is not None:
            analyser.fill(fresh)
        follow = Replay(kept, analyser.follower, times=times) if kept is not None else analyser
        run_info = RunInfo(
            source.info, network.path.name, network.provider, network.card.labels, analyser.threshold
        )
        overlay = Overlay(network.card.labels, top=request.listed)

        def draw(image: Image, analysis: Analysis) -> Image:
            with times.measure("draw"):
                return overlay.draw(image, analysis)

        try:
            with one_interrupt() as complete, ExitStack() as stack:
                sinks = [stack.enter_context(sink) for sink in _sinks(request, source, run_info, draw)]
                click.echo(report.provider_line(network), err=True)
                if kept is not None:
                    click.echo(report.KEPT_LINE, err=True)
                on_frame = stack.enter_context(_watch(source, request))
                summary = run(source, follow, sinks=sinks, times=times, on_frame=on_frame)
                if not summary.frames:
                    raise SourceError(f"{source.info.name} holds no frame between the times asked for")
                complete()
        except KeyboardInterrupt:
            _say_written("Stopped early; valid, but shorter", request, before)
            raise
        for warning in source.warnings:
            click.echo(f"Warning: {warning}", err=True)
        if fresh is not None and not source.warnings and (warning := keeper.keep(fresh)):
            click.echo(f"Warning: {warning}", err=True)
    for line in report.summary_lines(summary, network, stills=config.stills):
        click.echo(line)
    _say_written("Wrote", request, before)
    return not source.warnings


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _is_whole(request: PlayRequest) -> bool:
    """What a network says of a part is not what it says of the whole: its first frame begins a shot."""
    return request.cached and not request.start_s and request.duration_s is None


def _check_outputs(request: PlayRequest) -> None:
    """Raise SinkError before anything is read where two files would be one."""
    written = [path.resolve() for path in request.outputs]
    for i, path in enumerate(written):
        if path in written[:i]:
            raise SinkError(f"{request.outputs[i]} is to hold two things; give two names")
    source = Path(request.source)
    if source.exists() and source.resolve() in written:
        raise SinkError(f"{source} is the source; it would be overwritten, give another name")


def _sinks(
    request: PlayRequest, source: Source, run_info: RunInfo, draw: Callable[[Image, Analysis], Image]
) -> Iterator[Sink]:
    if request.predictions is not None:
        if request.predictions.suffix.lower() == ".csv":
            yield PredictionsTable(request.predictions, stills=source.info.stills)
        else:
            yield PredictionsWriter(request.predictions, run_info, warnings=source.warnings)
    for path in request.subtitles:
        yield SubtitlesWriter(path, source.info)
    if request.output is not None:
        sound_from = source.path if isinstance(source, VideoFile) and source.info.has_sound else None
        if source.info.has_sound and sound_from is None:
            click.echo("Warning: the sound of an address is not kept, only that of a file", err=True)
        yield VideoWriter(
            request.output,
            source.info,
            draw=draw,
            sound_from=sound_from,
            start_s=request.start_s,
            duration_s=request.duration_s,
        )


@contextmanager
def _watch(source: Source, request: PlayRequest) -> Iterator[Callable[[Frame, Analysis], None]]:
    """Show how far the run is; for pictures, print what is seen on each."""
    with progress_bar(Path(source.info.name).name, source.info.frames, unit="frames") as show:

        def on_frame(frame: Frame, analysis: Analysis) -> None:
            show(analysis.index + 1)
            if source.info.stills:
                click.echo(f"{frame.name}: {report.analysis_line(analysis, listed=request.listed)}")

        yield on_frame


def _versions(request: PlayRequest) -> dict[Path, tuple[int, int] | None]:
    """Which version of each output lies there: none, or its place on the disk and the time it was written."""
    names = [name for path in request.outputs for name in (path, partial_name(path))]
    stats = {path: path.stat() if path.exists() else None for path in names}
    return {path: stat and (stat.st_ino, stat.st_mtime_ns) for path, stat in stats.items()}


def _say_written(how: str, request: PlayRequest, before: dict[Path, tuple[int, int] | None]) -> None:
    written = [
        str(path) for path, version in _versions(request).items() if version not in (None, before[path])
    ]
    if written:
        click.echo(f"{how}: {', '.join(written)}", err=True)
