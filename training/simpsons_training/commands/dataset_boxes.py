"""The command `simpsons dataset boxes`."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.errors import DataError
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folder_argument, output_option


@click.command(
    cls=Command,
    short_help="Check the boxes of pictures.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@folder_argument
@output_option("Folder for the report and the table.", default=Path("reports/boxes"))
def boxes(folder: Path, output: Path) -> None:
    """Check the boxes of the pictures in FOLDER: which contain their character, which can be corrected.

    FOLDER is as for `simpsons train`, with boxes in its pictures.csv, and defaults to $SIMPSONS_DATA. The
    bundled detector and classifier locate the character's head. Boxes that were drawn on a smaller copy of
    the picture are scaled until they contain it.

    Writes report.html and boxes.csv.
    """
    with loading("simpsons dataset boxes"):
        from simpsons_models import default_detector, default_model
        from simpsons_training.detection.head_detector import open_detector
        from simpsons_training.evaluation.predictor import open_predictor
        from simpsons_training.files import make_output_folder
        from simpsons_training.listing import list_pictures
        from simpsons_training.study.box_report import count_verdicts, write_boxes
        from simpsons_training.study.boxes import check_boxes

    pictures = [p for p in list_pictures(folder).pictures if p.known and p.box is not None]
    if not pictures:
        raise DataError(
            f"{folder} has no boxes; add the columns x_min, y_min, x_max, y_max to its pictures.csv"
        )
    make_output_folder(output, folder)
    detector, predictor = open_detector(default_detector()), open_predictor(default_model())
    with progress_bar("Checking boxes", len(pictures), unit="boxes") as show:
        done = count(1)
        checked = list(check_boxes(detector, predictor, pictures, on_picture=lambda: show(next(done))))
    for verdict, number in count_verdicts(checked).items():
        say(f"{number:>7,}  {number / max(1, len(checked)):>4.0%}  {verdict}")
    files = write_boxes(checked, output, folder=folder)
    say(f"Wrote: {files.page}, {files.table}")
