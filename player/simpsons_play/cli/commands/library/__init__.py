"""`simpsons library`: many videos, their tables, and questions over them."""

from __future__ import annotations

import click

from simpsons_play.cli.commands.library.add import add
from simpsons_play.cli.commands.library.episodes import list_episodes, remove
from simpsons_play.cli.commands.library.export import export
from simpsons_play.cli.commands.library.find import find
from simpsons_play.cli.commands.library.query import query
from simpsons_play.cli.commands.library.stats import stats


@click.group(
    short_help="Analyse many videos, and ask who is in them.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def library() -> None:
    """Analyse many videos into tables, and ask them anything: a season, or all of them.

    A library is a folder of Parquet files. `simpsons library add` analyses videos and adds them; the other
    commands answer questions without analysing anything. `simpsons serve` shows a library in a browser.
    """


for command in (add, export, find, list_episodes, query, remove, stats):
    library.add_command(command)
