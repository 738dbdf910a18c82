"""The command `simpsons train-detector`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import PathName
from simpsons_play.core.exit_codes import EXIT_INTERRUPTED
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folders_argument, output_option, seed_option
from simpsons_training.commands.reading import reading, say_notes
from simpsons_training.detection.config import DetectorConfig

_DEFAULTS = DetectorConfig()


@click.command(
    cls=Command,
    short_help="Train a detector of characters' heads.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@folders_argument
@output_option(
    "Folder for the teacher, best and last detectors and their histories.", default=Path("runs/heads")
)
@click.option(
    "--epochs",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.epochs,
    show_default=True,
    help="Epochs of the detector.",
)
@click.option(
    "--teacher-epochs",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.teacher_epochs,
    show_default=True,
    help="Epochs of the teacher model.",
)
@click.option(
    "--teacher",
    type=PathName(),
    metavar="KERAS",
    help="Detector that pseudo-labels the pictures and provides the initial weights.  "
    "[default: train one first]",
)
@click.option(
    "--scenes",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.scenes,
    show_default=True,
    help="Mosaics per epoch.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.batch_size,
    show_default=True,
    help="Mosaics per step.",
)
@seed_option("Random seed.")
def train_detector(
    folders: tuple[Path, ...],
    output: Path,
    epochs: int,
    teacher_epochs: int,
    teacher: Path | None,
    scenes: int,
    batch_size: int,
    seed: int,
) -> None:
    """Train a network that detects and classifies heads in frames, on the pictures in each FOLDER.

    FOLDER... is as for `simpsons train`, plus, in at least one, a heads.csv with the columns file, character,
    x_min, y_min, x_max, y_max that annotates every head of certain people in some pictures; it defaults to
    $SIMPSONS_DATA.

    A teacher model is trained on the annotated heads and pseudo-labels all other pictures; the detector is
    trained on both. For another round, pass the resulting detector as --teacher: training continues from it,
    and the result is the mean of its weights and the new ones. Ctrl-C keeps the best and the last complete
    epoch.
    """
    with loading("simpsons train-detector"):
        from simpsons_training.dataset import read_pictures, without_unreadable
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
    unique = list({folder.resolve(): folder for folder in folders}.values())
    with reading() as on_picture:
        found = read_pictures(*unique, on_picture=on_picture)
        pictures = without_unreadable(found, on_picture=on_picture)
    say_notes(pictures.notes, pictures.left_out)
    try:
        with DetectorDisplay() as display:
            path = run_training(unique, pictures, output, config=config, watcher=display, teacher=teacher)
    except KeyboardInterrupt as error:
        say(
            f"Stopped; {output} holds the detectors up to the last complete epoch, if there was one", err=True
        )
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from error
    say(f"Wrote: {path}; convert it to ONNX with `simpsons export {path}`")
