"""One configuration of a benchmark: its settings, its runs and what was measured in them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Self

from simpsons_play.analysis.benchmark import Benchmark, FirstFrames
from simpsons_play.analysis.held_frame import HeldFrame
from simpsons_play.analysis.pipeline import Stopped
from simpsons_play.cli.base import say
from simpsons_play.cli.bench_result import BenchResult
from simpsons_play.cli.outputs import Outputs
from simpsons_play.cli.play_headless import HeadlessRun
from simpsons_play.cli.progress import progress_bar
from simpsons_play.cli.summary import provider_line, runs_on
from simpsons_play.cli.terminal import Terminal
from simpsons_play.core.errors import SourceError
from simpsons_play.core.frames import Frame, Source, SourceInfo
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.play_request import PlayRequest
from simpsons_play.core.resources import reset_peak_memory
from simpsons_play.core.results import FrameResult, Sink
from simpsons_play.inference.loading import load_model
from simpsons_play.inference.model import Classifier, Detector, Network
from simpsons_play.render.marks import MarksOf, draw_on_image
from simpsons_play.sinks import SinkContext
from simpsons_play.sources import open_requested


class Configuration:
    """One configuration: its settings, and what was measured in its runs.

    Args:
        request: the source, the settings and the recording.
        threads: number of CPU threads of the model; None uses the default.
        warmup: number of frames to analyse before each run.
        draw: draw the names, even if nothing is recorded.
        again: the source is read more than once.
    """

    def __init__(
        self, request: PlayRequest, threads: int | None, *, warmup: int, draw: bool, again: bool
    ) -> None:
        self._request, self._threads, self._warmup = request, threads, warmup
        self._draw = draw
        self._again = again
        self._benchmark = Benchmark()
        self._network: Classifier | Detector | None = None
        self._result: Callable[..., BenchResult] | None = None

    @property
    def title(self) -> str:
        """The settings in short."""
        model = "included" if self._request.model is None else self._request.model.name
        return f"{model}, {self._request.config.regions}, {self._request.provider}"

    @property
    def _draws(self) -> bool:
        """Whether runs draw the names on each frame."""
        return self._draw or self._request.output is not None

    def load(self, *, announced: bool) -> None:
        """Load the model for the next run.

        Args:
            announced: the user knows already which provider runs it.

        Raises:
            ModelError: see `load_model`.
            ProviderError: see `load_model`.
        """
        gc.collect()  # what the run before has left is not this one's memory
        reset_peak_memory()
        request = self._request
        with held_interrupt():  # an import that is interrupted leaves half a module behind
            self._network = load_model(
                request.model,
                regions=request.config.regions,
                provider=request.provider,
                threads=self._threads,
            )
        if not announced:
            say(provider_line(self._network), err=True)

    def run(self, *, title: str) -> list[str]:
        """Warm up and measure one run with the loaded model, which is dropped then.

        Args:
            title: text in front of the progress bar.

        Returns:
            The warnings of the source.

        Raises:
            Stopped: after Ctrl-C.
            SourceError: see `BenchRun.measure`.
            SinkError: the recording cannot be written.
        """
        network, self._network = self._network, None
        if network is None:
            raise RuntimeError("load the model before a run")
        if self._warmup:
            self._warm_up(network)
        request = self._request
        with open_requested(request) as source:
            self._check(source.info)
            self._result = partial(
                BenchResult,
                source=source.info,
                model=network.title,
                regions=request.config.regions,
                reference=request.config.sample_s == 0,
                provider=network.provider,
                note=network.note,
                threads=network.threads,
                drawn=self._draws,
                recorded=request.output is not None,
                runs_on=runs_on(network),
            )
            stopwatch = _Stopwatch(request, network, self._benchmark, title=title)
            outputs = _Drawn(request) if self._draw and request.output is None else Outputs(request)
            run = HeadlessRun(request, source, network, outputs, stopwatch, times=self._benchmark.times)
            try:
                self._benchmark.add(run.run())
            except Stopped as stop:
                self._benchmark.add(stop.summary)
                stopwatch.left(outputs.written())
                raise
            return list(source.warnings)

    def result(self, *, complete: bool) -> BenchResult | None:
        """What was measured; None if nothing was."""
        if self._result is None or not self._benchmark.has_frames:
            return None
        return self._result(measurement=self._benchmark.measurement(), complete=complete)

    def _warm_up(self, network: Classifier | Detector) -> None:
        """Analyse the first frames, and draw them if the run does; nothing is measured or written."""
        request = replace(self._request, output=None, quiet=True)
        with FirstFrames(open_requested(request), self._warmup) as source:
            self._check(source.info)
            terminal = Terminal(request, network, titled=False)
            outputs = _Drawn(request) if self._draws else Outputs(request)
            run = HeadlessRun(request, source, network, outputs, terminal)
            self._benchmark.warmup_frames = run.run().frames

    def _check(self, info: SourceInfo) -> None:
        """Raise SourceError if the source has no end, or cannot be read again."""
        if info.live and self._request.duration_s is None:
            raise SourceError(f"{info.name} is live and has no end; limit it with --seconds")
        if info.one_pass and self._again:
            raise SourceError(
                f"{info.name} can be read only once; give a file, or --warmup 0 and one configuration"
            )


class _Stopwatch(Terminal):
    """Measures a run, and shows a progress bar."""

    def __init__(self, request: PlayRequest, network: Network, benchmark: Benchmark, *, title: str) -> None:
        super().__init__(request, network, titled=False)
        self._benchmark, self._title, self._hidden = benchmark, title, request.quiet

    def begin(self, *, cached: bool) -> None:
        """Print nothing: the provider is known."""

    @contextmanager
    def watch(self, source: Source) -> Iterator[Callable[[HeldFrame, FrameResult], None]]:
        """Measure the block, and show its progress."""
        unit = "pictures" if source.info.stills else "frames"
        bar = (
            nullcontext(_ignore) if self._hidden else progress_bar(self._title, source.info.frames, unit=unit)
        )
        with bar as show, self._benchmark.clock(source.info) as finish:

            def on_frame(frame: HeldFrame, result: FrameResult) -> None:
                finish(result)
                show(result.index + 1)

            yield on_frame


def _ignore(done: float) -> None:
    pass


class _Drawn(Outputs):
    """Outputs that also draw each frame, although nothing is recorded."""

    def sinks(self, context: SinkContext) -> Iterator[Sink]:
        """The sinks of the request, and one that draws."""
        yield _DrawingSink(context.marks)
        yield from super().sinks(context)


class _DrawingSink:
    """Draws each frame and keeps nothing: a `Sink`."""

    def __init__(self, marks: MarksOf) -> None:
        self._marks = marks

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Draw the captions."""
        draw_on_image(frame.image.copy(), self._marks(frame.size_px, result))
