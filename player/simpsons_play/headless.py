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
from simpsons_play.errors import SourceError
from simpsons_play.interrupts import one_interrupt
from simpsons_play.keeping import Keeper
from simpsons_play.model import load_network
from simpsons_play.outputs import Outputs
from simpsons_play.overlay import Overlay
from simpsons_play.pipeline import run
from simpsons_play.progress import progress_bar
from simpsons_play.sources import VideoFile, open_source
from simpsons_play.threshold_band import ThresholdBand, threshold_band
from simpsons_play.types import Analysis, Frame, Image, RunInfo, Source


def play_without_window(request: PlayRequest) -> bool:
    """Analyse a source, write what was asked for, and print a summary.

    Returns:
        Whether all of the source could be read; else what could be was, and a warning says what is missing.

    Raises:
        SimpsonsError: anything a user can mend.
        KeyboardInterrupt: after everything written so far was completed as a shorter, valid file.
    """
    outputs = Outputs(request)
    network = load_network(request.model, regions=request.config.regions, provider=request.provider)
    times = StageTimes()
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
        track = kept if kept is not None else keeper.fresh()
        if kept is None and (keeper.keeps or request.report is not None):
            analyser.fill(track)
        follow = Replay(kept, analyser.follower, times=times) if kept is not None else analyser
        run_info = RunInfo(
            source.info, network.path.name, network.provider, network.card.labels, analyser.threshold
        )
        overlay = Overlay(network.card.labels, top=request.listed)

        def draw(image: Image, analysis: Analysis) -> Image:
            with times.measure("draw"):
                return overlay.draw(image, analysis)

        def band() -> ThresholdBand:
            last_frame_s = float(1 / source.info.rate)
            return threshold_band(
                track, analyser.make_follower, threshold=analyser.threshold, last_frame_s=last_frame_s
            )

        if outputs.loses_sound(source):
            _tell("Warning: the sound of an address is not kept, only that of a file")
        try:
            with one_interrupt() as complete, ExitStack() as stack:
                sinks = [
                    stack.enter_context(sink)
                    for sink in outputs.sinks(source, run_info, draw=draw, band=band)
                ]
                _tell(report.provider_line(network))
                if kept is not None:
                    _tell(report.KEPT_LINE)
                on_frame = stack.enter_context(_watch(source, request))
                summary = run(source, follow, sinks=sinks, times=times, on_frame=on_frame)
                if not summary.frames:
                    raise SourceError(f"{source.info.name} holds no frame between the times asked for")
                complete()
        except KeyboardInterrupt:
            _say_written("Stopped early; valid, but shorter", outputs)
            raise
        for warning in source.warnings:
            _tell(f"Warning: {warning}")
        if kept is None and not source.warnings and (warning := keeper.keep(track)):
            _tell(f"Warning: {warning}")
    for line in report.summary_lines(summary, network, stills=config.stills):
        click.echo(line)
    _say_written("Wrote", outputs)
    return not source.warnings


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _is_whole(request: PlayRequest) -> bool:
    """What a network says of a part is not what it says of the whole: its first frame begins a shot."""
    return request.cached and not request.start_s and request.duration_s is None


@contextmanager
def _watch(source: Source, request: PlayRequest) -> Iterator[Callable[[Frame, Analysis], None]]:
    """Show how far the run is; for pictures, print what is seen on each."""
    with progress_bar(Path(source.info.name).name, source.info.frames, unit="frames") as show:

        def on_frame(frame: Frame, analysis: Analysis) -> None:
            show(analysis.index + 1)
            if source.info.stills:
                click.echo(f"{frame.name}: {report.analysis_line(analysis, listed=request.listed)}")

        yield on_frame


def _say_written(how: str, outputs: Outputs) -> None:
    if written := outputs.written():
        _tell(f"{how}: {', '.join(written)}")
