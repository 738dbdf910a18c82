"""Confusion between characters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

from simpsons_play.core.names import display_name
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.figures import new_figure


@dataclass(frozen=True, slots=True)
class ConfusedPair:
    """One character mistaken for another.

    Attributes:
        actual: Index of the correct label.
        predicted: Index of the predicted label.
        count: Number of pictures.
        support: Number of pictures of the actual character.
    """

    actual: int
    predicted: int
    count: int
    support: int


def confused_pairs(known: Predictions) -> list[ConfusedPair]:
    """All confused pairs, sorted by count, then by their share of the character's pictures."""
    matrix = confusion_matrix(known.targets, known.predicted, labels=np.arange(len(known.labels)))
    support = matrix.sum(axis=1)
    pairs = [
        ConfusedPair(int(actual), int(predicted), int(matrix[actual, predicted]), int(support[actual]))
        for actual, predicted in np.argwhere(matrix)
        if actual != predicted
    ]
    return sorted(pairs, key=lambda p: (-p.count, p.support))


def confusion_figure(known: Predictions) -> Figure:
    """Draw a confusion matrix with a row per character that has pictures.

    Colours are shares of the row; characters without pictures and predictions are left out.
    """
    rows = np.unique(known.targets)
    columns = np.union1d(rows, known.predicted)
    counts = confusion_matrix(known.targets, known.predicted, labels=np.arange(len(known.labels)))
    counts = counts[np.ix_(rows, columns)]
    shares = counts / counts.sum(axis=1, keepdims=True)
    figure, axes = new_figure(3.2 + 0.46 * len(columns), 2.4 + 0.4 * len(rows))
    shown = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.grid(False)
    axes.set_xticks(
        range(len(columns)), [display_name(known.labels[i]) for i in columns], rotation=45, ha="right"
    )
    axes.set_yticks(range(len(rows)), [f"{display_name(known.labels[i])}  " for i in rows])
    axes.set_xlabel("predicted")
    axes.set_ylabel("actual")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=8, color=colour)
    figure.colorbar(shown, ax=axes, shrink=0.6, label="share of the row")
    return figure
