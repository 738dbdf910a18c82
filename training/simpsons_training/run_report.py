"""The HTML report that compares training runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from simpsons_play.core.names import counted
from simpsons_play.render.html import Block, Picture, Section, Table, Text
from simpsons_training.figures import save
from simpsons_training.files import write_page
from simpsons_training.run_figures import comparison_figure, run_figure
from simpsons_training.runs import HEADER, Run, differences, summary_row


def write_report(runs: Sequence[Run], output: Path) -> Path:
    """Write `report.html` and `figures/` into an existing folder and return the path of the page.

    Args:
        runs: At least one run, in display order.
        output: Output folder.
    """
    figures = output / "figures"
    figures.mkdir(exist_ok=True)

    def save_figure(name: str, figure: Figure, caption: str) -> Picture:
        return Picture(save(figure, figures / f"{name}.png").read_bytes(), caption)

    started = [run for run in runs if run.epochs]
    blocks: list[Block] = [
        Table(HEADER, [summary_row(run) for run in runs], "Accuracy and macro F1 on the validation pictures.")
    ]
    if started:
        caption = "Validation metrics by epoch. Runs with different splits use different validation pictures."
        blocks.append(save_figure("all_runs", comparison_figure(started), caption))
    if rows := differences(runs):
        blocks.append(
            Table(("setting", *(run.name for run in runs)), rows, "Settings that differ between runs.")
        )
    sections = [Section("Comparison", blocks)]
    for run in runs:
        if not run.epochs:
            sections.append(Section(run.name, [Text("No epoch is complete yet.")]))
            continue
        caption = (
            "Training loss includes label smoothing, mixing and unknown people, so it may stay above "
            "validation loss; training accuracy is measured on augmented pictures during the epoch, so it "
            "may stay below. The dotted line marks the epoch of best.keras."
        )
        name = f"run_{re.sub(r'[^A-Za-z0-9._-]+', '_', run.name)}"
        sections.append(Section(run.name, [save_figure(name, run_figure(run), caption)]))
    return write_page(output / "report.html", "Training runs", _lead(runs), sections)


def _lead(runs: Sequence[Run]) -> str:
    lasts = [(run.epochs[-1].val_macro_f1, run) for run in runs if run.best is not None]
    count = "One run" if len(runs) == 1 else f"{len(runs)} runs"
    if not lasts:
        return f"{count}, without a complete epoch yet."
    macro_f1, run = max(lasts, key=lambda pair: pair[0])
    pictures = "" if run.val_pictures is None else f", on {counted(run.val_pictures, 'picture')}"
    return (
        f"{count}. The highest validation macro F1 of a last epoch is {macro_f1:.3f}: {run.name}{pictures}."
    )
