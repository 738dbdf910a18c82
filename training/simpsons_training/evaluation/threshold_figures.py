"""Figures for choosing a threshold: confidence statistics, and precision and recall over the threshold."""

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
from simpsons_training.figures import COLOURS, CORRECT, UNKNOWN, WRONG, new_figure

MEASURES: dict[str, tuple[str, Callable[[Predictions], npt.NDArray[np.float32]]]] = {
    "best": ("highest probability", lambda predictions: predictions.confidence),
    "margin": ("highest minus second highest", lambda predictions: predictions.margin),
    "deviation": ("standard deviation", lambda predictions: predictions.deviation),
}
"""Key -> axis label and values: the three confidence statistics of the article."""

PAIRS = (("best", "margin"), ("best", "deviation"), ("margin", "deviation"))
"""The pairs of `MEASURES` that are plotted against each other: x and y."""

_COLUMNS = 4
_RECALL, _F1, _UNNAMED = COLOURS[0], COLOURS[2], COLOURS[6]


def scatter_figure(predictions: Predictions, pair: tuple[str, str]) -> Figure:
    """Plot two of `MEASURES` against each other for correct and wrong predictions and unknown people."""
    figure, axes = new_figure(6.4, 5.4)
    _scatter(axes, predictions, np.ones(len(predictions.targets), np.bool_), pair, size=16)
    axes.set(xlabel=MEASURES[pair[0]][0], ylabel=MEASURES[pair[1]][0])
    axes.legend(loc="upper left", fontsize=9)
    return figure


def character_scatter_figure(predictions: Predictions, pair: tuple[str, str]) -> Figure:
    """The same per character, for all pictures predicted as this character."""
    figure, panels = _panels(len(predictions.labels))
    predicted = predictions.predicted
    for i, (label, axes) in enumerate(zip(predictions.labels, panels, strict=True)):
        chosen = predicted == i
        _scatter(axes, predictions, chosen, pair, size=8)
        axes.set_title(f"{display_name(label)} ({int(chosen.sum()):,})", fontsize=9)
    _finish(figure, panels, MEASURES[pair[0]][0], MEASURES[pair[1]][0])
    return figure


def curve_figure(curve: Curve, choice: Choice) -> Figure:
    """Plot precision, recall, F1 and the share of unnamed unknown people over the threshold.

    Args:
        curve: Curve over all characters.
        choice: Threshold to mark.
    """
    figure, axes = new_figure(7.5, 5.0)
    _curves(axes, curve, choice)
    axes.set(xlabel="threshold", ylabel="share", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(loc="lower center", fontsize=9)
    return figure


def character_curve_figure(curves: dict[str, Curve], choices: dict[str, Choice | None]) -> Figure:
    """The same per character, without unknown people."""
    figure, panels = _panels(len(curves))
    for (label, curve), axes in zip(curves.items(), panels, strict=True):
        _curves(axes, curve, choices[label], unnamed=False)
        axes.set_title(f"{display_name(label)} ({curve.support:,})", fontsize=9)
        axes.set(xlim=(0, 1), ylim=(0, 1.02))
    _finish(figure, panels, "threshold", "share")
    return figure


def _scatter(
    axes: Any, predictions: Predictions, chosen: npt.NDArray[np.bool_], pair: tuple[str, str], *, size: float
) -> None:
    correct, known = predictions.predicted == predictions.targets, predictions.known
    x, y = (MEASURES[name][1](predictions) for name in pair)
    # The rarest and most informative kind is drawn last, on top.
    for name, of_kind, colour, marker in (
        ("unknown", ~known, UNKNOWN, "^"),
        ("correct", correct, CORRECT, "o"),
        ("wrong", known & ~correct, WRONG, "x"),
    ):
        shown = chosen & of_kind
        edges: dict[str, Any] = {"linewidths": 1.2} if marker == "x" else {"linewidths": 0, "alpha": 0.45}
        label = f"{name} ({int(shown.sum()):,})"
        axes.scatter(x[shown], y[shown], s=size, c=colour, marker=marker, label=label, **edges)


def _curves(axes: Any, curve: Curve, choice: Choice | None, *, unnamed: bool = True) -> None:
    bounds = [wilson_interval(int(r), int(n)) for r, n in zip(curve.correct, curve.named, strict=True)]
    low, high = np.array([b or (math.nan, math.nan) for b in bounds]).T
    axes.fill_between(
        GRID, low, high, color=CORRECT, alpha=0.15, linewidth=0, label="precision, 95 % interval"
    )
    axes.plot(GRID, curve.precision, color=CORRECT, label="precision")
    axes.plot(
        GRID, curve.precision_known, color=CORRECT, linestyle="--", linewidth=1, label="precision, known only"
    )
    axes.plot(GRID, curve.recall, color=_RECALL, label="recall")
    axes.plot(GRID, curve.f1, color=_F1, label="F1")
    if unnamed:
        axes.plot(GRID, curve.unnamed, color=_UNNAMED, linestyle="-.", label="unknown people unnamed")
    if choice is not None:
        label = f"threshold {choice.point.threshold:.2f}" if unnamed else "threshold"
        style = ":" if choice.met else (0, (1, 4))
        axes.axvline(choice.point.threshold, color="black", linestyle=style, label=label)


def _panels(count: int) -> tuple[Figure, list[Any]]:
    """Create small axes with shared scales, without the unused ones of the last row."""
    rows = math.ceil(count / _COLUMNS)
    figure, axes = new_figure(
        11, 2.3 * rows + 0.7, rows=rows, columns=_COLUMNS, sharex=True, sharey=True, squeeze=False
    )
    panels = list(axes.flat)
    for empty in panels[count:]:
        empty.remove()
    return figure, panels[:count]


def _finish(figure: Figure, panels: Sequence[Any], x_label: str, y_label: str) -> None:
    """Add one legend and one pair of axis labels for all panels."""
    figure.supxlabel(x_label, fontsize=10)
    figure.supylabel(y_label, fontsize=10)
    for panel in panels[-_COLUMNS:]:
        panel.tick_params(labelbottom=True)
    handles, labels = panels[0].get_legend_handles_labels()
    names = [label.split(" (")[0] for label in labels]  # counts differ from panel to panel
    figure.legend(handles, names, loc="outside upper center", ncols=len(names), fontsize=9)
