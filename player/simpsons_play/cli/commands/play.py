"""`simpsons play`, also installed as `simpsons-play`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.cast_option import require_cast
from simpsons_play.cli.commands.outputs import WRITE, output_options
from simpsons_play.cli.params import (
    FiniteFloatRange,
    GroupedActionOption,
    Listed,
    PathName,
    Rate,
    grouped,
)
from simpsons_play.core.assets import sample_clip
from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.cores import all_cores
from simpsons_play.core.escaping import one_line
from simpsons_play.core.exit_codes import EXIT_INCOMPLETE
from simpsons_play.core.interrupts import held_interrupt
from simpsons_play.core.label_search import chosen_labels
from simpsons_play.core.play_request import NAME, PlayRequest

_DEFAULTS = AnalysisConfig()
_analysis, _playback, _write = grouped("Analysis"), grouped("Playback"), grouped(WRITE)


@click.command(
    cls=Command,
    short_help="Play a video and name the characters.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="simpsons-play", message="%(package)s %(version)s")
@click.argument("sources", nargs=-1, type=click.Path(), metavar="[SOURCE]...")
@_analysis(
    "--model",
    type=PathName(),
    help="Model to use: an .onnx file made by `simpsons export`. A classifier names the heads that the "
    "included detector finds.  [default: the included models]",
)
@_analysis(
    "--provider",
    type=click.Choice(["auto", "cuda", "tensorrt", "cpu"]),
    default="auto",
    show_default=True,
    help="Where the model runs. auto: on CUDA if it works, otherwise on the CPU; one line says why.",
)
@_analysis(
    "--regions",
    type=click.Choice(["auto", "detect", "full", "halves"]),
    default=_DEFAULTS.regions,
    show_default=True,
    help="Parts of a frame to analyse. detect: heads, wherever they are; full: the whole frame; halves: its "
    "left and right half. auto: heads, and the whole frame and its halves where no head can be named. Each "
    "character is named once.",
)
@_analysis(
    "--threshold",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    help="Show no name below this probability.  [default: the model's own]",
)
@_analysis(
    "--top",
    type=click.IntRange(1),
    metavar="N",
    default=1,
    show_default=True,
    help="Show the N most likely names for each head or region; 1 shows only the caption.",
)
@_analysis(
    "--only",
    type=Listed(click.STRING),
    multiple=True,
    metavar="NAME,...",
    help="Name only these characters, everywhere: homer or 'homer,bart'. Part of a name is enough; if it "
    "matches several characters, all of them are named. Predictions still include what the model found of "
    "the others. Can be repeated.",
)
@_analysis(
    "--cast",
    type=PathName(),
    metavar="FILE",
    help="Also name the characters of this cast file, which `simpsons teach` makes.  "
    "[default: $SIMPSONS_CAST, or cast.json beside the config file]",
)
@_analysis(
    "--hide-below",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    default=0.0,
    help="Do not draw names below this probability; tables, reports and subtitles still include them.",
)
@_playback(
    "--sample",
    cls=GroupedActionOption,
    is_flag=True,
    help="Play the included sample clip, a cartoon of twenty seconds, instead of a SOURCE.",
)
@_playback(
    "--start",
    "start_s",
    type=FiniteFloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Start this many seconds into the source.",
)
@_playback(
    "--duration",
    "duration_s",
    type=FiniteFloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop after this many seconds.",
)
@_playback(
    "--fps",
    type=Rate(),
    metavar="RATE",
    help="Play the pictures of a folder, a numbered sequence (frames_%05d.png) or a pattern as a video with "
    "this frame rate: 25, 23.976 or 24000/1001. Numbered sequences play at 25 by default.",
)
@_playback(
    "--deinterlace",
    type=click.Choice(["auto", "off"]),
    default="auto",
    show_default=True,
    help="auto: deinterlace frames that are flagged as interlaced; off: leave them as they are, and cache "
    "nothing.",
)
@_playback(
    "--loop",
    "loops",
    type=click.IntRange(0),
    metavar="N",
    default=1,
    show_default=True,
    help="Play the source N times; 0: until stopped. Without a window, the model runs again each time.",
)
@_playback(
    "--no-window/--window",
    is_flag=True,
    help="Run as fast as possible without a window, with a progress bar and a summary.",
)
@output_options
@_write(
    "--jobs",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    metavar="N",
    help="Analyse N files at a time, each in a process of its own; 0: one for each two cores. Each loads the "
    "models. For files and URLs, without a window; other runs ignore it.",
)
@_analysis(
    "--no-cache/--cache",
    is_flag=True,
    help="Run the model even if detections of this video are cached, and cache nothing. By default the model "
    "runs once for each file, whatever the threshold; see `simpsons cache`.",
)
@_analysis(
    "--reference/--no-reference",
    is_flag=True,
    help="Run the model on every frame that has changed, for comparison. By default it runs at the start of "
    "each shot and a few times a second, and the names move with the heads in between.",
)
@_playback(
    "--corrections",
    type=PathName(),
    default=PlayRequest("").corrections,
    show_default=True,
    metavar="FOLDER",
    help="Folder for frames whose names you correct in the window (key x), in the layout that "
    "`simpsons train` reads.",
)
@_playback("--close-at-end/--no-close-at-end", help="Close the window when the source ends.")
def play(
    *,
    sources: tuple[str, ...],
    sample: bool,
    threshold: float | None,
    top: int,
    regions: str,
    no_window: bool,
    no_cache: bool,
    reference: bool,
    only: tuple[tuple[str, ...], ...],
    cast: Path | None,
    jobs: int,
    **options: Any,
) -> None:
    """Play each SOURCE and name the characters in it.

    SOURCE is a video file, a picture, a folder of pictures or videos, a playlist (.m3u, .pls, .xspf), a
    pattern such as 'season1/*.avi', the number of a camera (0 is the first) or part of its name
    (camera:logi), a URL such as rtsp://... or http://..., a named pipe, or - for a video on standard input.
    If a live stream is lost, the player reconnects. Without a SOURCE, an empty window opens, on which you can
    drop files.

    A file or folder called 7 takes precedence over camera 7; camera:7 is always the camera. ./- is a file
    called -. Patterns and playlists can only contain files and http:// or https:// URLs.

    {name} in the name of an output stands for the name of the source; with several sources, every output
    needs it.
    """
    with held_interrupt():
        from simpsons_play.cast.cast_file import default_path
        from simpsons_play.sources import expand, reads_device
        from simpsons_play.window import require_display

    config = dataclasses.replace(_DEFAULTS, threshold=threshold, top=max(top, _DEFAULTS.top), regions=regions)
    config = config.for_reference() if reference else config
    template = PlayRequest(
        "", config=config, listed=top, cast=cast or default_path(), cached=not no_cache, **options
    )
    if sample and sources:
        raise click.UsageError("--sample plays the included clip and cannot be combined with a SOURCE.")
    if sample:
        sources = (str(sample_clip()),)
    windowless = bool(no_window or template.outputs or template.as_json)
    if windowless:
        require_cast(cast)
    if not sources and windowless:
        raise click.UsageError("Missing argument 'SOURCE...'.")
    if not sources:
        require_display()
    expanded = expand(
        sources,
        as_frames=template.fps is not None,
        tell=lambda line: say(f"Warning: {line}", err=True),
    )
    if only:
        names = [name for group in only for name in group]
        template = dataclasses.replace(template, only=_chosen(names, template))
    requests = [template.of(source) for source in expanded]
    if template.loops != 1 and (template.outputs or len(requests) > 1):
        raise click.UsageError("--loop takes one source and cannot be combined with outputs.")
    _refuse_shared_names(template, requests)
    jobs = min(jobs or max(1, all_cores() // 2), len(requests))
    if windowless and jobs > 1:
        for device in filter(reads_device, expanded):
            raise click.UsageError(
                f"--jobs is for files and URLs, not for {one_line(device)}; give --jobs 1."
            )
        with held_interrupt():
            from simpsons_play.cli.parallel_files import play_in_parallel

        if not play_in_parallel(requests, jobs=jobs):
            raise click.exceptions.Exit(EXIT_INCOMPLETE)
    elif windowless:
        with held_interrupt():
            from simpsons_play.cli.play_headless import play_without_window

        if not play_without_window(requests):
            raise click.exceptions.Exit(EXIT_INCOMPLETE)
    else:
        with held_interrupt():
            from simpsons_play.cli.play_windowed import play_in_window

        play_in_window(requests, template)


def _chosen(names: Sequence[str], template: PlayRequest) -> frozenset[str]:
    """The labels that `--only` means; a line on standard error names them where a part is ambiguous."""
    with held_interrupt():
        from simpsons_play.cast.cast_file import CastFile
        from simpsons_play.inference.loading import load_network

    network = load_network(template.model, regions=template.config.regions, provider="cpu", threads=1)
    taught = () if template.cast is None else CastFile(template.cast).load().labels
    try:
        choice = chosen_labels(names, tuple(dict.fromkeys((*network.labels, *taught))))
    except ValueError as error:
        context = click.get_current_context()
        (option,) = (param for param in context.command.params if param.name == "only")
        raise click.BadParameter(str(error), ctx=context, param=option) from error
    for note in () if template.quiet else choice.notes:
        say(f"--only {note}", err=True)
    return choice.labels


def _refuse_shared_names(template: PlayRequest, requests: Sequence[PlayRequest]) -> None:
    """Raise UsageError if the outputs of one source would overwrite those of another."""
    if len(requests) < 2:
        return
    for path in template.outputs:
        if NAME not in str(path):
            raise click.UsageError(
                f"{path} would be written {len(requests)} times; put {NAME} into it, which becomes "
                "the name of each source."
            )
    written: dict[Path, str] = {}
    for request in requests:
        for path in request.outputs:
            if (other := written.setdefault(path, request.source)) != request.source:
                both = one_line(f"{other} and {request.source} would both be written to {path}.")
                raise click.UsageError(both)
