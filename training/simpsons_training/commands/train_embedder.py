"""The command `simpsons train-embedder`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from simpsons_play.cli.base import EXIT_INTERRUPTED, Command, say
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folder_argument, output_option, seed_option
from simpsons_training.embedding.config import EmbedderConfig

_DEFAULTS = EmbedderConfig()


@click.command(
    cls=Command,
    short_help="Train the embedder, which tells heads of any characters apart.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@folder_argument
@output_option("Folder for the network.", default=Path("runs/embedder"))
@click.option(
    "--steps",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.steps,
    show_default=True,
    help="Training steps.",
)
@click.option(
    "--hold-out",
    "held_out",
    metavar="NAMES",
    default="",
    help="Characters, separated by commas, of which no head is used, to judge the network on.",
)
@seed_option("Random seed.")
def train_embedder(folder: Path, output: Path, steps: int, held_out: str, seed: int) -> None:
    """Train a network that turns heads into vectors, close together for heads of one character.

    With it, the player recognizes characters that it was taught from a few examples. FOLDER is as for
    `simpsons train`; the characters in its folder `others` are told apart as well. The included detector
    finds the heads. After Ctrl-C, the network of the last complete epoch is kept.
    """
    with loading("simpsons train-embedder"):
        from simpsons_training.dataset import read_pictures
        from simpsons_training.embedding.display import EmbedderDisplay
        from simpsons_training.embedding.train import train_embedder as run_training

    pictures = read_pictures(folder)
    names = tuple(filter(None, (name.strip() for name in held_out.split(","))))
    if unknown := sorted(set(names) - {picture.character for picture in pictures.pictures}):
        raise click.BadParameter(f"no pictures of {', '.join(unknown)}", param_hint="--hold-out")
    config = dataclasses.replace(_DEFAULTS, steps=steps, held_out=names, seed=seed)
    try:
        with EmbedderDisplay() as display:
            path = run_training(pictures, output, config=config, watcher=display)
    except KeyboardInterrupt as error:
        say(f"Stopped; {output} holds the network of the last complete epoch", err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from error
    say(f"Wrote: {path}; convert it to ONNX with `simpsons export {path}`")
