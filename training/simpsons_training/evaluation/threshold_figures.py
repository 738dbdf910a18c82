"""Figures of thresholds: how sure a network is when right and when wrong, and what each threshold gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from simpsons_play.core.names import display_name
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.evaluation.thresholds import GRID, Choice, Curve, wilson_interval
from simpsons_training.figures import COLOURS, RIGHT, STRANGER, WRONG, new_figure

MEASURES: dict[str, tuple[str, Callable[[Predictions], npt.NDArray[np.float32]]]] = {
    "best": ("best probability", lambda predictions: predictions.best),
    "margin": ("best less second best", lambda predictions: predictions.margin),
    "deviation": ("standard deviation of all", lambda predictions: predictions.deviation),
}
"""Key -> what it is in words, and where it comes from: the article's three signs of sureness."""

PAIRS = (("best", "margin"), ("best", "deviation"), ("margin", "deviation"))
"""Which two of `MEASURES` a figure sets against each other: x and y."""

_COLUMNS = 4
_RECALL, _F1, _UNNAMED = COLOURS[0], COLOURS[2], COLOURS[6]


def scatter_figure(predictions: Predictions, pair: tuple[str, str]) -> Figure:
    """Two of `MEASURES` against each other, a mark for each picture: right, wrong or a stranger."""
    figure, axes = new_figure(6.4, 5.4)
    _scatter(axes, predictions, np.ones(len(predictions.right), np.bool_), pair, size=16)
    axes.set(xlabel=MEASURES[pair[0]][0], ylabel=MEASURES[pair[1]][0])
    axes.legend(loc="upper left", fontsize=9)
    return figure


def character_scatter_figure(predictions: Predictions, pair: tuple[str, str]) -> Figure:
    """The same for each name: the pictures that get it, be that right or wrong."""
    figure, panels = _panels(len(predictions.labels))
    guesses = predictions.guesses
    for i, (label, axes) in enumerate(zip(predictions.labels, panels, strict=True)):
        chosen = guesses == i
        _scatter(axes, predictions, chosen, pair, size=8)
        axes.set_title(f"{display_name(label)} ({int(chosen.sum()):,})", fontsize=9)
    _finish(figure, panels, MEASURES[pair[0]][0], MEASURES[pair[1]][0])
    return figure


def curve_figure(curve: Curve, choice: Choice) -> Figure:
    """Precision, recall, F1 and silence over the threshold, and the one that is recommended.

    Args:
        curve: of all names.
        choice: to mark.
    """
    figure, axes = new_figure(7.5, 5.0)
    _curves(axes, curve, choice)
    axes.set(xlabel="lowest probability that gets a name", ylabel="share", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(loc="lower center", fontsize=9)
    return figure


def character_curve_figure(curves: dict[str, Curve], choices: dict[str, Choice | None]) -> Figure:
    """The same for each name by itself, without silence."""
    figure, panels = _panels(len(curves))
    for (label, curve), axes in zip(curves.items(), panels, strict=True):
        _curves(axes, curve, choices[label], unnamed=False)
        axes.set_title(f"{display_name(label)} ({curve.support:,})", fontsize=9)
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
    _finish(figure, panels, "lowest probability that gets a name", "share")
    return figure


def _scatter(
    axes: Any, predictions: Predictions, chosen: npt.NDArray[np.bool_], pair: tuple[str, str], *, size: float
) -> None:
    right, known = predictions.guesses == predictions.right, predictions.known
    x, y = (MEASURES[name][1](predictions) for name in pair)
    # The fewest and most telling come last, on top.
    for name, of_kind, colour, marker in (
        ("strangers", ~known, STRANGER, "^"),
        ("right", right, RIGHT, "o"),
        ("wrong", known & ~right, WRONG, "x"),
    ):
        shown = chosen & of_kind
        edges: dict[str, Any] = {"linewidths": 1.2} if marker == "x" else {"linewidths": 0, "alpha": 0.45}
        label = f"{name} ({int(shown.sum()):,})"
        axes.scatter(x[shown], y[shown], s=size, c=colour, marker=marker, label=label, **edges)


def _curves(axes: Any, curve: Curve, choice: Choice | None, *, unnamed: bool = True) -> None:
    bounds = [wilson_interval(int(r), int(n)) for r, n in zip(curve.right, curve.named, strict=True)]
    low, high = np.array([b or (math.nan, math.nan) for b in bounds]).T
    axes.fill_between(GRID, low, high, color=RIGHT, alpha=0.15, linewidth=0, label="precision, 95 % interval")
    axes.plot(GRID, curve.precision, color=RIGHT, label="precision")
    axes.plot(
        GRID, curve.precision_known, color=RIGHT, linestyle="--", linewidth=1, label="precision, no strangers"
    )
    axes.plot(GRID, curve.recall, color=_RECALL, label="recall")
    axes.plot(GRID, curve.f1, color=_F1, label="F1")
    if unnamed:
        axes.plot(GRID, curve.unnamed, color=_UNNAMED, linestyle="-.", label="strangers without a name")
    if choice is not None:
        label = f"threshold {choice.reached.threshold:.2f}" if unnamed else "threshold"
        style = ":" if choice.met else (0, (1, 4))
        axes.axvline(choice.reached.threshold, color="black", linestyle=style, label=label)


def _panels(count: int) -> tuple[Figure, list[Any]]:
    """So many small axes with the same scales, and what is left of the last row taken away."""
    rows = math.ceil(count / _COLUMNS)
    figure, axes = new_figure(
        11, 2.3 * rows + 0.7, rows=rows, columns=_COLUMNS, sharex=True, sharey=True, squeeze=False
    )
    panels = list(axes.flat)
    for empty in panels[count:]:
        empty.remove()
    return figure, panels[:count]


def _finish(figure: Figure, panels: Sequence[Any], x_label: str, y_label: str) -> None:
    """One legend and one pair of labels for all panels."""
    figure.supxlabel(x_label, fontsize=10)
    figure.supylabel(y_label, fontsize=10)
    for panel in panels[-_COLUMNS:]:
        panel.tick_params(labelbottom=True)
    handles, labels = panels[0].get_legend_handles_labels()
    names = [label.split(" (")[0] for label in labels]  # counts differ from panel to panel
    figure.legend(handles, names, loc="outside upper center", ncols=len(names), fontsize=9)
