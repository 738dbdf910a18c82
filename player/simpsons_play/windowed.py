"""Plays in a window: the source at its own speed, analysed beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from simpsons_play import report
from simpsons_play.ahead import AheadAnalysis
from simpsons_play.analyser import Analyser
from simpsons_play.bench import StageTimes
from simpsons_play.config import PlayRequest
from simpsons_play.keeping import Keeper
from simpsons_play.live import LiveAnalysis
from simpsons_play.model import Classifier, Detector, load_network
from simpsons_play.overlay import Overlay
from simpsons_play.sources import PictureFolder, VideoFile, open_source
from simpsons_play.track import Track
from simpsons_play.types import Analysis, Image, Sighting, Source, SourceInfo
from simpsons_play.window import run_window


def play_in_window(request: PlayRequest) -> None:
    """Open a window and return when it has closed; another one for each file that is opened from it.

    Raises:
        SimpsonsError: anything a user can mend, such as a machine without a display.
        KeyboardInterrupt: Ctrl-C in the terminal; the window is closed by then.
    """
    network = load_network(request.model, regions=request.config.regions, provider=request.provider)
    click.echo(report.provider_line(network), err=True)
    asked = _play(request, network)
    while asked is not None:
        request = dataclasses.replace(request, source=str(asked), start_s=0.0, duration_s=None)
        asked = _play(request, network)


def _play(request: PlayRequest, network: Classifier | Detector) -> Path | None:
    """Play one source; what the user wants to be played next."""
    source = open_source(request.source, start_s=request.start_s, duration_s=request.duration_s)
    config = dataclasses.replace(request.config, stills=isinstance(source, PictureFolder))
    overlay = Overlay(network.card.labels, top=request.listed)

    def open_frames(start_s: float = 0.0) -> Source:
        return open_source(request.source, start_s=start_s, tell=lambda line: click.echo(line, err=True))

    times = StageTimes()

    def draw(image: Image, analysis: Analysis | None) -> Image:
        with times.measure("draw"):
            return overlay.draw(image, analysis)

    live = LiveAnalysis(Analyser(network, config.at_once(), times=times), draw=draw, times=times)
    path = source.path if isinstance(source, VideoFile) else None
    with ExitStack() as stack:
        annotator: LiveAnalysis | AheadAnalysis
        if path is None:
            info, annotator = None, stack.enter_context(live)
        else:
            # Our own reader's errors say more than Qt's.
            with source:
                info = source.info
            # Of a file any moment can be known before it is played; of all else only the newest is there.
            annotator = stack.enter_context(_ahead(path, info, network, request, live, times))
        return run_window(
            title=request.source,
            provider_line=report.provider_line(network),
            labels=network.card.labels,
            corrections=request.corrections,
            path=path,
            info=info,
            open_frames=open_frames,
            annotator=annotator,
            times=times,
            start_s=request.start_s,
            duration_s=request.duration_s,
            close_at_end=request.close_at_end,
        )


@contextmanager
def _ahead(
    path: Path,
    info: SourceInfo,
    network: Classifier | Detector,
    request: PlayRequest,
    live: LiveAnalysis,
    times: StageTimes,
) -> Iterator[AheadAnalysis]:
    """Goes through a file, or has what is kept of it; at the end, keeps who is on screen when."""
    analyser = Analyser(network, request.config, times=times)
    video = path if request.cached else None
    keeper = Keeper(video, network.path, regions=analyser.regions, least=request.config.tracking.least)
    kept = keeper.load()
    track = kept if kept is not None else keeper.fresh()
    made_by = analyser.made_by(live.threshold)
    with AheadAnalysis(
        _sightings(path, analyser, keeper, track, times) if kept is None else _nothing(),
        track,
        analyser.make_follower,
        live,
        width=info.width,
        labels=network.card.labels,
        spans=keeper.load_spans(made_by=made_by) if kept is not None else None,
    ) as ahead:
        yield ahead
        made_by = analyser.made_by(ahead.threshold)
    if ahead.done:
        keeper.keep_spans(ahead.timeline().spans, made_by=made_by)


def _sightings(
    path: Path, analyser: Analyser, keeper: Keeper, track: Track, times: StageTimes
) -> Generator[Sighting, None, None]:
    """Go through a whole file with the network; the track grows by what is seen, and is kept at the end."""
    with VideoFile(path) as source:
        frames = iter(source)
        while True:
            with times.measure("decode"):
                frame = next(frames, None)
            if frame is None:
                break
            yield analyser.look(frame)
    if not source.warnings and (warning := keeper.keep(track)):
        click.echo(f"Warning: {warning}", err=True)


def _nothing() -> Generator[Sighting, None, None]:
    yield from ()
