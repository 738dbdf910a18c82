"""`simpsons play`, which is `simpsons-play`, too."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from simpsons_play.cli.base import EXIT_INCOMPLETE, Command, FiniteFloatRange, PathName, Rate, grouped, say
from simpsons_play.cli.commands.outputs import output_options
from simpsons_play.core.config import NAME, AnalysisConfig, PlayRequest
from simpsons_play.core.escaping import one_line
from simpsons_play.core.interrupts import held_interrupt

_DEFAULTS = AnalysisConfig()
_look, _play = grouped("How to look"), grouped("How to play")


@click.command(
    cls=Command,
    short_help="Play a source and name the characters.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="simpsons-play", message="%(package)s %(version)s")
@click.argument("sources", nargs=-1, type=click.Path(), metavar="[SOURCE]...")
@_look(
    "--model",
    type=PathName(),
    help="An .onnx file made by `simpsons export`; else the one that is shipped.",
)
@_look(
    "--provider",
    type=click.Choice(["auto", "cuda", "tensorrt", "cpu"]),
    default="auto",
    show_default=True,
    help="What the network runs on. auto: CUDA when it really works, else the CPU, and says why.",
)
@_look(
    "--regions",
    type=click.Choice(["auto", "detect", "full", "halves"]),
    default=_DEFAULTS.regions,
    show_default=True,
    help="Where to look. detect: for heads, wherever they are; full: at the whole frame; halves: at its left "
    "and right half by themselves. auto: for heads with a model that finds them, as the one shipped does, "
    "and at the whole and both halves where no head says who is there; each person is named once.",
)
@_look(
    "--threshold",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    help="Name nobody below this probability.  [default: the model's own]",
)
@_look(
    "--top",
    type=click.IntRange(1),
    metavar="N",
    default=1,
    show_default=True,
    help="Show so many of the network's best guesses for each head or region; 1 shows only captions.",
)
@_look(
    "--hide-below",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    default=0.0,
    help="Do not draw names below this probability; they are still counted and written.",
)
@_play(
    "--start",
    "start_s",
    type=FiniteFloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Start this many seconds in.",
)
@_play(
    "--duration",
    "duration_s",
    type=FiniteFloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop after so many seconds.",
)
@_play(
    "--fps",
    type=Rate(),
    metavar="RATE",
    help="Play the pictures of a folder, of a numbered sequence (frames_%05d.png) or of a pattern as a video "
    "at so many frames per second: 25, 23.976 or 24000/1001. Numbered sequences play at 25 by default.",
)
@_play(
    "--deinterlace",
    type=click.Choice(["auto", "off"]),
    default="auto",
    show_default=True,
    help="Deinterlace pictures that are flagged as interlaced; off leaves them as they are, uncached.",
)
@_play(
    "--loop",
    "loops",
    type=click.IntRange(0),
    metavar="N",
    default=1,
    show_default=True,
    help="Play it N times; 0: until stopped. Without a window the network is asked anew each time.",
)
@_play(
    "--no-window/--window", is_flag=True, help="Run as fast as it goes, with a progress bar and a summary."
)
@output_options
@_look(
    "--no-cache/--cache",
    is_flag=True,
    help="Ask the network even where it was asked about this video before, and keep nothing. Else a "
    "whole file is looked at once, whatever the threshold; see `simpsons cache`.",
)
@_play(
    "--corrections",
    type=PathName(),
    default=PlayRequest("").corrections,
    show_default=True,
    metavar="FOLDER",
    help="Where the window saves pictures whose name was wrong (key x), as `simpsons train` reads them.",
)
@_play("--close-at-end/--no-close-at-end", help="Close the window when the source ends, instead of waiting.")
def play(
    *,
    sources: tuple[str, ...],
    threshold: float | None,
    top: int,
    regions: str,
    no_window: bool,
    no_cache: bool,
    **options: Any,
) -> None:
    """Play each SOURCE and name the characters on the picture.

    SOURCE is a video file, a picture, a folder of pictures or of videos, a playlist (.m3u, .pls, .xspf), a
    pattern such as 'season1/*.avi', the number of a camera (0 is the first) or a part of its name
    (camera:logi), an address such as rtsp://... or http://..., a named pipe, or - for a video on standard
    input; a live stream that is lost is looked for again. Without any the window waits for one to be dropped
    or chosen.

    A file or folder called 7 is played instead of camera 7, which is also camera:7. ./- is a file called -.
    What patterns find and playlists list are files, or addresses that begin with http:// or https://.

    {name} in the name of a file or folder to write stands for the name of the source: of several, each needs
    its own.
    """
    with held_interrupt():
        from simpsons_play.sources import expand
        from simpsons_play.window import display_problem

    config = dataclasses.replace(_DEFAULTS, threshold=threshold, top=max(top, _DEFAULTS.top), regions=regions)
    template = PlayRequest("", config=config, listed=top, cached=not no_cache, **options)
    windowless = bool(no_window or template.outputs or template.as_json)
    if not sources and (windowless or display_problem() is not None):
        raise click.UsageError("Missing argument 'SOURCE...'.")
    expanded = expand(
        sources,
        as_frames=template.fps is not None,
        tell=lambda line: say(f"Warning: {line}", err=True),
    )
    requests = [template.of(source) for source in expanded]
    if template.loops != 1 and (template.outputs or len(requests) > 1):
        raise click.UsageError("--loop takes one source and cannot be combined with outputs.")
    _refuse_shared_names(template, requests)
    if windowless:
        with held_interrupt():
            from simpsons_play.cli.play_headless import play_without_window

        if not play_without_window(requests):
            raise click.exceptions.Exit(EXIT_INCOMPLETE)
    else:
        with held_interrupt():
            from simpsons_play.cli.play_windowed import play_in_window

        play_in_window(requests, template)


def _refuse_shared_names(template: PlayRequest, requests: Sequence[PlayRequest]) -> None:
    """Raise UsageError where what is written of one source would replace what is written of another."""
    if len(requests) < 2:
        return
    for path in template.outputs:
        if NAME not in str(path):
            raise click.UsageError(
                f"{path} would be written {len(requests)} times; put {NAME} into it, which stands for "
                "the name of each source."
            )
    written: dict[Path, str] = {}
    for request in requests:
        for path in request.outputs:
            if (other := written.setdefault(path, request.source)) != request.source:
                both = one_line(f"{other} and {request.source} would both be written to {path}.")
                raise click.UsageError(both)
