"""The command `simpsons runs`."""

from __future__ import annotations

from pathlib import Path

import click

from simpsons_play.cli.base import Command, say
from simpsons_play.cli.params import PathName
from simpsons_training.commands.loading import loading
from simpsons_training.commands.options import output_option

_RUNS = Path("runs")
_REPORT = Path("reports") / "runs"


@click.command(
    cls=Command,
    short_help="Compare training runs epoch by epoch.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.argument("folders", metavar="[RUN]...", nargs=-1, type=PathName())
@output_option("Folder for the report and its figures.", default=_REPORT)
def runs(folders: tuple[Path, ...], output: Path) -> None:
    """Compare training runs: loss and accuracy epoch by epoch, individually and side by side.

    RUN is an output folder of `simpsons train`, or a folder that contains such folders; the default is
    `runs`. Runs are sorted by age, the newest last. Unfinished runs are shown up to the last epoch.

    Writes report.html with its figures.
    """
    with loading("simpsons runs"):
        from simpsons_play.sinks.partial import make_folder
        from simpsons_training import runs as trainings
        from simpsons_training.run_report import write_report
        from simpsons_training.text_table import text_table
    found = trainings.read_runs(
        [path for folder in folders or (_RUNS,) for path in trainings.find_runs(folder)]
    )
    for line in text_table(trainings.HEADER, [trainings.summary_row(run) for run in found]):
        say(line)
    make_folder(output)
    page = write_report(found, output)
    say(f"Wrote: {page}, {output / 'figures'}")
