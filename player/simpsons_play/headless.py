"""Plays without a window: as fast as it goes, into files, with a progress bar and a summary."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count, islice
from pathlib import Path

import click

from simpsons_play import report
from simpsons_play.analyser import Analyser, Replay
from simpsons_play.bench import StageTimes
from simpsons_play.config import PlayRequest
from simpsons_play.errors import SourceError
from simpsons_play.interrupts import one_interrupt
from simpsons_play.keeping import Keeper
from simpsons_play.model import Classifier, Detector, load_network
from simpsons_play.outputs import Outputs
from simpsons_play.overlay import Overlay
from simpsons_play.pipeline import RunSummary, Stopped, run
from simpsons_play.progress import progress_bar
from simpsons_play.sources import VideoFile, open_source
from simpsons_play.spans import Spans
from simpsons_play.threshold_band import ThresholdBand, threshold_band
from simpsons_play.types import Analysis, Frame, Image, RunInfo, Source


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
    network = load_network(first.model, regions=first.config.regions, provider=first.provider)
    complete, unread = True, 0
    for request, files in zip(requests, outputs, strict=True):
        words = _Words(request, network, titled=len(requests) > 1, first=request is first)
        try:
            for number in range(1, request.loops + 1) if request.loops else count(1):
                words.brief = number != request.loops
                complete &= _play(request, network, files, words)
        except SourceError as error:
            if len(requests) == 1:
                raise
            click.echo(f"Error: {error}", err=True)
            unread += 1
    if unread:
        raise SourceError(f"{unread} of {len(requests)} sources could not be played; the others are done")
    return complete


class _Words:
    """What a run says on the terminal, as a user wants it: summaries on stdout, all else on stderr.

    Args:
        request: says how much.
        network: that looks at the frames.
        titled: summaries begin with the name of the source.
        first: say what the network runs on.

    Attributes:
        brief: one line sums up, because the source is played again.
    """

    def __init__(
        self, request: PlayRequest, network: Classifier | Detector, *, titled: bool, first: bool
    ) -> None:
        self._request, self._network, self._titled, self._first = request, network, titled, first
        self._talks = not (request.quiet or request.as_json)
        self.brief = False

    def warn(self, line: str) -> None:
        """What the user must know."""
        click.echo(line, err=True)

    def begin(self, *, kept: bool) -> None:
        """Say what looks at the frames."""
        if self._talks and self._first:
            click.echo(report.provider_line(self._network), err=True)
            self._first = False
        if self._talks and kept:
            click.echo(report.KEPT_LINE, err=True)

    @contextmanager
    def watch(self, source: Source) -> Iterator[Callable[[Frame, Analysis], None]]:
        """Show how far the run is; for pictures, print what is seen on each."""
        if not self._talks:
            yield lambda frame, analysis: None
            return
        with progress_bar(Path(source.info.name).name, source.info.frames, unit="frames") as show:

            def on_frame(frame: Frame, analysis: Analysis) -> None:
                show(analysis.index + 1)
                if source.info.stills:
                    line = report.analysis_line(analysis, listed=self._request.listed)
                    click.echo(f"{frame.name}: {line}")

            yield on_frame

    def end(self, summary: RunSummary, source: Source, written: Sequence[str], *, stopped: bool) -> None:
        """Sum up; a run that was stopped in full."""
        if self._request.as_json:
            info, whole = source.info, not stopped and not source.warnings
            click.echo(
                report.summary_json(
                    summary, self._network, info, written, complete=whole, warnings=source.warnings
                )
            )
            return
        if self._request.quiet:
            return
        if summary.frames:
            if self._titled:
                click.echo(f"\n{source.info.name}")
            lines = report.summary_lines(summary, self._network, stills=source.info.stills)
            for line in islice(lines, 1 if self.brief and not stopped else None):
                click.echo(line)
        if written:
            how = "Stopped early; valid, but shorter" if stopped else "Wrote"
            click.echo(f"{how}: {', '.join(written)}", err=True)


def _play(request: PlayRequest, network: Classifier | Detector, outputs: Outputs, words: _Words) -> bool:
    """Analyse one source; whether all of it could be read."""
    times = StageTimes()
    with open_source(
        request.source, start_s=request.start_s, duration_s=request.duration_s, tell=words.warn
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
        spans = Spans(source.info.width)
        overlay = Overlay(network.card.labels, top=request.listed, least=request.hide_below)

        def draw(image: Image, analysis: Analysis) -> Image:
            with times.measure("draw"):
                return overlay.draw(image, analysis)

        def band() -> ThresholdBand:
            last_frame_s = float(1 / source.info.rate)
            return threshold_band(
                track, analyser.make_follower, threshold=analyser.threshold, last_frame_s=last_frame_s
            )

        if outputs.loses_sound(source):
            words.warn("Warning: the sound of an address is not kept, only that of a file")
        try:
            with one_interrupt() as complete, ExitStack() as stack:
                sinks = [
                    stack.enter_context(sink)
                    for sink in outputs.sinks(source, run_info, draw=draw, band=band)
                ]
                words.begin(kept=kept is not None)
                show = stack.enter_context(words.watch(source))

                def on_frame(frame: Frame, analysis: Analysis) -> None:
                    spans.add(analysis)
                    show(frame, analysis)

                summary = run(source, follow, sinks=sinks, times=times, on_frame=on_frame)
                if not summary.frames:
                    raise SourceError(f"{source.info.name} holds no frame between the times asked for")
                complete()
        except KeyboardInterrupt as stop:
            if isinstance(stop, Stopped):
                words.end(stop.summary, source, outputs.written(), stopped=True)
            raise
        for warning in source.warnings:
            words.warn(f"Warning: {warning}")
        if not source.warnings:
            if kept is None and (warning := keeper.keep(track)):
                words.warn(f"Warning: {warning}")
            elif keeper.keeps:
                # A window that opens this file then has its lanes full at once.
                made_by = analyser.made_by(analyser.threshold)
                keeper.keep_spans(spans.until(track[len(track) - 1].time_s), made_by=made_by)
        words.end(summary, source, outputs.written(), stopped=False)
        return not source.warnings


def _is_whole(request: PlayRequest) -> bool:
    """What a network says of a part is not what it says of the whole: its first frame begins a shot.

    Who plays it again and again wants to see the network at work.
    """
    return request.cached and request.loops == 1 and not request.start_s and request.duration_s is None
