"""`simpsons dataset boxes`: options -> one library call -> words on the terminal."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.errors import DataError
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import folder_argument, output_option


@click.command(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@folder_argument
@output_option("Folder for the report and the table.", default=Path("reports/boxes"))
def boxes(folder: Path, output: Path) -> None:
    """Look through the boxes of the pictures in FOLDER: which hold their character, which can be mended.

    FOLDER is as for `simpsons train`, with boxes in its pictures.csv; SIMPSONS_DATA stands in for it. The
    shipped detector and classifier look for the character's head. Boxes that were clicked on a smaller copy
    of the picture are scaled until they hold it.

    Writes report.html and boxes.csv.
    """
    with loading("looking through boxes"):
        from simpsons_models import default_detector, default_model
        from simpsons_training.dataset import list_pictures
        from simpsons_training.detection.opening import open_detector
        from simpsons_training.evaluation.predictor import open_predictor
        from simpsons_training.files import make_output_folder
        from simpsons_training.study.box_report import counts_of, write_boxes
        from simpsons_training.study.boxes import judge_boxes

    pictures = [p for p in list_pictures(folder).pictures if p.known and p.box is not None]
    if not pictures:
        raise DataError(
            f"{folder} has no boxes; they stand in its pictures.csv as x_min, y_min, x_max, y_max"
        )
    make_output_folder(output, pictures=folder)
    finder, predictor = open_detector(default_detector()), open_predictor(default_model())
    with progress_bar("Looking through boxes", len(pictures), unit="boxes") as show:
        done = count(1)
        judged = list(judge_boxes(finder, predictor, pictures, on_picture=lambda: show(next(done))))
    for verdict, number in counts_of(judged).items():
        say(f"{number:>7,}  {number / max(1, len(judged)):>4.0%}  {verdict}")
    files = write_boxes(judged, output, folder=folder)
    say(f"Wrote: {files.page}, {files.table}")
