"""The command `simpsons train`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
from click.core import ParameterSource

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import FiniteFloatRange
from simpsons_play.core.exit_codes import EXIT_INTERRUPTED
from simpsons_play.core.names import counted
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folders_argument, output_option, split_options
from simpsons_training.commands.reading import reading, say_how_read
from simpsons_training.config import (
    ACTIVATIONS,
    DEFAULT_PRESET,
    PRECISIONS,
    RECIPES,
    SIZES_PX,
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
    type=click.IntRange(*SIZES_PX),
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

    Writes last.keras, the network to use, and best.keras, the one with the best validation macro F1. Ctrl-C
    keeps those of the epochs so far; --resume continues.
    """
    if source is not None:
        _refuse_network_options()
    with loading("simpsons train"):
        from simpsons_training.dataset import read_pictures, split_listing, without_unreadable
        from simpsons_training.display import TrainingDisplay
        from simpsons_training.leaks import leak_of
        from simpsons_training.listing import list_pictures
        from simpsons_training.plan import (
            default_run_folder,
            network_to_teach,
            plan_training,
            recipe_for,
        )
        from simpsons_training.run_settings import check_run
        from simpsons_training.storage import RunFolder

    try:
        recipe = recipe_for(
            preset,
            fine_tuning=source is not None,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            activation=activation,
            size_px=size_px,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    config = TrainConfig(precision=precision, seed=seed, split=split, val_share=val_share, drawings=drawings)
    taught = None if source is None else network_to_teach(source)
    output = output or default_run_folder(preset, taught)
    undecided = set() if batch_size is not None else {"batch_size"}
    if taught is not None:
        undecided |= {"network", "size_px"}
    check_run(RunFolder(output), recipe, config, resume=resume, undecided=undecided)
    with reading() as on_picture:
        if source is None:
            pictures = read_pictures(
                *folders,
                split=split,
                val_share=val_share,
                seed=seed,
                remedy=_ONE_CHARACTER,
                on_picture=on_picture,
            )
        else:
            listing = list_pictures(*folders)
            pictures = split_listing(
                listing, split=split, val_share=val_share, seed=seed, on_picture=on_picture
            )
        pictures = without_unreadable(pictures, on_picture=on_picture)
    say_how_read(pictures)
    plan = plan_training(pictures, recipe, config, taught=taught, keep_batch_size=batch_size is not None)
    say(pictures.summary)
    if plan.smaller_batches:
        say(f"Few pictures: using a batch size of {plan.recipe.batch_size}")
    leak = leak_of(pictures.pictures, fingerprints=pictures.fingerprints)
    if leak.warning:
        say(f"Warning: {leak.warning}", err=True)
    with TrainingDisplay(len(pictures.pictures)) as display:
        result = plan.run(output, resume=resume, watcher=display)
    last, best = result.epochs[-1], plan.best_epoch(result)
    say(
        f"Last: epoch {last.epoch}, accuracy {last.val_accuracy:.4f}, macro F1 {last.val_macro_f1:.4f} on "
        f"{counted(len(pictures.select('val', known=True)), 'validation picture')}"
        f"{'' if source is None else ' and remembered features'}"
    )
    same = "the same network" if best == last else f"epoch {best.epoch}, macro F1 {best.val_macro_f1:.4f}"
    say(f"Wrote: {result.folder.last}, {result.folder.best} ({same}), {result.folder.history}")
    say(f"Evaluate it with: simpsons evaluate {shlex.join(map(str, (result.folder.last, *folders)))}")
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
