"""The command `simpsons train`."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import click
from click.core import ParameterSource

from simpsons_play.cli.base import EXIT_INTERRUPTED, Command, say
from simpsons_play.cli.params import FiniteFloatRange
from simpsons_play.cli.progress import progress_bar
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folders_argument, output_option, split_options
from simpsons_training.config import (
    ACTIVATIONS,
    DEFAULT_PRESET,
    PRECISIONS,
    RECIPES,
    Activation,
    Precision,
    Split,
    TrainConfig,
)

_DEFAULTS = TrainConfig()


_NETWORK_OPTIONS = ("preset", "activation", "size_px", "precision", "drawings")
"""Parameters that have no meaning with --from."""


_ONE_CHARACTER = "add a folder for another, or add this one to a network with --from springfield"


def _defaults_of(field: str) -> str:
    """The default of a field in each preset, in order."""
    return ", ".join(f"{getattr(recipe, field):g}" for recipe in RECIPES.values())


@click.command(
    cls=Command,
    short_help="Train a classifier.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@folders_argument
@click.option(
    "--preset",
    type=click.Choice(list(RECIPES)),
    default=DEFAULT_PRESET,
    show_default=True,
    help="Network and training recipe: the two of the 2017 article as published, or ours.",
)
@click.option(
    "--from",
    "source",
    metavar="NETWORK",
    help="Teach a trained network the characters in FOLDER, without forgetting those it knows: springfield, "
    "which is in the repository, or a .keras file. One new character is enough.",
)
@output_option(
    "Folder for the network, its history and its checkpoint.  [default: runs/PRESET; runs/NETWORK-more with "
    "--from]"
)
@click.option(
    "--epochs",
    type=click.IntRange(1),
    metavar="N",
    help=f"Number of training epochs.  [default: {_defaults_of('epochs')}]",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    metavar="N",
    help=f"Pictures per step.  [default: {_defaults_of('batch_size')}; smaller for small data sets]",
)
@click.option(
    "--learning-rate",
    type=FiniteFloatRange(0, min_open=True),
    metavar="RATE",
    help=f"Peak learning rate.  [default: {_defaults_of('learning_rate')}]",
)
@click.option(
    "--activation",
    type=click.Choice(ACTIVATIONS),
    help="Activation of the article's networks, which were published with both.  [default: relu]",
)
@click.option(
    "--size",
    "size_px",
    type=click.IntRange(32, 512),
    metavar="PIXELS",
    help=f"Input size of the network, in pixels.  [default: {_defaults_of('size_px')}]",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default=_DEFAULTS.precision,
    show_default=True,
    help="bfloat16 is about twice as fast on processors with bfloat16 instructions.",
)
@click.option(
    "--drawings",
    type=click.IntRange(0),
    default=_DEFAULTS.drawings,
    show_default=True,
    metavar="N",
    help="Add N of our own drawings of each character of the sample clip.",
)
@split_options(
    split="Validate on the split of pictures.csv, on whole scenes, or on random pictures as the article did, "
    "which overestimates accuracy.",
    seed="Random seed.",
)
@click.option(
    "--resume/--no-resume", help="Continue the training in the output folder; needs the same options."
)
def train(
    folders: tuple[Path, ...],
    preset: str,
    source: str | None,
    output: Path | None,
    epochs: int | None,
    batch_size: int | None,
    learning_rate: float | None,
    activation: Activation | None,
    size_px: int | None,
    precision: Precision,
    drawings: int,
    split: Split,
    val_share: float,
    seed: int,
    resume: bool,
) -> None:
    """Train a classifier on the pictures in each FOLDER.

    FOLDER contains either a pictures.csv with the character, scene and split of each picture, or one folder
    per character; without a table, near duplicates form a scene, and whole scenes are split. FOLDER defaults
    to $SIMPSONS_DATA.

    With --from, only the last layer of a trained network is trained, so that it learns new characters from a
    few pictures without forgetting the others. Pictures of the others are used where there are any.

    Ctrl-C keeps the best network so far; --resume continues.
    """
    if source is not None:
        _refuse_network_options()
    with loading("simpsons train"):
        from simpsons_training.dataset import read_pictures, split_listing
        from simpsons_training.display import TrainingDisplay
        from simpsons_training.leaks import leak_of
        from simpsons_training.listing import list_pictures
        from simpsons_training.plan import network_to_teach, plan_training

    config = TrainConfig(precision=precision, seed=seed, split=split, val_share=val_share, drawings=drawings)
    if source is None:
        taught = None
        pictures = read_pictures(*folders, split=split, val_share=val_share, seed=seed, remedy=_ONE_CHARACTER)
    else:
        taught = network_to_teach(source)
        pictures = split_listing(list_pictures(*folders), split=split, val_share=val_share, seed=seed)
    try:
        plan = plan_training(
            pictures,
            config,
            taught=taught,
            preset=preset,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            activation=activation,
            size_px=size_px,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    say(pictures.summary)
    if plan.smaller_batches:
        say(f"Few pictures: using a batch size of {plan.recipe.batch_size}")
    with progress_bar("Looking for near duplicates", len(pictures.pictures), unit="pictures") as show:
        compared = count(1)
        leak = leak_of(pictures.pictures, on_picture=lambda: show(next(compared)))
    if leak.warning:
        say(f"Warning: {leak.warning}", err=True)
    with TrainingDisplay(len(pictures.pictures)) as display:
        result = plan.run(output or plan.default_output, resume=resume, watcher=display)
    best = plan.best_epoch(result)
    say(
        f"{'Best' if source is None else 'Last'}: epoch {best.epoch}, accuracy {best.val_accuracy:.4f}, "
        f"macro F1 {best.val_macro_f1:.4f} on {len(pictures.select('val', known=True)):,} validation pictures"
        f"{'' if source is None else ' and remembered features'}"
    )
    say(
        f"Wrote: {result.folder.best} ({'best epoch' if source is None else 'last epoch'}), "
        f"{result.folder.last} ({'last epoch' if source is None else 'the same network'}), "
        f"{result.folder.history}"
    )
    if result.interrupted:
        done = len(result.epochs)
        remedy = "; --resume continues from there" if done < plan.recipe.epochs else ""
        say(f"Stopped after epoch {done} of {plan.recipe.epochs}{remedy}", err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED)


def _refuse_network_options() -> None:
    """Raise a usage error if an option is given that the network of --from decides."""
    context = click.get_current_context()
    for param in context.command.params:
        given = context.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
        if param.name in _NETWORK_OPTIONS and given:
            raise click.UsageError(f"{param.opts[0]} is decided by the network of --from; leave it out.")
