"""`simpsons train-detector`: options -> one library call -> words on the terminal."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from simpsons_play.cli.base import EXIT_INTERRUPTED, Command, say
from simpsons_play.cli.params import PathName
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folder_argument, output_option, seed_option
from simpsons_training.detection.config import DetectorConfig

_DEFAULTS = DetectorConfig()


@click.command(
    cls=Command,
    short_help="Train a network that finds and names heads.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@folder_argument
@output_option("Folder for teacher, best and last detector, and their histories.", default=Path("runs/heads"))
@click.option(
    "--epochs",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.epochs,
    show_default=True,
    help="Epochs of the detector, on the heads that its teacher finds.",
)
@click.option(
    "--teacher-epochs",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.teacher_epochs,
    show_default=True,
    help="Epochs of its teacher.",
)
@click.option(
    "--teacher",
    type=PathName(),
    metavar="KERAS",
    help="A trained detector that finds the heads and to go on from; without it, one is trained first.",
)
@click.option(
    "--scenes",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.scenes,
    show_default=True,
    help="Scenes put together for each epoch.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.batch_size,
    show_default=True,
    help="Scenes per step.",
)
@seed_option("Random seed.")
def train_detector(
    folder: Path,
    output: Path,
    epochs: int,
    teacher_epochs: int,
    teacher: Path | None,
    scenes: int,
    batch_size: int,
    seed: int,
) -> None:
    """Train a network that finds heads in frames and names them, on the pictures in FOLDER.

    FOLDER is as for `simpsons train` and holds heads.csv beside (file, character, x_min, y_min, x_max,
    y_max: every head of certain people in certain pictures); SIMPSONS_DATA stands in for it. A teacher learns
    from those heads and finds the heads in all other pictures; the detector learns from all of them. Ctrl-C
    leaves the detectors of the best and the last whole epoch. Another round, with --teacher, finds the heads
    with the detector of the one before, goes on from it, and ends with the mean of both.
    """
    with loading("preparing the training"):
        from simpsons_training.dataset import read_pictures
        from simpsons_training.detection.display import DetectorDisplay
        from simpsons_training.detection.train import train_detector as run_training

    config = dataclasses.replace(
        _DEFAULTS,
        epochs=epochs,
        teacher_epochs=teacher_epochs,
        scenes=scenes,
        batch_size=batch_size,
        seed=seed,
    )
    pictures = read_pictures(folder)
    try:
        with DetectorDisplay() as display:
            path = run_training(folder, pictures, output, config=config, watcher=display, teacher=teacher)
    except KeyboardInterrupt as error:
        say(f"Stopped; {output} holds what the last whole epoch left", err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from error
    say(f"Wrote: {path}; make an .onnx of it with `simpsons export {path}`")
