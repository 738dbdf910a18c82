"""Options that several commands share, each with one name and one range. Light: imports no Keras."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from simpsons_play.cli.params import FiniteFloatRange, PathName
from simpsons_training.config import SPLITS, TrainConfig
from simpsons_training.evaluation.config import CROPS, EvaluateConfig

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_DEFAULTS = TrainConfig()

folder_argument: Decorator = click.argument("folder", type=PathName(), envvar="SIMPSONS_DATA")
"""FOLDER, of pictures."""

model_argument: Decorator = click.argument("model", type=PathName())
"""MODEL, to judge."""

backgrounds_option: Decorator = click.option(
    "--backgrounds/--no-backgrounds",
    default=EvaluateConfig().backgrounds,
    show_default=True,
    help="Let what is beside marked characters join the people who are not to be named. Detectors are "
    "judged without.",
)
"""Whether backgrounds are judged."""


def output_option(words: str, *, default: Path | None = None) -> Decorator:
    """`--output`.

    Args:
        words: what is written there, as its help.
        default: where it is written if nothing is said; None where `words` tell.
    """
    return click.option("-o", "--output", type=PathName(), default=default, show_default=True, help=words)


def part_option(words: str) -> Decorator:
    """`--part`.

    Args:
        words: what the pictures are for, to begin its help with.
    """
    return click.option(
        "--part",
        type=click.Choice(CROPS),
        default=EvaluateConfig().part,
        show_default=True,
        help=f"{words} on the pictures kept for validation, on those to train on, or on all.",
    )


def seed_option(words: str) -> Decorator:
    """`--seed`.

    Args:
        words: what chance decides, as its help.
    """
    return click.option(
        "--seed",
        type=click.IntRange(0),
        metavar="N",
        default=_DEFAULTS.seed,
        show_default=True,
        help=words,
    )


def split_options(*, split: str, seed: str) -> Decorator:
    """`--split`, `--val-share` and `--seed`.

    Args:
        split: help of the first.
        seed: help of the last.
    """
    options = (
        click.option(
            "--split", type=click.Choice(SPLITS), default=_DEFAULTS.split, show_default=True, help=split
        ),
        click.option(
            "--val-share",
            type=FiniteFloatRange(0, 1, min_open=True, max_open=True),
            metavar="SHARE",
            default=_DEFAULTS.val_share,
            show_default=True,
            help="Share of pictures to validate on, where they are drawn.",
        ),
        seed_option(seed),
    )

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add
