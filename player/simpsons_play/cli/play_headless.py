"""Plays without a window: as fast as possible, into files, with a progress bar and a summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from itertools import count
from typing import Protocol

from simpsons_play.analysis.held_frame import HeldFrame, is_large
from simpsons_play.analysis.pipeline import RunSummary, Stopped, run
from simpsons_play.analysis.sensitivity import SensitivityCounter
from simpsons_play.analysis.session import KnownDetections, Session
from simpsons_play.cli.base import say
from simpsons_play.cli.outputs import Outputs
from simpsons_play.cli.overwriting import refuse_overwriting
from simpsons_play.cli.terminal import Terminal
from simpsons_play.core.errors import SinkError, SourceError
from simpsons_play.core.frames import Source
from simpsons_play.core.interrupts import held_interrupt, one_interrupt
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.results import FrameResult, only_labels
from simpsons_play.core.timing import StageTimes
from simpsons_play.inference.loading import load_model
from simpsons_play.inference.model import Classifier, Detector
from simpsons_play.render.marks import Mark
from simpsons_play.render.overlay import Overlay
from simpsons_play.sinks import SinkContext
from simpsons_play.sources import open_requested


def play_without_window(requests: Sequence[PlayRequest], *, titled: bool | None = None) -> bool:
    """Analyse sources one after the other, write the outputs of each, and print a summary of each.

    Args:
        requests: that differ only in their sources and the names of their outputs.
        titled: start each summary with the name of its source; None does so if there are several.

    Returns:
        Whether all of every source could be read; else a warning says what is missing.

    Raises:
        SimpsonsError: anything a user can fix. If one of several sources cannot be played, the error is
            raised only when the others are done.
        KeyboardInterrupt: after everything written so far was completed as a shorter, valid file.
    """
    first = requests[0]
    outputs = [Outputs(request) for request in requests]
    refuse_overwriting(requests)
    with held_interrupt():  # an import that is interrupted leaves half a module behind
        network = load_model(
            first.model, regions=first.config.regions, provider=first.provider, cast=first.cast
        )
    terminal = Terminal(first, network, titled=len(requests) > 1 if titled is None else titled)
    complete, failed = True, 0
    for request, files in zip(requests, outputs, strict=True):
        try:
            for number in range(1, request.loops + 1) if request.loops else count(1):
                terminal.brief = number != request.loops
                with open_requested(request, tell=terminal.warn) as source:
                    complete &= HeadlessRun(request, source, network, files, terminal).play()
        except SourceError as error:
            if len(requests) == 1:
                raise
            say(f"Error: {error}", err=True)
            failed += 1
    if failed:
        raise SourceError(f"{failed} of {len(requests)} sources could not be played; the others are done")
    return complete


class RunDisplay(Protocol):
    """Shows the user how a run goes, such as a `Terminal`."""

    def warn(self, line: str) -> None:
        """Show one line."""
        ...

    def begin(self, *, cached: bool) -> None:
        """The outputs are open, and the run begins; `cached`: the model does not run."""
        ...

    def watch(self, source: Source) -> AbstractContextManager[Callable[[HeldFrame, FrameResult], None]]:
        """A context while frames are written, and a function that takes each; it ends before the outputs."""
        ...

    def end(self, summary: RunSummary, source: Source, written: Sequence[str], *, complete: bool) -> None:
        """The run has ended, and these files are written."""
        ...

    def left(self, written: Sequence[str]) -> None:
        """The run has failed, and left these files."""
        ...


class HeadlessRun:
    """One run over one source: building it prepares everything, `run` analyses, `conclude` reports.

    Args:
        request: what the user asked for.
        source: of the request; already entered.
        network: the model.
        outputs: the files to write.
        display: tells the user.
        times: collects the time that each stage takes; None makes a new one.
        known: detections to use instead of the model and of the cache.
    """

    def __init__(
        self,
        request: PlayRequest,
        source: Source,
        network: Classifier | Detector,
        outputs: Outputs,
        display: RunDisplay,
        *,
        times: StageTimes | None = None,
        known: KnownDetections | None = None,
    ) -> None:
        self._request, self._source = request, source
        self._outputs, self._display = outputs, display
        self._times = times or StageTimes()
        self._session = session = Session(
            source,
            network,
            request.config,
            cache=request.caches_whole,
            keep_log=request.report is not None,
            known=known,
            only=request.only,
            times=self._times,
        )
        self._overlay = Overlay(network.labels, top=request.listed, min_probability=request.hide_below)
        self._sensitivity = SensitivityCounter(
            session.log,
            partial(session.analyser.make_postprocessor, taught=network.taught),
            threshold=session.analyser.threshold,
        )
        self._context = SinkContext(
            run=session.run_info,
            timeline=session.timeline,
            marks=self._marks,
            sensitivity=lambda: self._sensitivity.finish(float(1 / source.info.rate)),
            strangers=session.strangers,
            warnings=source.warnings,
            warn=self._warn,
        )

    def play(self) -> bool:
        """Run and conclude; returns whether all of the source could be read.

        Raises:
            SourceError: the source gives no frame, or reading it fails.
            SinkError: an output cannot be written.
            KeyboardInterrupt: after Ctrl-C; of a live source that is the end, and nothing is missing.
        """
        try:
            summary, stopped = self.run(), None
        except Stopped as stop:
            if not self._source.info.live:
                self._display.end(stop.summary, self._source, self._outputs.written(), complete=False)
                raise
            summary, stopped = stop.summary, stop
        except SinkError:
            self._display.left(self._outputs.written())
            raise
        complete = self.conclude(summary)
        if stopped is not None:
            raise stopped
        return complete

    def run(self) -> RunSummary:
        """Analyse the source and write the outputs.

        Raises:
            Stopped: after Ctrl-C. The outputs of a live source are complete then, those of others partial.
            SourceError: as `play`.
            SinkError: as `play`.
        """
        with one_interrupt() as no_more_interrupts, ExitStack() as stack:
            sinks = [stack.enter_context(sink) for sink in self._outputs.sinks(self._context)]
            self._display.begin(cached=self._session.replayed)
            show = stack.enter_context(self._display.watch(self._source))

            def on_frame(frame: HeldFrame, result: FrameResult) -> None:
                if self._request.report is not None:
                    self._sensitivity.advance(result.index + 1)
                show(frame, result)

            stopped: Stopped | None = None
            try:
                summary = run(
                    self._source,
                    self._session.frame_analyser,
                    sinks=sinks,
                    times=self._times,
                    timeline=self._session.timeline,
                    on_frame=on_frame,
                    reopen=self._reopen(),
                    only=self._request.only,
                )
            except Stopped as stop:
                if not self._source.info.live:
                    raise
                summary, stopped = stop.summary, stop
            if not summary.frames:
                raise SourceError(f"{self._source.info.name} contains no frames in the requested range")
            no_more_interrupts()
        if stopped is not None:
            raise stopped
        return summary

    def conclude(self, summary: RunSummary) -> bool:
        """Cache the detections and print the summary; returns whether all of the source could be read."""
        warnings = self._source.warnings
        for warning in warnings:
            self._warn(warning)
        if not warnings and (problem := self._session.complete()):
            self._warn(problem)
        self._display.end(summary, self._source, self._outputs.written(), complete=True)
        return not warnings

    def _reopen(self) -> Callable[[], Source] | None:
        """Opens a file with large frames a second time to record it: dozens of them would fill the memory."""
        info = self._source.info
        if self._request.output is None or info.path is None or not is_large(info.width, info.height):
            return None
        return partial(open_requested, self._request)

    def _marks(self, size_px: tuple[int, int], result: FrameResult) -> Sequence[Mark]:
        with self._times.measure("draw"):
            shown = result and only_labels(result, self._request.only, predictions=True)
            return self._overlay.marks(size_px, shown)

    def _warn(self, line: str) -> None:
        self._display.warn(f"Warning: {line}")
