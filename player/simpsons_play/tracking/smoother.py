"""Smooths probabilities into stable labels. Pure, except for the state kept between frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from simpsons_play.core.config import SmoothingConfig

_NONE: Mapping[int, float] = MappingProxyType({})

Labelled = tuple[int, float]
"""Index of a label and its smoothed probability, 0-1."""

Row = npt.NDArray[np.float64]


class Smoother:
    """Smooths the class probabilities of one region and decides which label to show.

    It never shows a label below the threshold (or below `min_probability`, if given for that label), does not
    change labels within `hold_s` except at a cut, and restarts at every cut. The mean is an exponential
    moving average with the bias correction of Adam (Kingma & Ba 2014, arXiv:1412.6980, section 3), so it is
    not biased towards zero at the start of a shot. Later frames, if known, are weighted symmetrically, as in
    a mean that runs backwards.
    """

    def __init__(self, threshold: float, config: SmoothingConfig) -> None:
        self._threshold, self._config = threshold, config
        self.reset()

    def reset(self) -> None:
        """Discard all state, as after a seek."""
        self._sum: Row | None = None
        self._weight = 0.0
        self._time_s = 0.0
        self._shown: int | None = None
        self._shown_since_s = -np.inf

    def update(
        self,
        time_s: float,
        probabilities: npt.ArrayLike,
        *,
        cut: bool,
        later: Sequence[tuple[float, npt.ArrayLike]] = (),
        min_probability: Mapping[int, float] = _NONE,
    ) -> Labelled | None:
        """Add the next frame.

        Args:
            time_s: frame time in seconds; if it is earlier than the previous one, all state is discarded.
            probabilities: (K,) class probabilities in the frame.
            cut: whether a new shot begins with the frame.
            later: times and probabilities of the known frames after it in the same shot, in order.
            min_probability: label index -> minimum smoothed probability for that label to appear and stay,
                instead of the threshold and its hysteresis.

        Returns:
            Index and smoothed probability of the label to show; None for an unknown character.
        """
        row = np.asarray(probabilities, np.float64)
        if cut or self._sum is None or time_s < self._time_s:
            self.reset()
        mean = self._mean(time_s, row, later)
        best = int(mean.argmax())
        if self._shown is not None and mean[self._shown] < min_probability.get(self._shown, self._threshold):
            self._shown = None
        may_change = time_s - self._shown_since_s >= self._config.hold_s
        appears = self._threshold + self._config.hysteresis * (1 - self._threshold)
        if best != self._shown and may_change and mean[best] >= min_probability.get(best, appears):
            self._shown, self._shown_since_s = best, time_s
        return None if self._shown is None else (self._shown, float(mean[self._shown]))

    def _mean(self, time_s: float, row: Row, later: Sequence[tuple[float, npt.ArrayLike]]) -> Row:
        window_s = self._config.window_s
        # A frame is weighted by the time since the previous one; the first frame gets a tenth of a window.
        passed_s = time_s - self._time_s if self._sum is not None else window_s / 10
        keep = float(np.exp(-passed_s / window_s)) if window_s > 0 else 0.0
        before = self._sum if self._sum is not None else np.zeros_like(row)
        self._sum = keep * before + (1 - keep) * row
        self._weight = keep * self._weight + (1 - keep)
        self._time_s = time_s
        total, weight = self._sum, self._weight
        if later and window_s > 0:
            times = np.array([time_s, *(later_s for later_s, _ in later)])
            weights = np.exp((time_s - times[1:]) / window_s) * (1 - np.exp(-np.diff(times) / window_s))
            total = total + weights @ np.array([later_row for _, later_row in later], np.float64)
            weight += float(weights.sum())
        # A frame with the same time stamp as the previous one has no weight.
        return total / weight if weight > 0 else row
