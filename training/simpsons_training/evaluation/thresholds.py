"""What each threshold buys and costs, and which one reaches a goal. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.evaluation.threshold_config import Goal

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

GRID: Shares = np.arange(101) / 100
"""The thresholds that are tried, lowest first: 0.00, 0.01 ... 1.00."""

_Z_95 = 1.959964
"""The normal distribution holds 95 % within so many standard deviations."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What one threshold gives. All shares are 0-1; a share of nothing is None.

    Attributes:
        threshold: a name is given where the best probability reaches it.
        precision: of the names given, the share that is right; a name for a stranger is wrong.
        precision_known: the same among pictures of characters to be named alone, as the article had it.
        recall: of the pictures that a name is due to, the share that gets it.
        f1: the harmonic mean of precision and recall.
        unnamed: of the strangers, the share that gets no name.
        interval: where the precision lies with 95 % certainty, see `wilson_interval`.
        named: how many names are given.
    """

    threshold: float
    precision: float | None
    precision_known: float | None
    recall: float | None
    f1: float | None
    unnamed: float | None
    interval: tuple[float, float] | None
    named: int


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """How many names are given at each threshold of `GRID` (T of them), and to whom.

    Attributes:
        right: (T,) right names.
        wrong: (T,) wrong names for pictures of characters to be named.
        strangers: (T,) names for strangers. The first is how many strangers there are: for one character, how
            many are taken for it.
        support: pictures that a name is due to.
    """

    right: Counts
    wrong: Counts
    strangers: Counts
    support: int

    @property
    def named(self) -> Counts:
        """(T,): names given."""
        return self.right + self.wrong + self.strangers

    @property
    def precision(self) -> Shares:
        """(T,): share of the names given that is right, NaN where none is given."""
        return _share(self.right, self.named)

    @property
    def precision_known(self) -> Shares:
        """(T,): the same without strangers."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> Shares:
        """(T,): share of the pictures that a name is due to and that get it, NaN where there are none."""
        return _share(self.right, np.full_like(self.right, self.support))

    @property
    def f1(self) -> Shares:
        """(T,): harmonic mean of precision and recall, 0 without a right name, NaN where none is due."""
        due = self.named + self.support if self.support else np.zeros_like(self.named)
        return _share(2 * self.right, due)

    @property
    def unnamed(self) -> Shares:
        """(T,): share of the strangers that gets no name, NaN where there are none."""
        return 1 - _share(self.strangers, np.full_like(self.strangers, self.strangers[0]))

    def at(self, index: int) -> Reached:
        """What the threshold at a place of `GRID` gives."""
        return Reached(
            threshold=float(GRID[index]),
            precision=_number(self.precision[index]),
            precision_known=_number(self.precision_known[index]),
            recall=_number(self.recall[index]),
            f1=_number(self.f1[index]),
            unnamed=_number(self.unnamed[index]),
            interval=wilson_interval(int(self.right[index]), int(self.named[index])),
            named=int(self.named[index]),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The threshold for a goal.

    Attributes:
        reached: what it gives.
        met: it reaches the goal; else it comes closest.
    """

    reached: Reached
    met: bool


def overall_curve(predictions: Predictions) -> Curve:
    """The curve of all names together.

    Args:
        predictions: of pictures of characters to be named and of strangers.
    """
    return _curve(predictions, np.ones(len(predictions.right), np.bool_), int(predictions.known.sum()))


def character_curves(predictions: Predictions) -> dict[str, Curve]:
    """The curve of each name by itself, in the order of the labels.

    Right and wrong are what gets this name; the support is the pictures of the character.
    """
    guesses = predictions.guesses
    return {
        label: _curve(predictions, guesses == i, int((predictions.right == i).sum()))
        for i, label in enumerate(predictions.labels)
    }


def choose(curve: Curve, goal: Goal) -> Choice | None:
    """The lowest threshold of `GRID` that reaches a goal, for recall the highest; else the closest one.

    Returns:
        None where nothing can be said: there are no pictures, none is ever named right, or, where silence
        is the goal, there are no strangers.
    """
    values = {
        "best_f1": curve.f1,
        "precision": curve.precision,
        "recall": curve.recall,
        "silence": curve.unnamed,
    }[goal.kind]
    if not curve.support or not curve.right[0] or np.isnan(values).all():
        return None
    best = float(np.nanmax(values))
    least = best if goal.at_least is None else goal.at_least
    met = best >= least
    places = np.flatnonzero(values >= (least if met else best))  # NaN is never enough
    return Choice(curve.at(int(places[-1 if goal.kind == "recall" else 0])), met)


def wilson_interval(right: int, count: int) -> tuple[float, float] | None:
    """Where a share lies with 95 % certainty, when `right` of `count` were seen; None for none of none.

    It holds for few pictures and for shares near 0 and 1, and takes pictures as independent: several of one
    scene are not, so the truth is somewhat less certain.

    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference", J. Am. Stat.
    Assoc. 22, 209-212.
    """
    if not count:
        return None
    share, z2 = right / count, _Z_95**2
    middle = share + z2 / (2 * count)
    half = _Z_95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    low, high = ((middle + sign * half) / (1 + z2 / count) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def _curve(predictions: Predictions, chosen: npt.NDArray[np.bool_], support: int) -> Curve:
    right, known = predictions.guesses == predictions.right, predictions.known
    best = predictions.best.astype(np.float64)

    def reach(kind: npt.NDArray[np.bool_]) -> Counts:
        ordered = np.sort(best[chosen & kind])
        return np.asarray(len(ordered) - np.searchsorted(ordered, GRID, side="left"), np.int64)

    return Curve(reach(right), reach(known & ~right), reach(~known), support)


def _share(part: Counts, whole: Counts) -> Shares:
    return np.asarray(np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
