"""`simpsons library list` and `simpsons library remove`."""

from __future__ import annotations

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.library_option import library_location, library_option
from simpsons_play.core.interrupts import held_interrupt

_HELP = {"help_option_names": ["-h", "--help"]}


@click.command("list", cls=Command, short_help="List the videos in a library.", context_settings=_HELP)
@library_option
@click.option("--json/--no-json", "as_json", is_flag=True, help="Print one JSON object for each video.")
def list_episodes(location: str | None, as_json: bool) -> None:
    """List the videos in a library: ID, length, title and file."""
    where = library_location(location)
    with held_interrupt():
        from simpsons_play.cli.library_lines import episode_lines, row_lines
        from simpsons_play.library.api import Library

    columns, rows = Library(where).episodes().to_rows()
    for line in row_lines(columns, rows, "json") if as_json else episode_lines(columns, rows):
        say(line)


@click.command(cls=Command, short_help="Remove videos from a library.", context_settings=_HELP)
@click.argument("videos", nargs=-1, required=True, metavar="VIDEO...")
@library_option
def remove(videos: tuple[str, ...], location: str | None) -> None:
    """Remove videos from a library. The video files stay.

    VIDEO is the ID of an episode, or the beginning of it, as `simpsons library list` shows it, or the path of
    its file.
    """
    where = library_location(location)
    with held_interrupt():
        from simpsons_play.library.api import Library

    library = Library(where)
    for episode_id, title in library.matching(videos):
        library.remove(episode_id)
        say(f"Removed {title}")
