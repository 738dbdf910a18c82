"""`simpsons library export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.library_option import library_location, library_option
from simpsons_play.cli.params import PathName, Seconds, grouped
from simpsons_play.core.exit_codes import EXIT_INCOMPLETE
from simpsons_play.core.interrupts import held_interrupt

_kinds = grouped("Programs")

_DEFAULT = "\0"
"""What `--mpv` without a folder stands for; no folder can have this name."""


class _ScriptsFolder(PathName):
    """A folder that may be left out."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse a path, except `_DEFAULT`."""
        return value if value == _DEFAULT else super().convert(value, param, ctx)


@click.command(
    cls=Command,
    short_help="Write files for Jellyfin, Kodi and mpv.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@library_option
@_kinds("--jellyfin/--no-jellyfin", is_flag=True, help="Write NAME.nfo: the characters as actors.")
@_kinds(
    "--kodi/--no-kodi", is_flag=True, help="Write NAME.nfo, and NAME.edl with scene markers to jump between."
)
@_kinds(
    "--matroska/--no-matroska",
    is_flag=True,
    help="Write NAME.chapters.xml: chapters for mkvpropedit and mkvmerge.",
)
@_kinds(
    "--copies",
    type=PathName(folder=True),
    metavar="FOLDER",
    help="Copy the videos to FOLDER/NAME.mkv with chapters in them. Nothing is encoded.",
)
@_kinds(
    "--mpv",
    type=_ScriptsFolder(folder=True),
    is_flag=False,
    flag_value=_DEFAULT,
    metavar="[FOLDER]",
    help="Write a script that shows who is on screen at a key.  [default: mpv's folder of scripts]",
)
@click.option(
    "--folder",
    type=PathName(folder=True),
    metavar="FOLDER",
    help="Write the files of --jellyfin, --kodi and --matroska here, not beside the videos.",
)
@click.option(
    "--pictures/--no-pictures", is_flag=True, help="With --jellyfin or --kodi: also write pictures of actors."
)
@click.option(
    "--chapter-length",
    "min_chapter_s",
    type=Seconds(),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="Shortest chapter.",
)
@click.option(
    "--overwrite/--no-overwrite", is_flag=True, help="Replace files that other programs have written."
)
def export(
    location: str | None,
    *,
    jellyfin: bool,
    kodi: bool,
    matroska: bool,
    copies: Path | None,
    mpv: Path | str | None,
    folder: Path | None,
    pictures: bool,
    min_chapter_s: float,
    overwrite: bool,
) -> None:
    """Write what other programs read, for all videos of a library. The videos themselves never change.

    Files of an earlier export are replaced. A file that another program wrote is left alone and reported, and
    so is a video that is gone; the exit code is 3 then. In mpv, X shows the names, c chooses a character, and
    n and N jump to where they appear.

        simpsons library export --kodi --mpv
    """
    where = library_location(location)
    beside = {name for name, on in (("jellyfin", jellyfin), ("kodi", kodi), ("matroska", matroska)) if on}
    if not beside and copies is None and mpv is None:
        raise click.UsageError("choose --jellyfin, --kodi, --matroska, --copies or --mpv")
    if folder is not None and not beside:
        raise click.UsageError("--folder needs --jellyfin, --kodi or --matroska")
    if pictures and not beside & {"jellyfin", "kodi"}:
        raise click.UsageError("--pictures needs --jellyfin or --kodi")
    with held_interrupt():
        from simpsons_play.core.names import counted
        from simpsons_play.library.api import Library
        from simpsons_play.library.exports.beside import export_beside, export_copies
        from simpsons_play.library.exports.mpv import export_mpv

    def tell(line: str) -> None:
        say(f"Warning: {line}", err=True)

    library, done = Library(where), []
    if beside:
        done.append(
            export_beside(
                library,
                beside,
                folder=folder,
                pictures=pictures,
                min_chapter_s=min_chapter_s,
                overwrite=overwrite,
                tell=tell,
            )
        )
    if copies is not None:
        done.append(
            export_copies(library, copies, min_chapter_s=min_chapter_s, overwrite=overwrite, tell=tell)
        )
    if mpv is not None:
        scripts = None if mpv == _DEFAULT else mpv
        done.append(export_mpv(library, scripts, min_chapter_s=min_chapter_s, overwrite=overwrite, tell=tell))
    say(f"{counted(sum(one.written for one in done), 'file')} for {counted(done[0].videos, 'video')}")
    if any(one.left_out for one in done):
        raise click.exceptions.Exit(EXIT_INCOMPLETE)
