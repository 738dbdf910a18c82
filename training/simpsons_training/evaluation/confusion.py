"""Who is taken for whom."""

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
    """One character taken for another.

    Attributes:
        actual: index of the label that is right.
        guess: index of the label that is named.
        count: of pictures.
        support: pictures of the actual character.
    """

    actual: int
    guess: int
    count: int
    support: int


def confused_pairs(known: Predictions) -> list[ConfusedPair]:
    """All pairs that are confused at least once: most pictures first, then the larger share of them."""
    matrix = confusion_matrix(known.right, known.guesses, labels=np.arange(len(known.labels)))
    support = matrix.sum(axis=1)
    pairs = [
        ConfusedPair(int(actual), int(guess), int(matrix[actual, guess]), int(support[actual]))
        for actual, guess in np.argwhere(matrix)
        if actual != guess
    ]
    return sorted(pairs, key=lambda p: (-p.count, p.support))


def confusion_figure(known: Predictions) -> Figure:
    """A row for each character there are pictures of: how many of them get which name.

    Colours are shares of the row; what is never right and never guessed is left out.
    """
    rows = np.unique(known.right)
    columns = np.union1d(rows, known.guesses)
    counts = confusion_matrix(known.right, known.guesses, labels=np.arange(len(known.labels)))
    counts = counts[np.ix_(rows, columns)]
    shares = counts / counts.sum(axis=1, keepdims=True)
    figure, axes = new_figure(3.2 + 0.46 * len(columns), 2.4 + 0.4 * len(rows))
    shown = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.grid(False)
    axes.set_xticks(
        range(len(columns)), [display_name(known.labels[i]) for i in columns], rotation=45, ha="right"
    )
    axes.set_yticks(range(len(rows)), [f"{display_name(known.labels[i])}  " for i in rows])
    axes.set_xlabel("named")
    axes.set_ylabel("is")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", fontsize=8, color=colour)
    figure.colorbar(shown, ax=axes, shrink=0.6, label="share of the row")
    return figure
