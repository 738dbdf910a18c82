"""Options that several commands share. Imports no Keras."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from simpsons_models import default_model
from simpsons_play.cli.params import FiniteFloatRange, PathName
from simpsons_training.config import SPLITS, TrainConfig
from simpsons_training.evaluation.config import PARTS, EvaluateConfig

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_DEFAULTS = TrainConfig()

folder_argument: Decorator = click.argument("folder", type=PathName(), envvar="SIMPSONS_DATA")
"""FOLDER: a folder of pictures."""

folders_argument: Decorator = click.argument(
    "folders", type=PathName(), nargs=-1, required=True, metavar="FOLDER...", envvar="SIMPSONS_DATA"
)
"""FOLDER...: one or more folders of pictures."""

model_argument: Decorator = click.argument("model", type=PathName())
"""MODEL: the network to evaluate."""

backgrounds_option: Decorator = click.option(
    "--backgrounds/--no-backgrounds",
    default=EvaluateConfig().backgrounds,
    show_default=True,
    help="Also evaluate on background crops, the areas next to boxes, as unknown people. Not for detectors.",
)
"""Whether background crops are evaluated."""


def output_option(help_text: str, *, default: Path | None = None) -> Decorator:
    """`--output`.

    Args:
        help_text: Help text.
        default: Default path; None if the help text describes it.
    """
    return click.option("-o", "--output", type=PathName(), default=default, show_default=True, help=help_text)


def report_folder(model: Path, kind: str) -> Path:
    """Where the report on a network goes: next to its file, or `reports` for the included models.

    Example:
        >>> report_folder(Path("runs/mine/last.keras"), "evaluation").as_posix()
        'runs/mine/evaluation-last'
    """
    name = model.stem if model.suffix.lower() == ".keras" else model.name
    is_included = model.resolve().parent == default_model().resolve().parent
    return (Path("reports") if is_included else model.parent) / f"{kind}-{name}"


def part_option(purpose: str) -> Decorator:
    """`--part`.

    Args:
        purpose: What the pictures are used for, to start the help text.
    """
    return click.option(
        "--part",
        type=click.Choice(PARTS),
        help=f"{purpose}: the validation pictures, the training pictures, or all.  [default: val; all if "
        "MODEL was trained on other pictures]",
    )


def seed_option(help_text: str) -> Decorator:
    """`--seed`.

    Args:
        help_text: Help text.
    """
    return click.option(
        "--seed",
        type=click.IntRange(0),
        metavar="N",
        default=_DEFAULTS.seed,
        show_default=True,
        help=help_text,
    )


def split_options(*, split: str, seed: str, as_trained: bool = False) -> Decorator:
    """`--split`, `--val-share` and `--seed`.

    Args:
        split: Help text of `--split`.
        seed: Help text of `--seed`.
        as_trained: Without them, the values are None, for those that MODEL was trained with.
    """
    default = "  [default: as MODEL was trained]" if as_trained else ""
    options = (
        click.option(
            "--split",
            type=click.Choice(SPLITS),
            default=None if as_trained else _DEFAULTS.split,
            show_default=True,
            help=f"{split}{default}",
        ),
        click.option(
            "--val-share",
            type=FiniteFloatRange(0, 1, min_open=True, max_open=True),
            metavar="SHARE",
            default=None if as_trained else _DEFAULTS.val_share,
            show_default=True,
            help=f"Share of pictures to validate on, if the split is drawn.{default}",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0),
            metavar="N",
            default=None if as_trained else _DEFAULTS.seed,
            show_default=True,
            help=f"{seed}{default}",
        ),
    )

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add
