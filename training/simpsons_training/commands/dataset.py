"""The command `simpsons dataset`."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.exit_codes import EXIT_INTERRUPTED
from simpsons_play.core.interrupts import one_interrupt
from simpsons_training.commands.dataset_boxes import boxes
from simpsons_training.commands.dataset_convert import convert
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folders_argument, output_option, split_options
from simpsons_training.commands.reading import say_notes
from simpsons_training.config import Split
from simpsons_training.study.config import StudyConfig

if TYPE_CHECKING:
    from simpsons_training.dataset import PictureSet
    from simpsons_training.study.mislabelled import MislabelledSearch

_DEFAULTS = StudyConfig()


class _Dataset(click.Group):
    """`dataset FOLDER` inspects pictures; `dataset boxes` and `dataset convert` are commands."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Pass arguments that do not start with a command on to `inspect`."""
        if not (args and args[0] in (*self.commands, *self.get_help_option_names(ctx))):
            args = ["inspect", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=_Dataset,
    short_help="Inspect or convert a set of pictures.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def dataset() -> None:
    """Inspect a set of pictures before training on it, or convert it.

    `simpsons dataset FOLDER` is short for `simpsons dataset inspect FOLDER`.
    """


dataset.add_command(boxes)
dataset.add_command(convert)


@dataset.command(
    "inspect",
    cls=Command,
    short_help="Inspect pictures before training on them.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@folders_argument
@output_option(
    "Folder for the report, its tables, figures and contact sheets.", default=Path("reports/dataset")
)
@split_options(
    split="The split to inspect, as for `simpsons train`.",
    seed="Random seed of a drawn split and of the folds and networks of --mislabelled.",
)
@click.option(
    "--mislabelled/--no-mislabelled",
    is_flag=True,
    help="Train a small network per fold and list pictures whose label is probably wrong.",
)
@click.option(
    "--folds",
    type=click.IntRange(2),
    metavar="N",
    default=_DEFAULTS.folds,
    show_default=True,
    help="Number of cross-validation folds for --mislabelled.",
)
@click.option(
    "--epochs",
    type=click.IntRange(1),
    metavar="N",
    default=_DEFAULTS.epochs,
    show_default=True,
    help="Training epochs of each of these networks.",
)
@click.option(
    "--size",
    "size_px",
    type=click.IntRange(32, 512),
    metavar="PIXELS",
    default=_DEFAULTS.size_px,
    show_default=True,
    help="Input size of these networks.",
)
def pictures(
    folders: tuple[Path, ...],
    output: Path,
    split: Split,
    val_share: float,
    seed: int,
    mislabelled: bool,
    folds: int,
    epochs: int,
    size_px: int,
) -> None:
    """Inspect the pictures in each FOLDER: counts, near duplicates and possible label errors.

    FOLDER... is as for `simpsons train` and defaults to $SIMPSONS_DATA. Unreadable pictures are listed and
    skipped.

    Writes report.html with figures and contact sheets, counts.csv, near_duplicates.csv and, with
    --mislabelled, mislabelled.csv. Ctrl-C keeps the results of the completed folds.
    """
    with loading("simpsons dataset"):
        from simpsons_training.files import make_output_folder
        from simpsons_training.leaks import leak_of
        from simpsons_training.listing import list_pictures
        from simpsons_training.study.files import StudyFolder
        from simpsons_training.study.inspection import inspect
        from simpsons_training.study.report import write_mislabelled, write_study
        from simpsons_training.study.summary import summary_lines, suspects_text

    config = StudyConfig(split, val_share, seed, folds, epochs, size_px)
    listing = list_pictures(*folders)
    if listing.pictures:  # otherwise `inspect` raises, and the folder would stay empty
        make_output_folder(output, *folders)
    with progress_bar("Inspecting pictures", len(listing.pictures), unit="pictures") as show:
        done = count(1)
        inspection = inspect(listing, config, on_picture=lambda: show(next(done)))
    say_notes(listing.notes)
    for line in summary_lines(inspection):
        say(line)
    for file in inspection.unreadable:
        say(f"Warning: {file.reason}", err=True)
    say_notes((), inspection.found.too_few)
    if warning := leak_of(inspection.pictures, inspection.near).warning:
        say(f"Warning: {warning}", err=True)
    to = StudyFolder(output)
    characters = len({(p.known, p.character) for p in inspection.pictures})
    with progress_bar("Drawing contact sheets", characters, unit="characters") as show:
        drawn = count(1)
        sections = write_study(inspection, to, on_sheet=lambda: show(next(drawn)))
    written = [to.page, to.counts, to.near_duplicates, to.figures, to.sheets]
    search, interrupted = None, False
    if mislabelled:
        search, interrupted = _search_mislabelled(inspection.found, config)
    if search is not None:
        write_mislabelled(inspection, sections, search.suspects, to, predictions=search.predictions)
        say(suspects_text(search.suspects, search.predictions))
        written.insert(1, to.mislabelled)
    say(f"Wrote: {', '.join(map(str, written))}")
    if interrupted:
        say(f"Stopped after {search.folds if search else 0} of {folds} folds", err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED)


def _search_mislabelled(found: PictureSet, config: StudyConfig) -> tuple[MislabelledSearch | None, bool]:
    """The result of the completed folds, if any, and whether Ctrl-C stopped the rest."""
    with loading("simpsons dataset --mislabelled"):
        from simpsons_training.study.mislabelled import search_mislabelled

    search = None
    try:
        with one_interrupt(), progress_bar("Training", config.folds * config.epochs, unit="epochs") as show:
            search = search_mislabelled(
                found,
                config,
                on_progress=show,
                on_fold=lambda done: say(f"Fold {done} of {config.folds} done", err=True),
            )
            if search.interrupted:
                raise KeyboardInterrupt  # so that a second Ctrl-C does not spoil what is written now
    except KeyboardInterrupt:
        return search, True
    return search, False
