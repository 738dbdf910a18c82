"""Plays without a window: as fast as it goes, into files, with a progress bar and a summary."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count

from simpsons_play.analysis.analyser import Analyser, Replay
from simpsons_play.analysis.held_frame import HeldFrame
from simpsons_play.analysis.keeping import Keeper
from simpsons_play.analysis.pipeline import Stopped, run
from simpsons_play.analysis.sensitivity import BandCounter, ThresholdBand
from simpsons_play.cli.base import say
from simpsons_play.cli.outputs import Outputs
from simpsons_play.cli.overwriting import refuse_overwriting
from simpsons_play.cli.terminal import Terminal
from simpsons_play.core.config import PlayRequest
from simpsons_play.core.errors import SinkError, SourceError
from simpsons_play.core.interrupts import held_interrupt, one_interrupt
from simpsons_play.core.timing import StageTimes
from simpsons_play.core.types import Analysis, Image, RunInfo
from simpsons_play.inference.model import Classifier, Detector, load_for_player
from simpsons_play.render.overlay import Overlay
from simpsons_play.sources import VideoFile, open_requested
from simpsons_play.timeline.spans import Spans


def play_without_window(requests: Sequence[PlayRequest]) -> bool:
    """Analyse sources one after the other, write what was asked for, and print a summary of each.

    Args:
        requests: that differ in nothing but their sources and the names of what they write.

    Returns:
        Whether all of the sources could be read; else what could be was, and a warning says what is missing.

    Raises:
        SimpsonsError: anything a user can mend. One of several sources that cannot be read is told, and is
            an error only when the others are done.
        KeyboardInterrupt: after everything written so far was completed as a shorter, valid file.
    """
    first = requests[0]
    outputs = [Outputs(request) for request in requests]
    refuse_overwriting(requests)
    with held_interrupt():  # what is struck while it is loaded leaves half of itself behind
        network = load_for_player(first.model, regions=first.config.regions, provider=first.provider)
    terminal = Terminal(first, network, titled=len(requests) > 1)
    complete, unread = True, 0
    for request, files in zip(requests, outputs, strict=True):
        try:
            for number in range(1, request.loops + 1) if request.loops else count(1):
                terminal.brief = number != request.loops
                complete &= _play(request, network, files, terminal)
        except SourceError as error:
            if len(requests) == 1:
                raise
            say(f"Error: {error}", err=True)
            unread += 1
    if unread:
        raise SourceError(f"{unread} of {len(requests)} sources could not be played; the others are done")
    return complete


def _play(request: PlayRequest, network: Classifier | Detector, outputs: Outputs, terminal: Terminal) -> bool:
    """Analyse one source; whether all of it could be read."""
    times = StageTimes()
    with open_requested(request, tell=terminal.warn) as source:
        config = dataclasses.replace(request.config, stills=source.info.stills)
        if source.info.live or source.info.stills:
            config = config.at_once()
        analyser = Analyser(network, config, times=times)
        whole = source.path if isinstance(source, VideoFile) and _is_whole(request) else None
        keeper = Keeper(whole, network, regions=analyser.regions, config=config)
        kept = keeper.load()
        track = kept if kept is not None else keeper.fresh()
        if kept is None and (keeper.keeps or request.report is not None):
            analyser.fill(track)
        follow = Replay(kept, analyser.follower, times=times) if kept is not None else analyser
        run_info = RunInfo(
            source.info, network.title, network.provider, network.card.labels, analyser.threshold
        )
        spans = Spans(source.info.width)
        overlay = Overlay(network.card.labels, top=request.listed, least=request.hide_below)

        def draw(image: Image, analysis: Analysis) -> Image:
            with times.measure("draw"):
                return overlay.draw(image, analysis)

        counter = BandCounter(track, analyser.make_follower, threshold=analyser.threshold)

        def band() -> ThresholdBand:
            return counter.finish(float(1 / source.info.rate))

        def tell(line: str) -> None:
            terminal.warn(f"Warning: {line}")

        try:
            with one_interrupt() as complete, ExitStack() as stack:
                sinks = [
                    stack.enter_context(sink)
                    for sink in outputs.sinks(source, run_info, draw=draw, band=band, tell=tell)
                ]
                terminal.begin(kept=kept is not None)
                show = stack.enter_context(terminal.watch(source))

                def on_frame(frame: HeldFrame, analysis: Analysis) -> None:
                    spans.add(analysis)
                    if request.report is not None:
                        counter.advance(analysis.index + 1)
                    show(frame, analysis)

                stopped: Stopped | None = None
                try:
                    summary = run(source, follow, sinks=sinks, times=times, on_frame=on_frame)
                except Stopped as stop:
                    if not source.info.live:
                        raise
                    summary, stopped = stop.summary, stop  # it has no other end: nothing is missing
                if not summary.frames:
                    raise SourceError(f"{source.info.name} holds no frame between the times asked for")
                complete()
        except KeyboardInterrupt as stop:
            if isinstance(stop, Stopped):
                terminal.end(stop.summary, source, outputs.written(), complete=False)
            raise
        except SinkError:
            terminal.left(outputs.written())
            raise
        for warning in source.warnings:
            tell(warning)
        track.complete = True
        if not source.warnings:
            if kept is None and (warning := keeper.keep(track)):
                tell(warning)
            elif keeper.keeps:
                # A window that opens this file then has its lanes full at once.
                made_by = analyser.made_by(analyser.threshold)
                keeper.keep_spans(spans.until(track[len(track) - 1].time_s), made_by=made_by)
        terminal.end(summary, source, outputs.written(), complete=True)
        if stopped is not None:
            raise stopped
        return not source.warnings


def _is_whole(request: PlayRequest) -> bool:
    """What a network says of a part is not what it says of the whole: its first frame begins a shot.

    Who plays it again and again wants to see the network at work.
    """
    part = bool(request.start_s) or request.duration_s is not None
    return request.keeps and request.loops == 1 and not part
