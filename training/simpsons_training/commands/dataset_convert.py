"""The command `simpsons dataset convert`."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import PathName
from simpsons_play.cli.progress import progress_bar
from simpsons_play.core.names import counted
from simpsons_training.commands.loading import loading
from simpsons_training.formats.config import FORMATS, WRITTEN, ConvertConfig, Format


@click.command(
    cls=Command,
    short_help="Convert data sets to another format.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("sources", type=PathName(), nargs=-1, required=True, metavar="SOURCE...")
@click.option("--to", type=click.Choice(WRITTEN), required=True, help="Format to write.")
@click.option(
    "--from",
    "source",
    type=click.Choice(FORMATS),
    help="Format of every SOURCE.  [default: found out by its files]",
)
@click.option("-o", "--output", type=PathName(), required=True, help="Folder to create.")
@click.option("--link/--copy", help="Make hard links to the pictures, which take no space, or copy them.")
@click.option(
    "--predictions/--annotations",
    help="For label-studio: write labels as predictions that are to be checked, or as annotations.",
)
@click.option(
    "--heads/--bodies",
    help="For folders: boxes surround heads, for `simpsons train-detector`, or whole characters.",
)
def convert(
    sources: tuple[Path, ...],
    to: Format,
    source: Format | None,
    output: Path,
    link: bool,
    predictions: bool,
    heads: bool,
) -> None:
    """Convert data sets to one in another format, for `simpsons train` or for other tools.

    SOURCE is a folder as for `simpsons train`, the folders of the Kaggle data set, an annotation.txt with
    lines path,x1,y1,x2,y2,character, a folder or JSON file of COCO, a folder of YOLO or Pascal VOC, or a JSON
    export of Label Studio.

    Pictures that are missing, cannot be read or have no label are left out. The folder appears when it is
    complete, and sources stay as they are.
    """
    if predictions and to != "label-studio":
        raise click.UsageError(f"--predictions is for --to label-studio, not {to}.")
    if heads and to != "folders":
        raise click.UsageError(f"--heads is for --to folders, not {to}.")
    with loading("simpsons dataset convert"):
        from simpsons_training.formats.convert import convert as run_conversion
        from simpsons_training.formats.read import read

    config = ConvertConfig(to, source, link=link, predictions=predictions, heads=heads)
    items = [item for path in sources for item in read(path, source)]
    with progress_bar("Converting", len(items), unit="pictures") as show:
        done = count(1)
        result = run_conversion(items, output, config=config, on_picture=lambda: show(next(done)))
    for reason, paths in result.left_out.items():
        say(f"Warning: {counted(len(paths), 'picture')} left out, {reason}, such as {paths[0]}", err=True)
    say(f"Wrote: {output} ({counted(result.pictures, 'picture')}, {counted(result.labels, 'label')})")
