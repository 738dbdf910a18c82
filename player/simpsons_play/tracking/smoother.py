"""Probabilities over time -> stable captions. Pure but for the memory of what was seen and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from simpsons_play.core.config import SmoothingConfig

_NONE: Mapping[int, float] = MappingProxyType({})

Row = npt.NDArray[np.float64]


class Smoother:
    """Follows one region through a video.

    Never names below the threshold, unless it is told otherwise of a name; never shows two names within
    `hold_s` of each other but across a cut; begins anew at every cut. The mean is exponential with the bias
    of its start taken out, as in Adam (Kingma & Ba 2014, arXiv:1412.6980, section 3): the first frame of a
    shot counts in full, the second half, and so on. Where frames that follow are known they count in the same
    way, as in a mean that runs backwards.
    """

    def __init__(self, threshold: float, config: SmoothingConfig) -> None:
        self._threshold, self._config = threshold, config
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after a seek."""
        self._sum: Row | None = None
        self._weight = 0.0
        self._time_s = 0.0
        self._shown: int | None = None
        self._named_at_s = -np.inf

    def step(
        self,
        time_s: float,
        probabilities: npt.ArrayLike,
        *,
        cut: bool,
        later: Sequence[tuple[float, npt.ArrayLike]] = (),
        enough: Mapping[int, float] = _NONE,
    ) -> tuple[int, float] | None:
        """Take the next frame in.

        Args:
            time_s: of the frame; later than the one before, or everything is forgotten.
            probabilities: (K,), what the network says of it.
            cut: a new shot begins with it.
            later: time and probabilities of frames of the same shot that follow it, in their order.
            enough: index of a name -> the smoothed probability from which on it appears and stays; of the
                others the threshold and its margin say so.

        Returns:
            Index and smoothed probability of the name to show, or None for nobody.
        """
        row = np.asarray(probabilities, np.float64)
        if cut or self._sum is None or time_s < self._time_s:
            self.reset()
        mean = self._mean(time_s, row, later)
        best = int(mean.argmax())
        if self._shown is not None and mean[self._shown] < enough.get(self._shown, self._threshold):
            self._shown = None
        may_change = time_s - self._named_at_s >= self._config.hold_s
        appears = self._threshold + self._config.margin * (1 - self._threshold)
        if best != self._shown and may_change and mean[best] >= enough.get(best, appears):
            self._shown, self._named_at_s = best, time_s
        return None if self._shown is None else (self._shown, float(mean[self._shown]))

    def _mean(self, time_s: float, row: Row, later: Sequence[tuple[float, npt.ArrayLike]]) -> Row:
        window_s = self._config.window_s
        # A frame counts by the time it stands for; the first one has none yet and gets a small share of a
        # window.
        passed_s = time_s - self._time_s if self._sum is not None else window_s / 10
        keep = float(np.exp(-passed_s / window_s)) if window_s > 0 else 0.0
        before = self._sum if self._sum is not None else np.zeros_like(row)
        self._sum = keep * before + (1 - keep) * row
        self._weight = keep * self._weight + (1 - keep)
        self._time_s = time_s
        total, weight = self._sum, self._weight
        if later and window_s > 0:
            times = np.array([time_s, *(then_s for then_s, _ in later)])
            weights = np.exp((time_s - times[1:]) / window_s) * (1 - np.exp(-np.diff(times) / window_s))
            total = total + weights @ np.array([then for _, then in later], np.float64)
            weight += float(weights.sum())
        # Two frames with one time stamp add no weight; then the mean so far stands.
        return total / weight if weight > 0 else row
