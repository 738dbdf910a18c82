"""`simpsons library stats`."""

from __future__ import annotations

from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.library_option import library_location, library_option, season_option
from simpsons_play.cli.params import PathName, refuse_same
from simpsons_play.core.interrupts import held_interrupt


@click.command(
    cls=Command,
    short_help="Show screen time by character and season, and who meets whom.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@library_option
@season_option
@click.option("--json/--no-json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option(
    "--matrix",
    type=PathName(),
    metavar="FILE.csv",
    help="Also write a table of the seconds that each two characters are on screen together.",
)
@click.option(
    "--network",
    type=PathName(),
    metavar="FILE.graphml",
    help="Also write who meets whom as a graph, for Gephi, Cytoscape or networkx.",
)
def stats(
    location: str | None,
    *,
    seasons: tuple[int, ...],
    as_json: bool,
    matrix: Path | None,
    network: Path | None,
) -> None:
    """Show how long each character is on screen, by season, with whom, and where first, last and longest."""
    refuse_same(matrix, network)
    where = library_location(location)
    with held_interrupt():
        from simpsons_play.cli.library_lines import statistics_json, statistics_lines
        from simpsons_play.library.api import Library
        from simpsons_play.library.meetings import write_matrix, write_network

    found = Library(where).statistics(seasons=seasons)
    if matrix is not None:
        write_matrix(found, matrix)
    if network is not None:
        write_network(found, network)
    for line in [statistics_json(found)] if as_json else statistics_lines(found):
        say(line)
