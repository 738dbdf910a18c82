"""Arguments and options of the commands that take pictures out of episodes. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from simpsons_play.cli.params import FiniteFloatRange, PathName
from simpsons_training.commands.options import Decorator
from simpsons_training.labelling.config import ChoiceConfig

_DEFAULTS = ChoiceConfig()

episodes_argument: Decorator = click.argument("episodes", nargs=-1, required=True, type=click.Path())
"""EPISODES: video files, folders and playlists."""


def into_option(help_text: str) -> Decorator:
    """`--into`, the folder of the data set.

    Args:
        help_text: Help text.
    """
    return click.option(
        "--into", "folder", type=PathName(folder=True), required=True, metavar="FOLDER", help=help_text
    )


def choice_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--seed`, `--skip-start` and `--skip-end`: the fields of a `ChoiceConfig`."""
    options = (
        click.option(
            "--seed",
            type=click.IntRange(0),
            metavar="N",
            default=_DEFAULTS.seed,
            show_default=True,
            help="Random seed of the times.",
        ),
        click.option(
            "--skip-start",
            "skip_start_s",
            type=FiniteFloatRange(0),
            metavar="SECONDS",
            help="Length of the opening titles, which are skipped.  "
            "[default: 90; 0 in videos under 10 minutes]",
        ),
        click.option(
            "--skip-end",
            "skip_end_s",
            type=FiniteFloatRange(0),
            metavar="SECONDS",
            help="Length of the end credits, which are skipped.  [default: 45; 0 in videos under 10 minutes]",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command
