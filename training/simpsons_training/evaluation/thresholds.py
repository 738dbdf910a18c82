"""Metrics over the threshold, and the choice of a threshold for a goal. Pure."""

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
"""Candidate thresholds, lowest first: 0.00, 0.01 ... 1.00."""

_Z_95 = 1.959964
"""Quantile of the normal distribution for a two-sided 95 % interval."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Metrics at one threshold. Shares are 0-1; undefined ones are None.

    Attributes:
        threshold: A picture is named if its confidence reaches the threshold.
        precision: Share of correct names; naming an unknown person is wrong.
        precision_known: Precision on known characters alone, as in the article.
        recall: Share of known characters that are named correctly.
        f1: Harmonic mean of precision and recall.
        unnamed: Share of unknown people that are not named.
        interval: 95 % confidence interval of the precision, see `wilson_interval`.
        named: Number of named pictures.
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
    """Counts of named pictures at each of the T thresholds of `GRID`.

    Attributes:
        correct: (T,) correctly named pictures.
        wrong: (T,) wrongly named pictures of known characters.
        unknown: (T,) named pictures of unknown people. The first one is their total; for the curve of one
            character, the total that is predicted as this character.
        support: Number of pictures of known characters.
    """

    correct: Counts
    wrong: Counts
    unknown: Counts
    support: int

    @property
    def named(self) -> Counts:
        """(T,): named pictures."""
        return self.correct + self.wrong + self.unknown

    @property
    def precision(self) -> Shares:
        """(T,): share of correct names, NaN without any names."""
        return _share(self.correct, self.named)

    @property
    def precision_known(self) -> Shares:
        """(T,): the same without unknown people."""
        return _share(self.correct, self.correct + self.wrong)

    @property
    def recall(self) -> Shares:
        """(T,): share of known characters that are named correctly, NaN without pictures."""
        return _share(self.correct, np.full_like(self.correct, self.support))

    @property
    def f1(self) -> Shares:
        """(T,): harmonic mean of precision and recall, 0 without a correct name, NaN without pictures."""
        total = self.named + self.support if self.support else np.zeros_like(self.named)
        return _share(2 * self.correct, total)

    @property
    def unnamed(self) -> Shares:
        """(T,): share of unknown people that are not named, NaN without pictures."""
        return 1 - _share(self.unknown, np.full_like(self.unknown, self.unknown[0]))

    def at(self, index: int) -> OperatingPoint:
        """Metrics at the threshold with this index in `GRID`."""
        return OperatingPoint(
            threshold=float(GRID[index]),
            precision=_number(self.precision[index]),
            precision_known=_number(self.precision_known[index]),
            recall=_number(self.recall[index]),
            f1=_number(self.f1[index]),
            unnamed=_number(self.unnamed[index]),
            interval=wilson_interval(int(self.correct[index]), int(self.named[index])),
            named=int(self.named[index]),
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The threshold chosen for a goal.

    Attributes:
        point: Metrics at the threshold.
        met: Whether it meets the goal; otherwise it comes closest.
    """

    point: OperatingPoint
    met: bool


def overall_curve(predictions: Predictions) -> Curve:
    """Compute the curve over all characters.

    Args:
        predictions: Predictions for known characters and unknown people.
    """
    return _curve(predictions, np.ones(len(predictions.targets), np.bool_), int(predictions.known.sum()))


def character_curves(predictions: Predictions) -> dict[str, Curve]:
    """Compute the curve of each character, in the order of the labels.

    The counts are of pictures predicted as the character; the support is the character's pictures.
    """
    predicted = predictions.predicted
    return {
        label: _curve(predictions, predicted == i, int((predictions.targets == i).sum()))
        for i, label in enumerate(predictions.labels)
    }


def choose(curve: Curve, goal: Goal, *, lowest: float = 0.0) -> Choice | None:
    """Choose the lowest threshold that meets a goal (for recall, the highest), or the closest one.

    Args:
        curve: Metrics over the threshold.
        goal: What the threshold must achieve.
        lowest: The threshold is not below this.

    Returns:
        None if the goal is undefined: there are no pictures, no prediction is correct or, for silence, there
        are no unknown people.
    """
    values = {
        "best_f1": curve.f1,
        "precision": curve.precision,
        "recall": curve.recall,
        "silence": curve.unnamed,
    }[goal.kind]
    values = np.where(lowest <= GRID, values, np.nan)
    if not curve.support or not curve.correct[0] or np.isnan(values).all():
        return None
    best = float(np.nanmax(values))
    minimum = best if goal.at_least is None else goal.at_least
    met = best >= minimum
    indices = np.flatnonzero(values >= (minimum if met else best))  # NaN compares as False
    return Choice(curve.at(int(indices[-1 if goal.kind == "recall" else 0])), met)


def wilson_interval(correct: int, count: int) -> tuple[float, float] | None:
    """Wilson score interval (95 %) of the share `correct / count`; None if `count` is 0.

    It is accurate for few pictures and for shares near 0 and 1. It assumes independent pictures; since
    pictures of one scene are not independent, the true interval is somewhat wider.

    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference", J. Am. Stat.
    Assoc. 22, 209-212.
    """
    if not count:
        return None
    share, z2 = correct / count, _Z_95**2
    middle = share + z2 / (2 * count)
    half = _Z_95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    low, high = ((middle + sign * half) / (1 + z2 / count) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def _curve(predictions: Predictions, chosen: npt.NDArray[np.bool_], support: int) -> Curve:
    correct, known = predictions.predicted == predictions.targets, predictions.known
    confidence = predictions.confidence.astype(np.float64)

    def count_named(kind: npt.NDArray[np.bool_]) -> Counts:
        ordered = np.sort(confidence[chosen & kind])
        return np.asarray(len(ordered) - np.searchsorted(ordered, GRID, side="left"), np.int64)

    return Curve(count_named(correct), count_named(known & ~correct), count_named(~known), support)


def _share(part: Counts, whole: Counts) -> Shares:
    return np.asarray(np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0))


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
