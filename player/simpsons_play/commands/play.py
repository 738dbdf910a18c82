"""`simpsons play`, which is `simpsons-play`, too."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from simpsons_play.command import EXIT_INCOMPLETE, Command, FiniteFloatRange
from simpsons_play.commands.outputs import output_options
from simpsons_play.config import AnalysisConfig, PlayRequest

_DEFAULTS = AnalysisConfig()


@click.command(
    cls=Command,
    short_help="Play a source and name the characters.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("source")
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    help="An .onnx file made by `simpsons export`; else the one that is shipped.",
)
@click.option(
    "--provider",
    type=click.Choice(["auto", "cuda", "tensorrt", "cpu"]),
    default="auto",
    show_default=True,
    help="What the network runs on. auto: CUDA when it really works, else the CPU, and says why.",
)
@click.option(
    "--regions",
    type=click.Choice(["auto", "detect", "full", "halves"]),
    default=_DEFAULTS.regions,
    show_default=True,
    help="Where to look. detect: for heads, wherever they are; full: at the whole frame; halves: at its left "
    "and right half by themselves. auto: for heads with a model that finds them, as the one shipped does; "
    "else at the whole and both halves, and each person is named once.",
)
@click.option(
    "--threshold",
    type=FiniteFloatRange(0, 1),
    metavar="P",
    help="Name nobody below this probability.  [default: the model's own]",
)
@click.option(
    "--top",
    type=click.IntRange(1),
    metavar="N",
    default=1,
    show_default=True,
    help="Show so many of the network's best guesses for each head or region; 1 shows only captions.",
)
@click.option(
    "--start",
    "start_s",
    type=FiniteFloatRange(0),
    default=0.0,
    metavar="SECONDS",
    help="Begin so far into the source.",
)
@click.option(
    "--duration",
    "duration_s",
    type=FiniteFloatRange(0, min_open=True),
    metavar="SECONDS",
    help="End so long after the beginning.",
)
@click.option("--no-window", is_flag=True, help="Run as fast as it goes, with a progress bar and a summary.")
@output_options
@click.option(
    "--no-cache",
    is_flag=True,
    help="Ask the network even where it was asked about this video before, and keep nothing. Else a "
    "whole file is looked at once, whatever the threshold; see `simpsons cache`.",
)
@click.option(
    "--corrections",
    type=click.Path(path_type=Path),
    default=PlayRequest("").corrections,
    show_default=True,
    metavar="FOLDER",
    help="Where the window saves pictures whose name was wrong (key x), as `simpsons train` reads them.",
)
@click.option(
    "--close-at-end", is_flag=True, help="Close the window when the source ends, instead of waiting."
)
def play(
    *, threshold: float | None, top: int, regions: str, no_window: bool, no_cache: bool, **options: Any
) -> None:
    """Play SOURCE and name the characters on the picture.

    SOURCE is a video file, a picture, a folder of pictures, the number of a camera (0 is the first), or an
    address such as rtsp://... or http://...; a live stream that is lost is looked for again.
    """
    config = dataclasses.replace(_DEFAULTS, threshold=threshold, top=max(top, _DEFAULTS.top), regions=regions)
    request = PlayRequest(config=config, listed=top, cached=not no_cache, **options)
    if no_window or request.outputs:
        from simpsons_play.headless import play_without_window

        if not play_without_window(request):
            raise click.exceptions.Exit(EXIT_INCOMPLETE)
    else:
        from simpsons_play.windowed import play_in_window

        play_in_window(request)
