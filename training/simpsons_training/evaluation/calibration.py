"""How far a probability can be taken at its word. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar  # type: ignore[import-untyped]
from scipy.special import log_softmax  # type: ignore[import-untyped]

BINS = 15
"""As in Guo et al. 2017, so that figures can be compared."""

_TEMPERATURES = (0.05, 20.0)
"""Between these a temperature is looked for: from nearly certain of everything to nearly even."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The pictures whose best probability lies in one interval.

    Attributes:
        low: its lower end, excluded (but 0 is in the first).
        high: its upper end, included.
        count: of pictures in it.
        confidence: their mean best probability; None where there are none.
        accuracy: the share of them that is named right; None where there are none.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


def reliability(
    confidence: npt.NDArray[np.floating], correct: npt.NDArray[np.bool_], *, bins: int = BINS
) -> list[Bin]:
    """Sort pictures by how sure the network is, into intervals of equal width.

    Args:
        confidence: (N,) the best probability of each picture, 0-1.
        correct: (N,) whether the label it belongs to is right.
        bins: how many intervals.

    Returns:
        The bins from 0 to 1, empty ones included.
    """
    # The right end belongs to a bin, as in the paper; what is just above 1 by rounding to the last.
    number = np.clip(np.ceil(np.asarray(confidence, np.float64) * bins).astype(int) - 1, 0, bins - 1)
    found = []
    for i in range(bins):
        inside = number == i
        some = bool(inside.any())
        found.append(
            Bin(
                i / bins,
                (i + 1) / bins,
                int(inside.sum()),
                float(np.mean(confidence[inside], dtype=np.float64)) if some else None,
                float(correct[inside].mean()) if some else None,
            )
        )
    return found


def expected_calibration_error(
    confidence: npt.NDArray[np.floating], correct: npt.NDArray[np.bool_], bins: int = BINS
) -> float:
    """By how much confidence and accuracy differ on average, each bin weighted by its pictures; 0-1.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks" (arXiv:1706.04599), equation 3.

    Args:
        confidence: (N,) the best probability of each picture, 0-1.
        correct: (N,) whether the label it belongs to is right.
        bins: how many intervals of equal width.

    Raises:
        ValueError: there are no pictures.
    """
    if not len(confidence):
        raise ValueError("the calibration of no pictures is undefined")
    return sum(
        b.count * abs(b.accuracy - b.confidence)
        for b in reliability(confidence, correct, bins=bins)
        if b.accuracy is not None and b.confidence is not None
    ) / len(confidence)


def fit_temperature(probabilities: npt.NDArray[np.floating], right: npt.NDArray[np.int64]) -> float:
    """The temperature that makes probabilities most likely to be right; above 1 it makes them less sure.

    It is relative to what the probabilities were made with: a network whose card says T and for which this
    says F is best at T * F. It never changes which label is best. Probabilities of pictures that the network
    has learned from give a temperature that is too low, and so do pictures that are all named right: then
    the lowest is the best.

    Source: Guo et al. 2017 (arXiv:1706.04599), section 4.2.

    Args:
        probabilities: (N, K) at their present temperature.
        right: (N,) index of each picture's right label; only pictures of somebody to be named.

    Returns:
        The factor, between 0.05 and 20.

    Raises:
        ValueError: there are no pictures, or a right label is none of the K.
    """
    if not len(right):
        raise ValueError("a temperature cannot be fitted to no pictures")
    if right.min() < 0 or right.max() >= probabilities.shape[1]:
        raise ValueError("every picture must show somebody who can be named")
    # In double precision, unlike `at_temperature`: near its lowest point the likelihood is flat.
    logits = np.log(np.maximum(np.asarray(probabilities, np.float64), np.finfo(np.float32).tiny))

    def negative_log_likelihood(log_temperature: float) -> float:
        log_p = log_softmax(logits / math.exp(log_temperature), axis=1)
        return float(-log_p[np.arange(len(right)), right].mean())

    bounds = tuple(math.log(t) for t in _TEMPERATURES)
    return math.exp(float(minimize_scalar(negative_log_likelihood, bounds=bounds, method="bounded").x))
