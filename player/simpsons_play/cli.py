"""The command line: options -> one library call -> words on the terminal.

Heavy libraries are imported inside the commands, so that `--help` and completion answer at once.
"""

from __future__ import annotations

import dataclasses
from importlib.metadata import entry_points
from pathlib import Path

import click

from simpsons_play.command import EXIT_ERROR, EXIT_INCOMPLETE, AtOnce, Command, FiniteFloatRange
from simpsons_play.config import AnalysisConfig, PlayRequest
from simpsons_play.errors import DependencyError

_ENTRY_POINTS = "simpsons.commands"
_DEFAULTS = AnalysisConfig()


class _Commands(AtOnce, click.Group):
    """Finds its commands under the entry-point group `simpsons.commands`: each package registers its own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every registered name, sorted."""
        return sorted(entry_points(group=_ENTRY_POINTS).names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one; None where nobody registered that name."""
        for entry in entry_points(group=_ENTRY_POINTS, name=cmd_name):
            command = entry.load()
            if not isinstance(command, click.Command):
                raise DependencyError(f"{entry.value} is not a click command")
            return command
        return None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="simpsons-play", message="%(package)s %(version)s")
def main() -> None:
    """Name the characters of The Simpsons: play, measure, train, export."""


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
    type=click.Choice(["detect", "full", "halves"]),
    help="Where to look: for heads, wherever they are; at the whole frame; or at its left and right half "
    "by themselves.  [default: what the model was made for; the one shipped finds heads]",
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
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write the video with captions on it, its sound kept (.mp4, .m4v, .mov, .mkv, .webm, .avi). "
    "No window.",
)
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    help="Write what was seen in each frame, as JSON Lines. No window.",
)
@click.option(
    "--subtitles",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Write the names as subtitles (.srt, .vtt, .ass), at the side where each is; may be given several "
    "times. No window.",
)
@click.option(
    "--no-cache",
    is_flag=True,
    help="Ask the network even where it was asked about this video before, and keep nothing. Else a "
    "whole file is looked at once, whatever the threshold; see `simpsons cache`.",
)
@click.option(
    "--close-at-end", is_flag=True, help="Close the window when the source ends, instead of waiting."
)
def play(
    source: str,
    model: Path | None,
    provider: str,
    regions: str | None,
    threshold: float | None,
    top: int,
    start_s: float,
    duration_s: float | None,
    no_window: bool,
    output: Path | None,
    predictions: Path | None,
    subtitles: tuple[Path, ...],
    no_cache: bool,
    close_at_end: bool,
) -> None:
    """Play SOURCE and name the characters on the picture.

    SOURCE is a video file, a picture, a folder of pictures, or the number of a camera (0 is the first).
    """
    config = dataclasses.replace(_DEFAULTS, threshold=threshold, top=max(top, _DEFAULTS.top), regions=regions)
    request = PlayRequest(
        source=source,
        model=model,
        provider=provider,
        config=config,
        listed=top,
        start_s=start_s,
        duration_s=duration_s,
        output=output,
        predictions=predictions,
        subtitles=subtitles,
        close_at_end=close_at_end,
        cached=not no_cache,
    )
    if no_window or request.outputs:
        from simpsons_play.headless import play_without_window

        if not play_without_window(request):
            raise click.exceptions.Exit(EXIT_INCOMPLETE)
    else:
        from simpsons_play.windowed import play_in_window

        play_in_window(request)


@click.command(
    cls=Command,
    short_help="Say what works here and what is missing.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--model", type=click.Path(path_type=Path), help="An .onnx file; else both that are shipped.")
def doctor(model: Path | None) -> None:
    """Say what works on this machine, what is missing, and the command that mends it."""
    from simpsons_play.doctor import examine

    findings = list(examine(model))
    for finding in findings:
        click.echo(finding.line())
    if any(finding.state == "broken" for finding in findings):
        raise click.exceptions.Exit(EXIT_ERROR)


@click.command(
    cls=Command,
    short_help="Show or clear what is kept of videos.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--clear", is_flag=True, help="Remove all of it.")
def cache(clear: bool) -> None:
    """Show what is kept of the videos that were looked at, or clear it.

    What a network says of each frame of a whole file is kept by the contents of video and network, so that
    another threshold or output does not ask it again. What was not used for longest goes when 1 GiB is full.
    The environment variable SIMPSONS_CACHE names another folder; where it is empty, nothing is kept.
    """
    from simpsons_play.cache import TrackCache
    from simpsons_play.report import cache_lines

    tracks = TrackCache()
    if clear:
        click.echo(f"Removed: {tracks.clear()} of {tracks.folder}" if tracks.folder else "Nothing is kept")
        return
    for line in cache_lines(tracks.folder, list(tracks.entries())):
        click.echo(line)
