"""The page that shows trainings side by side and each by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from simpsons_play.render.html import Block, Picture, Section, Table, Text
from simpsons_training.figures import save
from simpsons_training.files import write_page
from simpsons_training.run_figures import comparison_figure, run_figure
from simpsons_training.runs import HEADER, Run, differences, summary_row


def write_report(runs: Sequence[Run], output: Path) -> Path:
    """Write `report.html` and `figures/` into a folder that is there; gives the page's path back.

    Args:
        runs: at least one, in the order to show them.
        output: the folder.
    """
    figures = output / "figures"
    figures.mkdir(exist_ok=True)

    def keep(name: str, figure: Figure, caption: str) -> Picture:
        return Picture(save(figure, figures / f"{name}.png").read_bytes(), caption)

    begun = [run for run in runs if run.epochs]
    blocks: list[Block] = [
        Table(HEADER, [summary_row(run) for run in runs], "Accuracy and macro F1 are of validation.")
    ]
    if begun:
        caption = "Validation, epoch by epoch. Runs with different splits are judged on different pictures."
        blocks.append(keep("all_runs", comparison_figure(begun), caption))
    if rows := differences(runs):
        blocks.append(Table(("setting", *(run.name for run in runs)), rows, "What was not the same."))
    sections = [Section("Side by side", blocks)]
    for run in runs:
        if not run.epochs:
            sections.append(Section(run.name, [Text("No epoch is done yet.")]))
            continue
        caption = (
            "The training loss counts label smoothing, mixing and people who are not to be named, so it may "
            "stay above that of validation; training accuracy is of changed and mixed pictures, while the "
            "network still learns, so it may stay below. The dotted line marks the epoch of best.keras."
        )
        name = f"run_{re.sub(r'[^A-Za-z0-9._-]+', '_', run.name)}"
        sections.append(Section(run.name, [keep(name, run_figure(run), caption)]))
    return write_page(output / "report.html", "Trainings", _lead(runs), sections)


def _lead(runs: Sequence[Run]) -> str:
    bests = [(run.best.val_macro_f1, run) for run in runs if run.best is not None]
    count = "One training" if len(runs) == 1 else f"{len(runs)} trainings"
    if not bests:
        return f"{count}; none has an epoch to show yet."
    macro_f1, run = max(bests, key=lambda pair: pair[0])
    epoch = run.best.epoch if run.best else 0
    return f"{count}. The highest macro F1 in validation is {macro_f1:.3f}: {run.name}, epoch {epoch}."
