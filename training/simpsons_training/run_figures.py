"""Figures of training runs: loss and accuracy by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from simpsons_training.figures import COLOURS, new_figure
from simpsons_training.runs import Run

_TRAINING, _VALIDATION, _F1 = COLOURS[0], COLOURS[4], COLOURS[2]
_DASHES = ("-", "--", ":", "-.")


def run_figure(run: Run) -> Figure:
    """Plot training and validation loss and accuracy; the best epoch is marked.

    Args:
        run: A run with at least one epoch. Columns missing from its history are left out.
    """
    figure, (left, right) = new_figure(10.5, 4.2, columns=2)
    _plot(left, run, "loss", label="training", color=_TRAINING)
    _plot(left, run, "val_loss", label="validation", color=_VALIDATION)
    _plot(right, run, "accuracy", label="training", color=_TRAINING)
    _plot(right, run, "val_accuracy", label="validation", color=_VALIDATION)
    _plot(right, run, "val_macro_f1", label="validation, macro F1", color=_F1, linestyle="--")
    if run.best is not None:
        for axes in (left, right):
            axes.axvline(run.best.epoch, color="black", linestyle=":", label=f"best epoch, {run.best.epoch}")
    left.set(ylabel="loss")
    right.set(ylabel="accuracy")
    _finish([left, right])
    return figure


def comparison_figure(runs: Sequence[Run]) -> Figure:
    """Plot validation loss, accuracy and macro F1, with a line per run.

    Args:
        runs: Runs with at least one epoch each.
    """
    figure, axes = new_figure(12.5, 4.4, columns=3)
    for number, run in enumerate(runs):
        style = {
            "color": COLOURS[number % len(COLOURS)],
            "linestyle": _DASHES[number // len(COLOURS) % len(_DASHES)],
        }
        for one, field in zip(axes, ("val_loss", "val_accuracy", "val_macro_f1"), strict=True):
            _plot(one, run, field, label=run.name, **style)
    for one, name in zip(axes, ("loss", "accuracy", "macro F1"), strict=True):
        one.set(ylabel=f"{name}, validation")
    _finish(axes, legend=False)
    # A run may be missing from some panels, so collect the legend entries from all of them.
    lines = {line.get_label(): line for one in axes for line in one.get_lines()}
    shown = {run.name: lines[run.name] for run in runs if run.name in lines}
    if shown:
        columns = min(4, len(shown))
        figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=columns, fontsize=9)
    return figure


def _plot(axes: Any, run: Run, field: str, **style: Any) -> None:
    values = [float(getattr(epoch, field)) for epoch in run.epochs]
    if all(math.isnan(value) for value in values):
        return
    marker = "o" if len(values) == 1 else None  # a line of one point is invisible
    axes.plot([epoch.epoch for epoch in run.epochs], values, marker=marker, **style)


def _finish(panels: Sequence[Any], *, legend: bool = True) -> None:
    for axes in panels:
        axes.set(xlabel="epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if legend and axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=9)
