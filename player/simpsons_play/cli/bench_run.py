"""Runs the configurations of a benchmark, one after the other, without a window and without the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from simpsons_play.cli.base import say
from simpsons_play.cli.bench_configuration import Configuration
from simpsons_play.cli.bench_result import BenchResult
from simpsons_play.cli.outputs import Outputs
from simpsons_play.cli.overwriting import refuse_overwriting
from simpsons_play.core.errors import ModelError, ProviderError
from simpsons_play.core.play_request import PlayRequest


@dataclass(frozen=True, slots=True)
class Setup:
    """What differs between the configurations of a benchmark.

    Attributes:
        model: an .onnx file; None uses the included models.
        regions: see `AnalysisConfig.regions`.
        provider: `auto`, or a key of `providers.PROVIDERS`.
        threads: number of CPU threads of the model; None uses the default.
    """

    model: Path | None
    regions: str
    provider: str
    threads: int | None


class BenchRun:
    """A benchmark of one source. `measure` runs it; what was measured is there even if that was stopped.

    Args:
        request: the source, and the recording if there is one; model, provider and regions are those of the
            configurations.
        setups: the configurations.
        warmup: number of frames to analyse before each run.
        repeats: number of runs of each configuration; all run once before the first one runs again.
        draw: draw the names, even if nothing is recorded.
        figure: a file that the caller writes at the end.
        quiet: print no provider and no progress.

    Raises:
        SinkError: the recording has no known format, or it or the figure is a file that is read.
    """

    def __init__(
        self,
        request: PlayRequest,
        setups: Sequence[Setup],
        *,
        warmup: int,
        repeats: int,
        draw: bool,
        figure: Path | None,
        quiet: bool,
    ) -> None:
        self._repeats, self._quiet, self._complete = repeats, quiet, False
        again = warmup > 0 or len(setups) * repeats > 1
        self._configurations = []
        for setup in setups:
            config = replace(request.config, regions=setup.regions)
            of_setup = replace(
                request, model=setup.model, provider=setup.provider, config=config, cached=False, quiet=quiet
            )
            # Only names count here, so the figure can stand for predictions.
            refuse_overwriting([replace(of_setup, predictions=() if figure is None else (figure,))])
            Outputs(of_setup)  # raises for a format that is not known
            one = Configuration(of_setup, setup.threads, warmup=warmup, draw=draw, again=again)
            self._configurations.append(one)

    @property
    def results(self) -> list[BenchResult]:
        """The result of each configuration of which anything was measured."""
        results = (one.result(complete=self._complete) for one in self._configurations)
        return [result for result in results if result is not None]

    def measure(self) -> bool:
        """Run all configurations; print a line for each that does not work here.

        Returns:
            Whether all of the source could be read; else a warning says what is missing.

        Raises:
            SourceError: the source cannot be read, or not as often as it would have to be.
            ModelError: the only configuration does not work, or one fails on a frame.
            ProviderError: no configuration works.
            SinkError: the recording cannot be written.
            KeyboardInterrupt: after Ctrl-C.
        """
        working = list(self._configurations)
        warnings: dict[str, None] = {}
        for repeat in range(self._repeats):
            for one in tuple(working):
                number = repeat * len(self._configurations) + self._configurations.index(one) + 1
                try:
                    one.load(announced=self._quiet or repeat > 0)
                except (ModelError, ProviderError) as error:
                    if len(self._configurations) == 1:
                        raise
                    say(f"Not measured: {one.title}: {error}", err=True)
                    working.remove(one)
                    continue
                found = one.run(title=self._progress_title(number))
                warnings.update(dict.fromkeys(found))
        for warning in warnings:
            say(f"Warning: {warning}", err=True)
        if not working:
            raise ProviderError("none of these configurations works here")
        self._complete = not warnings
        return self._complete

    def _progress_title(self, number: int) -> str:
        total = len(self._configurations) * self._repeats
        return f"run {number} of {total}" if total > 1 else "measuring"
