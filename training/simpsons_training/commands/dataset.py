"""`simpsons dataset`: options -> one library call -> words on the terminal."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simpsons_play.cli.base import EXIT_INTERRUPTED, Command, say
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.interrupts import one_interrupt
from simpsons_training.commands.dataset_boxes import boxes
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folder_argument, output_option, split_options
from simpsons_training.config import Split
from simpsons_training.study.config import StudyConfig

if TYPE_CHECKING:
    from simpsons_training.dataset import PictureSet
    from simpsons_training.evaluation.predictions import Predictions

_DEFAULTS = StudyConfig()


class _Dataset(click.Group):
    """`dataset FOLDER` looks through pictures; `dataset boxes FOLDER` through boxes."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what names no command of this group for the arguments of `pictures`."""
        if not (args and args[0] in (*self.commands, *self.get_help_option_names(ctx))):
            args = ["pictures", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Dataset, context_settings={"help_option_names": ["-h", "--help"]})
def dataset() -> None:
    """Look through pictures before anything learns from them.

    `simpsons dataset FOLDER` is short for `simpsons dataset pictures FOLDER`.
    """


dataset.add_command(boxes)


@dataset.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@folder_argument
@output_option(
    "Folder for the report, its tables, figures and contact sheets.", default=Path("reports/dataset")
)
@split_options(
    split="The split to look at, as for `simpsons train`.",
    seed="Where chance starts: for that draw, and for the folds and networks of --mislabelled.",
)
@click.option(
    "--mislabelled/--no-mislabelled",
    is_flag=True,
    help="Train a small network for each fold on the others, and list the names it doubts most.",
)
@click.option(
    "--folds",
    type=click.IntRange(2),
    metavar="N",
    default=_DEFAULTS.folds,
    show_default=True,
    help="Parts the pictures are dealt into for --mislabelled.",
)
@click.option(
    "--epochs",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.epochs,
    show_default=True,
    help="Times each of those networks sees every picture.",
)
@click.option(
    "--size",
    "size_px",
    type=click.IntRange(32, 512),
    metavar="PIXELS",
    default=_DEFAULTS.size_px,
    show_default=True,
    help="Side of the pictures those networks see.",
)
def pictures(
    folder: Path,
    output: Path,
    split: Split,
    val_share: float,
    seed: int,
    mislabelled: bool,
    folds: int,
    epochs: int,
    size_px: int,
) -> None:
    """Look through the pictures in FOLDER: how many of whom, what repeats, what may be wrong.

    FOLDER is as for `simpsons train`; SIMPSONS_DATA stands in for it. Pictures that cannot be read are listed
    rather than fatal.

    Writes report.html with its figures and contact sheets, counts.csv, near_duplicates.csv and, with
    --mislabelled, mislabelled.csv. Ctrl-C leaves what was found until then.
    """
    with loading("looking through pictures"):
        from simpsons_training.dataset import list_pictures
        from simpsons_training.files import make_output_folder
        from simpsons_training.leaks import leak_of
        from simpsons_training.study.files import StudyFolder
        from simpsons_training.study.inspection import inspect
        from simpsons_training.study.report import write_study, write_suspicion
        from simpsons_training.study.summary import summary_lines, suspicion_words
        from simpsons_training.study.suspects import find_suspects, join

    config = StudyConfig(split, val_share, seed, folds, epochs, size_px)
    listing = list_pictures(folder)
    if listing.pictures:  # else an error follows, and no folder is needed
        make_output_folder(output, pictures=folder)
    with progress_bar("Looking through pictures", len(listing.pictures), unit="pictures") as show:
        done = count(1)
        inspection = inspect(listing, config, on_picture=lambda: show(next(done)))
    for line in summary_lines(inspection):
        say(line)
    for file in inspection.unreadable:
        say(f"Warning: {file.reason}", err=True)
    if warning := leak_of(inspection.pictures, inspection.near).warning:
        say(f"Warning: {warning}", err=True)
    to = StudyFolder(output)
    characters = len({(p.known, p.character) for p in inspection.pictures})
    with progress_bar("Drawing contact sheets", characters, unit="characters") as show:
        drawn = count(1)
        sections = write_study(inspection, to, on_sheet=lambda: show(next(drawn)))
    written = [to.page, to.counts, to.near_duplicates, to.figures, to.sheets]
    interrupted = False
    if mislabelled:
        judged, interrupted = _judge(inspection.found, config)
        if judged:
            predictions = join(judged)
            suspects = find_suspects(predictions)
            write_suspicion(inspection, sections, suspects, to, judged=predictions)
            say(suspicion_words(suspects, predictions))
            written.insert(1, to.mislabelled)
    say(f"Wrote: {', '.join(map(str, written))}")
    if interrupted:
        say(f"Stopped after {len(judged)} of {folds} folds", err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED)


def _judge(found: PictureSet, config: StudyConfig) -> tuple[list[Predictions], bool]:
    """The predictions of the folds that were done, and whether Ctrl-C cut them short."""
    with loading("looking for wrong names"):
        from simpsons_training.study.out_of_fold import judge_out_of_fold

    judged: list[Predictions] = []
    try:
        with one_interrupt(), progress_bar("Training", config.folds * config.epochs, unit="epochs") as show:
            for predictions in judge_out_of_fold(found, config, on_progress=show):
                judged.append(predictions)
                say(f"Fold {len(judged)} of {config.folds} judged", err=True)
    except KeyboardInterrupt:
        return judged, True
    return judged, False
