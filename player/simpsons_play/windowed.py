"""Plays in a window: the source at its own speed, analysed beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from simpsons_play import report
from simpsons_play.ahead import AheadAnalysis
from simpsons_play.analyser import Analyser
from simpsons_play.bench import StageTimes
from simpsons_play.config import PlayRequest
from simpsons_play.errors import SourceError
from simpsons_play.keeping import Keeper
from simpsons_play.live import LiveAnalysis
from simpsons_play.model import Classifier, Detector, load_network
from simpsons_play.overlay import Overlay
from simpsons_play.sources import PictureFolder, VideoFile, expand, open_source
from simpsons_play.track import Track
from simpsons_play.types import Analysis, Image, Sighting, Source, SourceInfo
from simpsons_play.window import Asked, Habits, require_display, run_window


def play_in_window(requests: Sequence[PlayRequest]) -> None:
    """Play sources one after the other, each in a window of its own, which looks like the one before it.

    Args:
        requests: that differ in nothing but their sources.

    Raises:
        SimpsonsError: anything a user can mend, such as a machine without a display. One of several sources
            that cannot be played is told and passed over.
        KeyboardInterrupt: Ctrl-C in the terminal; the window is closed by then.
    """
    require_display()
    network = load_network(
        requests[0].model, regions=requests[0].config.regions, provider=requests[0].provider
    )
    if not requests[0].quiet:
        click.echo(report.provider_line(network), err=True)
    habits, number = Habits(), 0
    while 0 <= number < len(requests):
        try:
            asked = _play(requests[number], network, (number, len(requests)), habits)
        except SourceError as error:
            if number + 1 == len(requests):
                raise
            click.echo(f"Error: {error}", err=True)
            asked = Asked(step=1)
        if asked is None:
            return
        if asked.paths:
            last = dataclasses.replace(requests[number], start_s=0.0, duration_s=None)
            requests, number = [last.of(source) for source in expand(list(map(str, asked.paths)))], 0
        else:
            number += asked.step


def _play(
    request: PlayRequest, network: Classifier | Detector, place: tuple[int, int], habits: Habits
) -> Asked | None:
    """Play one source; what the user wants to be played next."""
    source = open_source(request.source, start_s=request.start_s, duration_s=request.duration_s)
    threshold = request.config.threshold if habits.threshold is None else habits.threshold
    config = dataclasses.replace(
        request.config, threshold=threshold, stills=isinstance(source, PictureFolder)
    )
    request = dataclasses.replace(request, config=config)
    overlay = Overlay(network.card.labels, top=request.listed, least=request.hide_below)

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
        begun = annotator.threshold
        asked = run_window(
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
            loops=request.loops,
            place=place,
            habits=habits,
        )
        if annotator.threshold != begun:
            habits.threshold = annotator.threshold
        return asked


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
    keeper = Keeper(video, network, regions=analyser.regions, least=request.config.tracking.least)
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
