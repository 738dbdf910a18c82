"""Plays in a window: the source at its own speed, analysed beside it."""

from __future__ import annotations

import dataclasses

import click

from simpsons_play import report
from simpsons_play.analyser import Analyser
from simpsons_play.config import PlayRequest
from simpsons_play.live import LiveAnalysis
from simpsons_play.model import load_network
from simpsons_play.overlay import Overlay
from simpsons_play.sources import PictureFolder, VideoFile, open_source
from simpsons_play.types import Source
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

    with LiveAnalysis(Analyser(network, config), draw=overlay.draw) as annotator:
        run_window(
            title=request.source,
            provider_line=provider_line,
            path=source.path if isinstance(source, VideoFile) else None,
            open_frames=open_frames,
            annotator=annotator,
            start_s=request.start_s,
            duration_s=request.duration_s,
            close_at_end=request.close_at_end,
        )
