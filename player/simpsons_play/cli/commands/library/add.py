"""`simpsons library add`."""

from __future__ import annotations

from pathlib import Path

import click

from simpsons_play.cli.base import Command
from simpsons_play.cli.cast_option import require_cast
from simpsons_play.cli.library_option import library_location, library_option
from simpsons_play.cli.params import FiniteFloatRange, PathName, grouped
from simpsons_play.core.exit_codes import EXIT_INCOMPLETE
from simpsons_play.core.interrupts import held_interrupt

_analysis, _work = grouped("Analysis"), grouped("Machines")


@click.command(
    cls=Command,
    short_help="Analyse videos and add them to a library.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILES...")
@library_option
@click.option("--update/--no-update", help="Analyse videos again that were analysed with other settings.")
@click.option(
    "--json/--no-json", "as_json", is_flag=True, help="Print each event as one line of JSON, as it happens."
)
@click.option("-q", "--quiet/--no-quiet", is_flag=True, help="Print only warnings and errors.")
@_work(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="local: processes on this machine; ray: a Ray cluster.",
)
@_work(
    "--jobs",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Analyse N videos at a time.  [default: one for each core]",
)
@_work(
    "--address",
    metavar="HOST:PORT",
    help="Ray cluster to use.  [default: $RAY_ADDRESS, or the one that runs on this machine; otherwise one "
    "is started]",
)
@_work(
    "--num-gpus",
    type=FiniteFloatRange(0),
    metavar="N",
    help="GPUs for each task of the cluster, such as 0.5.  [default: 0.25 if the cluster has GPUs]",
)
@_analysis(
    "--model",
    type=PathName(),
    help="Model to use: an .onnx file made by `simpsons export`.  [default: the included models]",
)
@_analysis(
    "--provider",
    type=click.Choice(["auto", "cuda", "tensorrt", "cpu"]),
    default="auto",
    show_default=True,
    help="Where the model runs.",
)
@_analysis(
    "--regions",
    type=click.Choice(["auto", "detect", "full", "halves"]),
    default="auto",
    show_default=True,
    help="Parts of a frame to analyse; see `simpsons play`.",
)
@_analysis(
    "--threshold",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    help="Name nobody below this probability.  [default: the model's own]",
)
@_analysis(
    "--cast",
    type=PathName(),
    metavar="FILE",
    help="Also name the characters of this cast file.  [default: $SIMPSONS_CAST, or cast.json beside the "
    "config file]",
)
@_analysis(
    "--reference/--no-reference",
    is_flag=True,
    help="Run the model on every frame that has changed, instead of a few times a second.",
)
@_analysis(
    "--no-cache/--cache",
    is_flag=True,
    help="Run the model even if detections of a video are cached, and cache nothing.",
)
def add(
    files: tuple[str, ...],
    location: str | None,
    *,
    update: bool,
    as_json: bool,
    quiet: bool,
    engine: str,
    jobs: int,
    address: str | None,
    num_gpus: float | None,
    model: Path | None,
    provider: str,
    regions: str,
    threshold: float | None,
    cast: Path | None,
    reference: bool,
    no_cache: bool,
) -> None:
    """Analyse FILES and add them to a library: videos, folders of videos, patterns and playlists.

    Videos that are in the library are skipped, whatever they are called now, so the command can be stopped at
    any time and run again. A video that cannot be read is reported and stops no other; the exit code is 3
    then. Season and episode are read from names such as 'S04E12 Title.mkv' or 'Season 4/12 Title.mkv'.
    """
    where = library_location(location)
    require_cast(cast)
    if engine != "ray" and (address is not None or num_gpus is not None):
        raise click.UsageError("--address and --num-gpus are for --engine ray")
    if engine == "ray" and jobs:
        raise click.UsageError("--jobs is for --engine local; a cluster runs one task on each core")
    with held_interrupt():
        from simpsons_play.cast.cast_file import default_path
        from simpsons_play.cli.library_progress import AddDisplay
        from simpsons_play.library.adding import add_videos
        from simpsons_play.library.analysis_settings import AnalysisSettings
        from simpsons_play.library.engine import Engine
        from simpsons_play.library.local_engine import LocalEngine
        from simpsons_play.library.ray_engine import RayEngine
        from simpsons_play.library.store import LibraryStore

    settings = AnalysisSettings(
        model=model,
        cast=cast or default_path(),
        provider=provider,
        regions=regions,
        threshold=threshold,
        reference=reference,
        cached=not no_cache,
    )
    chosen: Engine = LocalEngine(jobs) if engine == "local" else RayEngine(address, num_gpus=num_gpus)
    with AddDisplay(where, as_json=as_json, quiet=quiet) as display:
        summary = add_videos(LibraryStore(where), files, settings, chosen, update=update, tell=display.show)
        display.end(summary)
    if summary.failed or summary.incomplete:
        raise click.exceptions.Exit(EXIT_INCOMPLETE)
