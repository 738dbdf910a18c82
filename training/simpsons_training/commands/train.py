"""`simpsons train`: options -> one library call -> words on the terminal."""

from __future__ import annotations

import dataclasses
from itertools import count
from pathlib import Path
from typing import Any

import click

from simpsons_play.cli.base import EXIT_INTERRUPTED, Command, say
from simpsons_play.cli.params import FiniteFloatRange
from simpsons_play.cli.progress import progress_bar
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folder_argument, output_option, split_options
from simpsons_training.config import (
    ACTIVATIONS,
    DEFAULT_PRESET,
    PRECISIONS,
    RECIPES,
    Precision,
    Split,
    TrainConfig,
    fitting_batch_size,
)

_DEFAULTS = TrainConfig()


def _defaults_of(field: str) -> str:
    """What each preset says of a field, in the order of the presets."""
    return ", ".join(f"{getattr(recipe, field):g}" for recipe in RECIPES.values())


@click.command(
    cls=Command,
    short_help="Train a network that names pictures.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@folder_argument
@click.option(
    "--preset",
    type=click.Choice(list(RECIPES)),
    default=DEFAULT_PRESET,
    show_default=True,
    help="A network and how to train it: the article's two as published, or ours.",
)
@output_option("Folder for the network, its history and its checkpoint.  [default: runs/PRESET]")
@click.option(
    "--epochs",
    type=click.IntRange(1),
    metavar="N",
    help=f"Times it sees every picture.  [default: {_defaults_of('epochs')}]",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    metavar="N",
    help=f"Pictures per step.  [default: {_defaults_of('batch_size')}; fewer where there are few pictures]",
)
@click.option(
    "--learning-rate",
    type=FiniteFloatRange(0, min_open=True),
    metavar="RATE",
    help=f"At its highest.  [default: {_defaults_of('learning_rate')}]",
)
@click.option(
    "--activation",
    type=click.Choice(ACTIVATIONS),
    help="Of the article's networks, which were tried with both.  [default: relu]",
)
@click.option(
    "--size",
    "size_px",
    type=click.IntRange(32, 512),
    metavar="PIXELS",
    help=f"Side of the pictures it takes, in pixels.  [default: {_defaults_of('size_px')}]",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default=_DEFAULTS.precision,
    show_default=True,
    help="bfloat16 is about twice as fast where the processor has instructions for it.",
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
    split="Validate on the pictures that pictures.csv gives, on whole scenes, or on single pictures at "
    "random as the article did, which flatters.",
    seed="Random seed.",
)
@click.option(
    "--resume/--no-resume", help="Go on with the training in the output folder, with the same options."
)
def train(
    folder: Path,
    preset: str,
    output: Path | None,
    epochs: int | None,
    batch_size: int | None,
    learning_rate: float | None,
    activation: str | None,
    size_px: int | None,
    precision: Precision,
    drawings: int,
    split: Split,
    val_share: float,
    seed: int,
    resume: bool,
) -> None:
    """Train a network on the pictures in FOLDER.

    FOLDER holds a pictures.csv that names each picture's character, scene and split, or one folder per
    character; then near duplicates count as one scene, and scenes are split. SIMPSONS_DATA stands in for
    FOLDER.

    Ctrl-C keeps the best network so far; --resume goes on.
    """
    with loading("training"):
        from simpsons_training.dataset import read_pictures
        from simpsons_training.display import TrainingDisplay
        from simpsons_training.leaks import leak_of
        from simpsons_training.train import train as run_training

    if activation is not None and not preset.startswith("article"):
        raise click.UsageError(f"--activation is for the article's networks; {preset} has its own.")
    asked: dict[str, Any] = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "activation": activation,
        "size_px": size_px,
    }
    recipe = dataclasses.replace(RECIPES[preset], **{k: v for k, v in asked.items() if v is not None})
    config = TrainConfig(precision=precision, seed=seed, split=split, val_share=val_share, drawings=drawings)
    pictures = read_pictures(folder, split=split, val_share=val_share, seed=seed)
    output = output or Path("runs") / preset
    counts = {part: len(pictures.select(part, known=True)) for part in ("train", "val")}
    say(
        f"{counts['train']:,} pictures to train on, {counts['val']:,} to validate on, "
        f"{len(pictures.labels)} characters, split {pictures.how_split}"
    )
    fitting = fitting_batch_size(recipe, counts["train"])
    if batch_size is None and fitting < recipe.batch_size:
        recipe = dataclasses.replace(recipe, batch_size=fitting)
        say(f"Few pictures: batches of {fitting}")
    with progress_bar("Looking for what leaks", len(pictures.pictures), unit="pictures") as show:
        looked = count(1)
        leak = leak_of(pictures.pictures, on_picture=lambda: show(next(looked)))
    if leak.warning:
        say(f"Warning: {leak.warning}", err=True)
    with TrainingDisplay(len(pictures.pictures)) as display:
        result = run_training(pictures, output, recipe=recipe, config=config, resume=resume, watcher=display)
    best = max(result.epochs, key=lambda epoch: epoch.val_macro_f1)
    say(
        f"Best: epoch {best.epoch}, accuracy {best.val_accuracy:.4f}, macro F1 {best.val_macro_f1:.4f} "
        f"on {counts['val']:,} validation pictures"
    )
    say(
        f"Wrote: {result.folder.best} (best epoch), {result.folder.last} (last epoch), "
        f"{result.folder.history}"
    )
    if result.interrupted:
        done = len(result.epochs)
        remedy = "; --resume goes on from there" if done < recipe.epochs else ""
        say(f"Stopped after epoch {done} of {recipe.epochs}{remedy}", err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED)
