"""`simpsons bench`."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.commands.play import play
from simpsons_play.cli.params import ActionOption, FiniteFloatRange, Listed, PathName, grouped
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.errors import SimpsonsError, SinkError
from simpsons_play.core.exit_codes import EXIT_INCOMPLETE
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.play_request import PlayRequest

if TYPE_CHECKING:
    from simpsons_play.cli.bench_run import BenchRun

_INCLUDED = "included"
"""Value of `--models` for the included models."""

_MAX_THREADS = 256
_OF_PLAY = {parameter.name: parameter.type for parameter in play.params}
_configurations, _measurement, _results = (
    grouped("Configurations"),
    grouped("Measurement"),
    grouped("Results"),
)


@click.command(
    cls=Command,
    short_help="Measure how fast this machine analyses a video.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("source", required=False)
@_configurations(
    "--models",
    type=Listed(PathName()),
    metavar="FILE,...",
    default=_INCLUDED,
    show_default=True,
    help=f"Models, .onnx files made by `simpsons export`; {_INCLUDED}: those that the player uses.",
)
@_configurations(
    "--regions",
    type=Listed(_OF_PLAY["regions"]),
    metavar="NAME,...",
    default="auto",
    show_default=True,
    help="Parts of a frame to analyse: auto, detect, full, halves, as in `simpsons play`.",
)
@_configurations(
    "--providers",
    type=Listed(_OF_PLAY["provider"]),
    metavar="NAME,...",
    default="auto",
    show_default=True,
    help="Where the model runs: auto, cuda, tensorrt, cpu. One that does not work here is left out.",
)
@_configurations(
    "--threads",
    type=Listed(click.IntRange(1, _MAX_THREADS)),
    metavar="N,...",
    help="CPU threads of the model.  [default: half the cores, at most 4]",
)
@_configurations(
    "--reference/--no-reference",
    is_flag=True,
    help="Run the model on every frame that has changed, as `simpsons play --reference` does.",
)
@_measurement(
    "--warmup",
    type=click.IntRange(0),
    metavar="N",
    default=50,
    show_default=True,
    help="Before each run, analyse this many frames without measuring.",
)
@_measurement(
    "--repeats",
    type=click.IntRange(1),
    metavar="N",
    default=1,
    show_default=True,
    help="Measure each configuration N times, taking turns, and add up its runs.",
)
@_measurement(
    "--seconds",
    type=FiniteFloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Analyse only the beginning of SOURCE.",
)
@_measurement("--draw/--no-draw", help="Also draw the names on each frame, as a recording does.")
@_measurement(
    "-o",
    "--output",
    type=PathName(),
    help="Also record the video with names and sound; for one configuration.",
)
@_results("--json/--no-json", "as_json", is_flag=True, help="Print one line of JSON for each configuration.")
@_results(
    "--figure",
    type=PathName(),
    metavar="FILE",
    help="Draw the time between results over the video, and how it is distributed (.svg, .png).",
)
@click.option(
    "--compare",
    cls=ActionOption,
    nargs=2,
    type=PathName(),
    metavar="A.json B.json",
    help="Measure nothing; compare the output of two runs with --json.",
)
def bench(
    *,
    source: str | None,
    models: tuple[Path, ...],
    regions: tuple[str, ...],
    providers: tuple[str, ...],
    threads: tuple[int, ...] | None,
    reference: bool,
    warmup: int,
    repeats: int,
    seconds: float | None,
    draw: bool,
    output: Path | None,
    as_json: bool,
    figure: Path | None,
    compare: tuple[Path, Path] | None,
) -> None:
    """Measure how fast this machine analyses SOURCE, without a window and without the cache.

    SOURCE is anything that `simpsons play` plays: a video, a folder of pictures, or a camera with --seconds.

    The result is the speed, how often the model ran, how many frames would be late if the video were played
    while it is analysed, processor time, peak memory, and percentiles of the time that each stage takes for a
    frame. Stages run in parallel; `total` is the time from one result to the next. Nothing is left out as an
    outlier.

    Options with a list try every combination:

    \b
      simpsons bench episode.avi --providers cpu,cuda --threads 1,2 --repeats 3
      simpsons bench episode.avi --json > before.json
      simpsons bench --compare before.json after.json
    """  # noqa: D301 click needs the escape character
    if compare is not None:
        if source is not None or as_json or figure is not None or output is not None:
            raise click.UsageError(
                "--compare takes two files and cannot be combined with a SOURCE or outputs."
            )
        from simpsons_play.cli.bench_comparison import comparison_lines

        for line in comparison_lines(*compare):
            say(line)
        return
    if source is None:
        raise click.UsageError("Missing argument 'SOURCE'.")
    with held_interrupt():
        from simpsons_play.cli.bench_run import BenchRun, Setup
        from simpsons_play.sinks.drawing_file import check_drawing_path
        from simpsons_play.sources import expand

    sources = expand([source], tell=lambda line: say(f"Warning: {line}", err=True))
    if len(sources) > 1:
        raise click.UsageError(f"{source} contains {len(sources)} videos; give one, such as {sources[0]}.")
    if figure is not None:
        check_drawing_path(figure)
    files = [None if str(model) == _INCLUDED else model for model in models]
    setups = [Setup(*values) for values in product(files, regions, providers, threads or (None,))]
    if output is not None and len(setups) > 1:
        raise click.UsageError(f"--output can record only one configuration, not {len(setups)}.")
    config = AnalysisConfig().for_reference() if reference else AnalysisConfig()
    run = BenchRun(
        PlayRequest(sources[0], config=config, duration_s=seconds, output=output),
        setups,
        warmup=warmup,
        repeats=repeats,
        draw=draw,
        figure=figure,
        quiet=as_json,
    )
    try:
        complete = run.measure()
    except (KeyboardInterrupt, SimpsonsError):
        _report(run, as_json=as_json, figure=figure, complete=False)
        raise
    _report(run, as_json=as_json, figure=figure, complete=True)
    if output is not None and not as_json:
        say(f"Wrote: {output}", err=True)
    if not complete:
        raise click.exceptions.Exit(EXIT_INCOMPLETE)


def _report(run: BenchRun, *, as_json: bool, figure: Path | None, complete: bool) -> None:
    """Print what was measured, and draw it."""
    from simpsons_play.cli.bench_result import (
        Machine,
        bench_json,
        latency_drawing,
        overview_lines,
        result_lines,
    )
    from simpsons_play.core.resources import processor
    from simpsons_play.inference.providers import import_onnxruntime
    from simpsons_play.sinks import partial_name
    from simpsons_play.sinks.drawing_file import write_drawing

    results = run.results
    if not results:
        return
    machine = Machine(processor(), import_onnxruntime().__version__)
    if as_json:
        for result in results:
            click.echo(bench_json(result, machine))
    else:
        for result in results:
            for line in (*result_lines(result), ""):
                click.echo(line)
        if len(results) > 1:
            for line in (*overview_lines(results), ""):
                click.echo(line)
        say(machine.line())
    if figure is None:
        return
    if (drawing := latency_drawing(results)) is not None:
        write_drawing(figure, drawing, complete=complete)
        if not as_json:
            say(f"Wrote: {figure if complete else partial_name(figure)}", err=True)
    elif complete:
        raise SinkError(f"{figure} was not written: it shows the time between frames, and there is only one")
