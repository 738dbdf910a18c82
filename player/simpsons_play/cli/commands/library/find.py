"""`simpsons library find`."""

from __future__ import annotations

from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.library_option import library_location, library_option, season_option
from simpsons_play.cli.params import Listed, PathName, Seconds, grouped, refuse_same
from simpsons_play.core.interrupts import held_interrupt

_write = grouped("Write")


@click.command(
    cls=Command,
    short_help="Find the moments with a character, in all videos.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@library_option
@click.option(
    "--who",
    type=click.STRING,
    multiple=True,
    required=True,
    metavar="NAME,...",
    help="Characters to find: one of them is on screen. Part of a name is enough.",
)
@click.option(
    "--with",
    "beside",
    type=click.STRING,
    multiple=True,
    metavar="NAME,...",
    help="Characters who are on screen at the same time, all of them.",
)
@click.option(
    "--without",
    type=click.STRING,
    multiple=True,
    metavar="NAME,...",
    help="Characters who are not on screen.",
)
@season_option
@click.option(
    "--episode",
    "episodes",
    type=Listed(click.INT),
    default=(),
    metavar="N,...",
    help="Only these episodes of their seasons.",
)
@click.option(
    "--at-least",
    "at_least_s",
    type=Seconds(),
    default=0.0,
    metavar="SECONDS",
    help="Leave out shorter moments: 2 or 2s.",
)
@click.option(
    "--gap",
    "gap_s",
    type=Seconds(),
    default=0.25,
    show_default=True,
    metavar="SECONDS",
    help="Join moments that are at most this far apart.",
)
@_write("--m3u", type=PathName(), metavar="FILE", help="Write a playlist for VLC, which plays the moments.")
@_write("--mpv", type=PathName(), metavar="FILE", help="Write a playlist for mpv, which plays the moments.")
@_write("--edl", type=PathName(), metavar="FILE", help="Write an edit list: CMX 3600.")
@_write("--otio", type=PathName(), metavar="FILE", help="Write an edit list: OpenTimelineIO.")
@_write("--fcpxml", type=PathName(), metavar="FILE", help="Write an edit list: Final Cut Pro.")
@_write(
    "--clips",
    type=PathName(),
    metavar="FILE",
    help="Write a supercut: a video of all moments, one after the other, with their sound (.mp4, .mkv, ...).",
)
@_write(
    "--copy/--no-copy",
    "copies",
    default=True,
    help="With --clips: copy H.264 between key frames instead of encoding it, which some players may not "
    "play.  [default: --copy]",
)
@click.option("--json/--no-json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def find(
    location: str | None,
    *,
    who: tuple[str, ...],
    beside: tuple[str, ...],
    without: tuple[str, ...],
    seasons: tuple[int, ...],
    episodes: tuple[int, ...],
    at_least_s: float,
    gap_s: float,
    m3u: Path | None,
    mpv: Path | None,
    edl: Path | None,
    otio: Path | None,
    fcpxml: Path | None,
    clips: Path | None,
    copies: bool,
    as_json: bool,
) -> None:
    """Find the moments at which characters are on screen, in all videos of a library.

    For example, every scene of Krusty and Bart without Lisa:

        simpsons library find --who krusty --with bart --without lisa
    """
    refuse_same(m3u, mpv, edl, otio, fcpxml, clips)
    where = library_location(location)
    with held_interrupt():
        from simpsons_play.cli.library_lines import moment_lines, moments_json
        from simpsons_play.cli.progress import progress_bar
        from simpsons_play.library.api import Library
        from simpsons_play.library.edit_lists import write_edit_list
        from simpsons_play.library.supercut import COPY_FROM_S, write_supercut

    try:
        moments = Library(where).find(
            who,
            beside=beside,
            without=without,
            seasons=seasons,
            episodes=episodes,
            at_least_s=at_least_s,
            gap_s=gap_s,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    lists = {"vlc": m3u, "mpv": mpv, "edl": edl, "otio": otio, "fcpxml": fcpxml}
    for kind, path in lists.items():
        if path is not None:
            write_edit_list(moments, path, kind=kind)
    if clips is not None:
        seconds = sum(moment.seconds for moment in moments)
        with progress_bar("Writing", round(seconds), unit="seconds of video") as report:
            write_supercut(
                moments,
                clips,
                copy_from_s=COPY_FROM_S if copies else None,
                progress=lambda done_s: report(round(done_s)),
                warn=lambda line: say(f"Warning: {line}", err=True),
            )
    for line in [moments_json(moments)] if as_json else moment_lines(moments):
        say(line)
