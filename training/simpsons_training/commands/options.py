"""Options that several commands share. Imports no Keras."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from simpsons_models import default_model
from simpsons_play.cli.params import FiniteFloatRange, PathName
from simpsons_play.core.errors import ModelError
from simpsons_play.inference.model_card import SplitRecord
from simpsons_training.config import SPLITS, TrainConfig
from simpsons_training.evaluation.config import PARTS, EvaluateConfig

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

_DEFAULTS = TrainConfig()
_MAX_CHARACTERS = 60
"""Of the name of a folder, in the name of its report."""

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


def check_model(model: Path) -> None:
    """Check that MODEL is a file.

    Raises:
        ModelError: It is not; if it is the folder of a training, the message names the network in it.
    """
    if model.is_file():
        return
    networks = [model / name for name in ("last.keras", "last.onnx") if (model / name).is_file()]
    if networks:
        raise ModelError(f"{model} is the folder of a training; give {networks[0]}")
    raise ModelError(f"{model} is not a file; give an .onnx or .keras file first, then folders")


_RESULTS = {"evaluation": "metrics.json", "thresholds": "thresholds.json"}
"""Kind of report -> its file that says which folders it is on."""


def report_folder(
    model: Path,
    kind: str,
    folders: Sequence[Path],
    *,
    trained_on: SplitRecord | None,
    options: Mapping[str, object] = MappingProxyType({}),
) -> Path:
    """Where the report on a network goes: next to its file, or `reports` for the included models.

    The folder is the same whenever the network is evaluated on the same folders with the same options, and
    contains no report on others.

    Args:
        model: The network's file.
        kind: `evaluation` or `thresholds`.
        folders: Folders of the pictures. Unless they have the names of those of the training, they are part
            of the name.
        trained_on: Split record of the network.
        options: Options that select other pictures than by default, if not None, by their names; they are
            part of the name, too.

    Example:
        >>> record = SplitRecord("given", 0.15, 0, folders=("pictures",))
        >>> model = Path("runs/mine/last.keras")
        >>> report_folder(model, "evaluation", [Path("pictures")], trained_on=record).as_posix()
        'runs/mine/evaluation-last'
        >>> report_folder(model, "evaluation", [Path("testset")], trained_on=record).as_posix()
        'runs/mine/evaluation-last-testset'
        >>> folder = report_folder(
        ...     model, "evaluation", [Path("pictures")], trained_on=record, options={"seed": 3, "part": None}
        ... )
        >>> folder.as_posix()
        'runs/mine/evaluation-last-seed-3'
    """
    suffix = model.suffix.lower().removeprefix(".")
    is_included = model.resolve().parent == default_model().resolve().parent
    parent = Path("reports") if is_included else model.parent
    name = f"{kind}-{model.stem}{'' if suffix == 'keras' else f'-{suffix}'}"
    for option, value in options.items():
        name += "" if value is None else f"-{option}-{value}"
    names = sorted(folder.resolve().name for folder in folders)
    more = f"-and-{len(names) - 1}-more" if len(names) > 1 else ""
    own_name = f"{name}-{names[0][:_MAX_CHARACTERS]}{more}"
    candidates = [own_name]
    if trained_on is not None and sorted(trained_on.folders) == names:
        candidates.insert(0, name)
    numbered = (f"{own_name}-{number}" for number in count(2))
    return next(
        parent / folder
        for folder in chain(candidates, numbered)
        if not _is_on_others(parent / folder / _RESULTS[kind], folders)
    )


def _is_on_others(results: Path, folders: Sequence[Path]) -> bool:
    """Whether the results of an earlier report are on other folders."""
    from simpsons_training.files import resolved  # imports the sinks, which --help does not need

    try:
        values = json.loads(results.read_bytes())
        return sorted(values["folders"]) != sorted(resolved(folders))
    except FileNotFoundError:
        return False
    except Exception:  # anything may be in a file that we have not written
        return True


def part_option(purpose: str) -> Decorator:
    """`--part`.

    Args:
        purpose: What the pictures are used for, to start the help text.
    """
    return click.option(
        "--part",
        type=click.Choice(PARTS),
        help=f"{purpose}: the validation pictures, the training pictures, or all.  [default: val; all if "
        "MODEL was trained on none of the pictures]",
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
