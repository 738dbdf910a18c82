"""Plays in a window: the source at its own speed, analysed beside it."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from pathlib import Path

import click

from simpsons_play import report
from simpsons_play.ahead import AheadAnalysis
from simpsons_play.analyser import Analyser
from simpsons_play.config import AnalysisConfig, PlayRequest
from simpsons_play.keeping import Keeper
from simpsons_play.live import LiveAnalysis
from simpsons_play.model import Classifier, Detector, load_network
from simpsons_play.overlay import Overlay
from simpsons_play.sources import PictureFolder, VideoFile, open_source
from simpsons_play.types import Sighting, Source
from simpsons_play.window import run_window


def play_in_window(request: PlayRequest) -> None:
    """Open a window and return when it has closed.

    Raises:
        SimpsonsError: anything a user can mend, such as a machine without a display.
        KeyboardInterrupt: Ctrl-C in the terminal; the window is closed by then.
    """
    source = open_source(request.source, start_s=request.start_s, duration_s=request.duration_s)
    network = load_network(request.model, regions=request.config.regions, provider=request.provider)
    provider_line = report.provider_line(network)
    click.echo(provider_line, err=True)
    config = dataclasses.replace(request.config, stills=isinstance(source, PictureFolder))
    overlay = Overlay(network.card.labels, top=request.listed)

    def open_frames(start_s: float = 0.0) -> Source:
        return open_source(request.source, start_s=start_s)

    live = LiveAnalysis(Analyser(network, config), draw=overlay.draw)
    path = source.path if isinstance(source, VideoFile) else None
    # Of a file any moment can be known before it is played; of all else only the newest is there.
    annotator = live if path is None else _ahead(path, network, config, request, live)
    with annotator:
        run_window(
            title=request.source,
            provider_line=provider_line,
            path=path,
            open_frames=open_frames,
            annotator=annotator,
            start_s=request.start_s,
            duration_s=request.duration_s,
            close_at_end=request.close_at_end,
        )


def _ahead(
    path: Path,
    network: Classifier | Detector,
    config: AnalysisConfig,
    request: PlayRequest,
    live: LiveAnalysis,
) -> AheadAnalysis:
    with VideoFile(path) as source:
        width = source.info.width
    analyser = Analyser(network, config)
    video = path if request.cached else None
    keeper = Keeper(video, network.path, regions=analyser.regions, least=config.tracking.least)
    sightings = _sightings(path, analyser, keeper)
    return AheadAnalysis(sightings, analyser.make_follower, live, width=width, labels=network.card.labels)


def _sightings(path: Path, analyser: Analyser, keeper: Keeper) -> Generator[Sighting, None, None]:
    """Go through a whole file with the network, or through what is kept of it."""
    kept = keeper.load()
    if kept is not None:
        for index in range(len(kept)):
            yield kept[index]
        return
    fresh = keeper.fresh()
    if fresh is not None:
        analyser.fill(fresh)
    with VideoFile(path) as source:
        for frame in source:
            yield analyser.look(frame)
    if fresh is not None and not source.warnings and (warning := keeper.keep(fresh)):
        click.echo(f"Warning: {warning}", err=True)
