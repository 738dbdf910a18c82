"""Calibration: reliability, expected calibration error and temperature scaling. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

BINS = 15
"""As in Guo et al. 2017, so that results are comparable."""

_TEMPERATURES = (0.05, 20.0)
"""Search range of the temperature: from nearly one-hot to nearly uniform probabilities."""


@dataclass(frozen=True, slots=True)
class Bin:
    """The pictures whose confidence lies in one interval.

    Attributes:
        low: Lower end, excluded, except 0 in the first bin.
        high: Upper end, included.
        count: Number of pictures.
        confidence: Mean confidence; None in an empty bin.
        accuracy: Share of correct predictions; None in an empty bin.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


def reliability(
    confidence: npt.NDArray[np.floating], correct: npt.NDArray[np.bool_], *, bins: int = BINS
) -> list[Bin]:
    """Bin pictures by confidence, with bins of equal width.

    Args:
        confidence: (N,) highest probability of each picture, 0-1.
        correct: (N,) whether the predicted label is correct.
        bins: Number of bins.

    Returns:
        All bins from 0 to 1, including empty ones.
    """
    # The upper end belongs to a bin, as in the paper; rounding errors above 1 go to the last bin.
    number = np.clip(np.ceil(np.asarray(confidence, np.float64) * bins).astype(int) - 1, 0, bins - 1)
    result = []
    for i in range(bins):
        inside = number == i
        filled = bool(inside.any())
        result.append(
            Bin(
                i / bins,
                (i + 1) / bins,
                int(inside.sum()),
                float(np.mean(confidence[inside], dtype=np.float64)) if filled else None,
                float(correct[inside].mean()) if filled else None,
            )
        )
    return result


def expected_calibration_error(
    confidence: npt.NDArray[np.floating], correct: npt.NDArray[np.bool_], bins: int = BINS
) -> float:
    """Compute the expected calibration error: mean gap between confidence and accuracy over bins; 0-1.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks" (arXiv:1706.04599), equation 3.

    Args:
        confidence: (N,) highest probability of each picture, 0-1.
        correct: (N,) whether the predicted label is correct.
        bins: Number of bins of equal width.

    Raises:
        ValueError: There are no pictures.
    """
    if not len(confidence):
        raise ValueError("the calibration error of zero pictures is undefined")
    return sum(
        b.count * abs(b.accuracy - b.confidence)
        for b in reliability(confidence, correct, bins=bins)
        if b.accuracy is not None and b.confidence is not None
    ) / len(confidence)


def fit_temperature(probabilities: npt.NDArray[np.floating], targets: npt.NDArray[np.int64]) -> float:
    """Fit the temperature that minimises the negative log-likelihood; above 1 it lowers confidence.

    The result is a factor on the current temperature: a network whose card has temperature T should get T
    times the factor. It never changes the predicted label. The result is too low on training pictures, and
    hits the lower bound if all predictions are correct.

    Source: Guo et al. 2017 (arXiv:1706.04599), section 4.2.

    Args:
        probabilities: (N, K) at the current temperature.
        targets: (N,) label index of each picture; only pictures of known characters.

    Returns:
        The factor, between 0.05 and 20.

    Raises:
        ValueError: There are no pictures, or a target is out of range.
    """
    if not len(targets):
        raise ValueError("fitting a temperature needs at least one picture")
    if targets.min() < 0 or targets.max() >= probabilities.shape[1]:
        raise ValueError("every picture needs a target label")
    # Double precision, unlike `apply_temperature`: the likelihood is flat near its minimum.
    logits = np.log(np.maximum(np.asarray(probabilities, np.float64), np.finfo(np.float32).tiny))

    def negative_log_likelihood(log_temperature: float) -> float:
        log_p = log_softmax(logits / math.exp(log_temperature), axis=1)
        return float(-log_p[np.arange(len(targets)), targets].mean())

    bounds = tuple(math.log(t) for t in _TEMPERATURES)
    return math.exp(float(minimize_scalar(negative_log_likelihood, bounds=bounds, method="bounded").x))
