"""`simpsons library query`."""

from __future__ import annotations

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.library_option import library_location, library_option
from simpsons_play.core.interrupts import held_interrupt


@click.command(
    cls=Command,
    short_help="Answer a question in SQL.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("sql")
@library_option
@click.option(
    "--format",
    "layout",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to print the rows. json: one object on each line.",
)
def query(sql: str, location: str | None, layout: str) -> None:
    """Answer a question in SQL, in the dialect of DuckDB.

    The tables are episodes, appearances, tracks, shots, screen_times, pairs, boxes, embeddings and
    thumbnails; docs/library.md lists their columns. They cannot be changed. For example:

        simpsons library query "SELECT * FROM screen_times LIMIT 5"
    """
    where = library_location(location)
    with held_interrupt():
        from simpsons_play.cli.library_lines import row_lines
        from simpsons_play.library.api import Library

    columns, rows = Library(where).query(sql).to_rows()
    for line in row_lines(columns, rows, layout):
        say(line)
