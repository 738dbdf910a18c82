"""Heads that are followed -> whose name stands at which. Pure but for the memory of what was named."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simpsons_play.core.config import AnalysisConfig
from simpsons_play.core.types import Probabilities
from simpsons_play.tracking.moment import Moment, Named
from simpsons_play.tracking.smoother import Smoother


class HeadNames:
    """Names the heads of one shot, moment after moment.

    A name comes up only at a head that is in the frame, and is shown once, at the head that it fits best:
    nobody is there twice. Who is seen for less than `appear_s` stays without a name. A head that is not found
    keeps its name where it is known to come back, and, where nothing of what follows is known, until it is
    given up.

    Args:
        threshold: below this smoothed probability nobody is named; 0-1.
        config: how steady names are.
    """

    def __init__(self, threshold: float, config: AnalysisConfig) -> None:
        self._threshold, self._config = threshold, config
        self._of: dict[int, _Name] = {}

    def step(self, moment: Moment, later: Sequence[Moment], *, begins: bool) -> dict[int, Named]:
        """Name the heads of the next moment.

        Args:
            moment: the next one.
            later: moments of the same shot that follow it, as far as they are known.
            begins: a shot begins with it: whoever is there need not wait.

        Returns:
            Number of a head -> index of its name and the smoothed probability; without those whom nobody
            knows.
        """
        time_s = moment.sighting.time_s
        best: dict[int, tuple[tuple[float, float], int, Named]] = {}
        for head in moment.heads:
            name = self._of.get(head.number)
            if name is None:
                smoother = Smoother(self._threshold, self._config.smoothing)
                name = self._of[head.number] = _Name(smoother, time_s, at_once=begins)
            to_come = [
                (then.sighting.time_s, row) for then in later if (row := then.row(head.number)) is not None
            ]
            row = moment.row(head.number)
            if row is not None:
                name.see(time_s, row, to_come)
            elif not to_come and self._config.smoothing.ahead_s > 0:
                continue  # it has gone
            last_s = to_come[-1][0] if to_come else name.seen_s
            lasts = name.at_once or last_s >= name.from_s + self._config.tracking.appear_s
            if name.shown is not None and lasts:
                # Who was seen last has the better claim on a name, then who is surer of it.
                claim = (name.seen_s, name.shown[1])
                if name.shown[0] not in best or claim > best[name.shown[0]][0]:
                    best[name.shown[0]] = (claim, head.number, name.shown)
        return {number: shown for _, number, shown in best.values()}


class _Name:
    """Of one head, as long as it is followed."""

    def __init__(self, smoother: Smoother, from_s: float, *, at_once: bool) -> None:
        self.from_s, self.at_once = from_s, at_once
        self.seen_s = -np.inf
        self.shown: Named | None = None
        self._smoother = smoother

    def see(self, time_s: float, row: Probabilities, later: Sequence[tuple[float, Probabilities]]) -> None:
        self.shown = self._smoother.step(time_s, row, cut=self.seen_s == -np.inf, later=later)
        self.seen_s = time_s
