"""Finds out how a network wants its pictures: by trying, on pictures whose characters are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from simpsons_export.conventions.convention import InputConvention
from simpsons_export.conventions.labelled import LabelledImages
from simpsons_export.outputs import Outputs, probabilities_of
from simpsons_export.source import Source
from simpsons_play.core.frames import Image

_FIRST_PICTURES = 120
"""Pictures on which every convention is tried; only those near the best are tried on all."""

_AT_ONCE = 128
"""Pictures that are prepared at once: 150 MB at 224x224 in float64."""

_NEAR = 0.15
"""How far below the best on the first pictures a convention is still tried on all: three standard errors."""

_MIN_DEVIATIONS = 3.0
"""Standard deviations by which the best of about seventeen conventions must beat guessing."""

_MIN_GAIN = 0.25
"""How much more accurate another order of labels must be to be suggested; chance gains about 0.1."""

_CLOSE = 0.05
"""Probability of a difference by chance above which two conventions name equally many pictures right."""

_MIN_ERRORS = 2.0
"""Standard errors by which the likelihoods of two conventions must differ not to be called close."""

_SMALLEST = 1e-6
"""Probability below which an answer counts as wrong without any more difference."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A convention that was tried.

    Attributes:
        convention: The convention.
        named: (N,) index of the label that each of the first N pictures gets.
        truth: (N,) index of the right one.
        log_likelihood: (N,) logarithm of the probability that is given to the truth, at least that of 1e-6.
    """

    convention: InputConvention
    named: npt.NDArray[np.int64]
    truth: npt.NDArray[np.int64]
    log_likelihood: npt.NDArray[np.float64]

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """(N,) whether each picture is named right."""
        return np.asarray(self.named == self.truth)

    @property
    def accuracy(self) -> float:
        """Share of pictures named right."""
        return float(self.right.mean())

    def is_likelier_than(self, other: Trial, *, errors: float) -> bool:
        """Whether it makes the right labels likelier than another trial on the same pictures, beyond doubt.

        Args:
            other: The other trial.
            errors: Standard errors of the mean difference by which the log-likelihood must be higher.
        """
        difference = self.log_likelihood - other.log_likelihood
        error = float(difference.std(ddof=1)) / math.sqrt(len(difference))
        return bool(difference.mean() > errors * error)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The conventions that were tried, the best first.

    Attributes:
        trials: All trials; the first is the one to use.
        close: Trials whose difference from the best may be chance, best first.
        found: Whether the best is better than guessing.
        order: Index of the label that each output seems to mean, if that names far more pictures right than
            the order of the labels does; None if it does not.
    """

    trials: tuple[Trial, ...]
    close: tuple[Trial, ...]
    found: bool
    order: tuple[int, ...] | None


def find_convention(
    source: Source,
    candidates: Sequence[InputConvention],
    labelled: LabelledImages,
    *,
    kind: Outputs,
) -> SearchResult:
    """Try conventions on labelled pictures, in the network's own framework.

    All are tried on the first 120 pictures, those within 15 points of the best on all. Those that name as
    many pictures right as the best, up to chance (exact McNemar test, a sign test over the pictures that only
    one of the two names right, p >= 0.05), are told apart by their likelihood: a network that gets values
    beyond those of its training may still name people, but is as sure of wrong names as of right ones. Of
    these, others are close to the winner if the log-likelihoods differ by less than two standard errors.

    Args:
        source: The network.
        candidates: The conventions, the most common first, which decides if nothing else does.
        labelled: Pictures with their characters.
        kind: What its outputs mean.
    """
    first = [_try(source, one, labelled, kind, count=_FIRST_PICTURES) for one in candidates]
    best = max(trial.accuracy for trial in first)
    trials = []
    for trial in first:
        if len(labelled) > len(trial.right) and trial.accuracy >= best - _NEAR:
            trial = _try(source, trial.convention, labelled, kind, count=len(labelled))
        trials.append(trial)
    trials.sort(key=lambda trial: (-len(trial.truth), -trial.accuracy))
    top = trials[0]
    equal = [
        trial
        for trial in trials
        if len(trial.truth) == len(top.truth) and sign_test(top.right, trial.right) >= _CLOSE
    ]
    equal.sort(key=lambda trial: -round(float(trial.log_likelihood.mean()), 6))
    winner, *rivals = equal
    close = [trial for trial in rivals if not winner.is_likelier_than(trial, errors=_MIN_ERRORS)]
    trials.remove(winner)
    trials.insert(0, winner)
    order = _better_order(first, labels=max(2, source.outputs))
    return SearchResult(tuple(trials), tuple(close), _above_chance(winner), order)


def _try(
    source: Source, convention: InputConvention, labelled: LabelledImages, kind: Outputs, *, count: int
) -> Trial:
    outputs = run_prepared(source, convention, labelled.images[:count])
    return trial_of(convention, outputs, labelled.truth[:count], kind)


def trial_of(
    convention: InputConvention,
    outputs: npt.NDArray[np.float32],
    truth: npt.NDArray[np.int64],
    kind: Outputs,
    *,
    temperature: float = 1.0,
) -> Trial:
    """How a convention fared.

    Args:
        convention: The convention.
        outputs: (N, K) outputs of the network for pictures prepared so.
        truth: (N,) index of the right label of each.
        kind: What the outputs mean.
        temperature: Divisor of the logits, see `probabilities_of`.
    """
    probabilities = np.nan_to_num(probabilities_of(outputs, kind, temperature))
    return Trial(convention, probabilities.argmax(axis=1), truth, _log_likelihood(probabilities, truth, kind))


def _log_likelihood(
    probabilities: npt.NDArray[np.float64], truth: npt.NDArray[np.int64], kind: Outputs
) -> npt.NDArray[np.float64]:
    """(N,) logarithm of the probability of the truth; of every label's truth, if each has its own."""
    rows = np.arange(len(truth))
    if kind is not Outputs.INDEPENDENT:
        return np.log(np.maximum(probabilities[rows, truth], _SMALLEST))
    true = 1 - probabilities
    true[rows, truth] = probabilities[rows, truth]
    return np.log(np.clip(true, _SMALLEST, 1)).mean(axis=1)  # type: ignore[no-any-return]


def run_prepared(source: Source, convention: InputConvention, images: Image) -> npt.NDArray[np.float32]:
    """Run a network on pictures prepared as its author would, a few at a time to save memory.

    Args:
        source: The network.
        convention: How it wants its pictures.
        images: (N, S, S, 3) uint8 BGR.

    Returns:
        (N, K) float32 outputs.
    """
    parts = [images[i : i + _AT_ONCE] for i in range(0, len(images), _AT_ONCE)]
    return np.concatenate([source.run(convention.inputs(part, source.shape)) for part in parts])


def sign_test(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> float:
    """Exact two-sided McNemar test: probability of such a difference if both are equally good."""
    only_one, only_other = int((one & ~other).sum()), int((other & ~one).sum())
    total = only_one + only_other
    tail = sum(math.comb(total, k) for k in range(min(only_one, only_other) + 1))
    return min(1.0, float(2 * tail / 2**total))


def _above_chance(trial: Trial) -> bool:
    """Whether an accuracy is well above that of always naming the most frequent character."""
    guess = np.bincount(trial.truth).max() / len(trial.truth)
    deviation = math.sqrt(guess * (1 - guess) / len(trial.truth))
    return bool(trial.accuracy > guess + _MIN_DEVIATIONS * deviation)


def _better_order(trials: Sequence[Trial], *, labels: int) -> tuple[int, ...] | None:
    """The order of labels by which one of these trials names most pictures right, if it is far better.

    The labels are matched to the outputs so that the most pictures are right (the assignment problem).
    """
    best, order = max(trial.accuracy for trial in trials) + _MIN_GAIN, None
    for trial in trials:
        counts = np.zeros((labels, labels), int)
        np.add.at(counts, (trial.named, trial.truth), 1)
        outputs, meant = linear_sum_assignment(counts, maximize=True)
        if (accuracy := counts[outputs, meant].sum() / len(trial.truth)) > best:
            best, order = accuracy, tuple(map(int, meant))
    return order
