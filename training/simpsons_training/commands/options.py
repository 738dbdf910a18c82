"""Options that several commands share. Imports no Keras."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from simpsons_play.cli.base import FiniteFloatRange, PathName
from simpsons_training.config import SPLITS, TrainConfig
from simpsons_training.evaluation.config import PARTS, EvaluateConfig

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_DEFAULTS = TrainConfig()

folder_argument: Decorator = click.argument("folder", type=PathName(), envvar="SIMPSONS_DATA")
"""FOLDER: a folder of pictures."""

model_argument: Decorator = click.argument("model", type=PathName())
"""MODEL: the network to evaluate."""

backgrounds_option: Decorator = click.option(
    "--backgrounds/--no-backgrounds",
    default=EvaluateConfig().backgrounds,
    show_default=True,
    help="Add background crops from next to annotated characters to the unknown people. Not for detectors.",
)
"""Whether background crops are evaluated."""


def output_option(words: str, *, default: Path | None = None) -> Decorator:
    """`--output`.

    Args:
        words: Help text.
        default: Default path; None if the help text describes it.
    """
    return click.option("-o", "--output", type=PathName(), default=default, show_default=True, help=words)


def part_option(words: str) -> Decorator:
    """`--part`.

    Args:
        words: Beginning of the help text: what the pictures are used for.
    """
    return click.option(
        "--part",
        type=click.Choice(PARTS),
        default=EvaluateConfig().part,
        show_default=True,
        help=f"{words}: the validation pictures, the training pictures, or all.",
    )


def seed_option(words: str) -> Decorator:
    """`--seed`.

    Args:
        words: Help text.
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
        split: Help text of `--split`.
        seed: Help text of `--seed`.
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
            help="Share of pictures to validate on, if the split is drawn.",
        ),
        seed_option(seed),
    )

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add
