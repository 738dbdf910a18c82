"""The command `simpsons train-embedder`."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.core.exit_codes import EXIT_INTERRUPTED
from simpsons_play.core.label_search import exact_labels, similar_labels
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folders_argument, output_option, seed_option
from simpsons_training.commands.reading import reading, say_how_read
from simpsons_training.embedding.config import EmbedderConfig

_DEFAULTS = EmbedderConfig()


@click.command(
    cls=Command,
    short_help="Train the embedder, which tells heads of any characters apart.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@folders_argument
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
    help="Names of characters, separated by commas, of which no head is used, to judge the network on.",
)
@seed_option("Random seed.")
def train_embedder(folders: tuple[Path, ...], output: Path, steps: int, held_out: str, seed: int) -> None:
    """Train a network that turns heads into vectors, close together for heads of one character.

    With it, the player recognizes characters that it was taught from a few examples. Each FOLDER
    is as for `simpsons train`; the characters in its folder `others` are told apart as well. The included
    detector finds the heads. After Ctrl-C, the network of the last complete epoch is kept: of 500 steps, if
    there are so many.
    """
    with loading("simpsons train-embedder"):
        from simpsons_training.dataset import read_pictures, without_unreadable
        from simpsons_training.embedding.display import EmbedderDisplay
        from simpsons_training.embedding.train import train_embedder as run_training

    with reading() as on_picture:
        pictures = without_unreadable(read_pictures(*folders, on_picture=on_picture), on_picture=on_picture)
    say_how_read(pictures)
    characters = sorted({picture.character for picture in pictures.pictures})
    held = tuple(
        label for name in filter(None, held_out.split(",")) for label in _labels_of(name, characters)
    )
    config = dataclasses.replace(_DEFAULTS, steps=steps, held_out=held, seed=seed)
    try:
        with EmbedderDisplay() as display:
            path = run_training(pictures, output, config=config, watcher=display)
    except KeyboardInterrupt as error:
        say(f"Stopped; {output} holds the network of the last complete epoch, if there was one", err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from error
    say(f"Wrote: {path}; convert it to ONNX with `simpsons export {path}`")


def _labels_of(name: str, characters: Sequence[str]) -> list[str]:
    """The labels with this name; a usage error if there are none."""
    if found := exact_labels(name, characters):
        return found
    near = " or ".join(similar_labels(name, characters))
    hint = f"did you mean {near}?" if near else "give the name of a folder"
    raise click.BadParameter(f"there are no pictures of {name.strip()}; {hint}", param_hint="--hold-out")
