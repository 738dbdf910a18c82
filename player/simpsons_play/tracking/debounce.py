"""Names that blink -> names that stand: short gaps are filled, and flashes are left out.

Pure but for the memory of what was shown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from simpsons_play.core.types import Analysis, Box, Caption, Region

_SAME_S = 1e-6
"""Differences of times are rounded."""


class Steadying:
    """Mends the captions of analyses that are settled, shot by shot; all else of them stays as it is.

    A name that is gone for at most `gap_s` stays, at the head where it was, which is taken to move evenly, or
    in the region where it was. A name that would come up after the first frame of a shot and be gone for good
    before its end within `flash_s` is left out: nobody could read it.

    Args:
        gap_s: so long an analysis waits for those that follow it, in seconds.
        flash_s: at most as long.
    """

    def __init__(self, *, gap_s: float, flash_s: float) -> None:
        self._gap_s, self._flash_s = gap_s + _SAME_S, flash_s - _SAME_S
        self.reset()

    def reset(self) -> None:
        """Forget what came before; what still waits is not given any more."""
        self._waiting: deque[Analysis] = deque()
        self._begin_shot()

    def step(self, analyses: Iterable[Analysis]) -> tuple[Analysis, ...]:
        """Take the next ones in, and give those that nothing can change any more, in their order."""
        mended: list[Analysis] = []
        for analysis in analyses:
            if analysis.cut or (self._waiting and analysis.time_s < self._waiting[-1].time_s):
                mended += self.finish()
            self._waiting.append(analysis)
            while analysis.time_s - self._waiting[0].time_s >= self._gap_s - 2 * _SAME_S:
                mended.append(self._mend())
        return tuple(mended)

    def finish(self) -> tuple[Analysis, ...]:
        """The shot ends: give all that is left of it."""
        mended = tuple(self._mend() for _ in range(len(self._waiting)))
        self._begin_shot()
        return mended

    def _begin_shot(self) -> None:
        # Label -> when the network last said it, and how it was shown.
        self._said: dict[str, tuple[float, Caption]] = {}
        self._shown: frozenset[str] | None = None

    def _mend(self) -> Analysis:
        analysis = self._waiting.popleft()
        captions = {caption.label: caption for caption in analysis.captions}
        if self._shown is not None:
            for label in captions.keys() - self._shown:
                if self._flashes(label, analysis.time_s):
                    del captions[label]
        for label, caption in captions.items():
            self._said[label] = analysis.time_s, caption
        for label in self._said.keys() - captions.keys():
            if (bridge := self._bridge(label, analysis.time_s)) is not None:
                captions[label] = bridge
        self._shown = frozenset(captions)
        return replace(analysis, captions=tuple(captions.values()))

    def _flashes(self, label: str, from_s: float) -> bool:
        """Whether a name that comes up is gone again too soon."""
        last_s, gone_s = from_s, None
        for then in self._waiting:
            if any(caption.label == label for caption in then.captions):
                last_s, gone_s = then.time_s, None
            elif gone_s is None:
                gone_s = then.time_s
            if then.time_s - last_s > self._gap_s:
                break
        return gone_s is not None and gone_s - from_s < self._flash_s

    def _bridge(self, label: str, now_s: float) -> Caption | None:
        """The caption of a name that is gone, where it comes back soon enough."""
        last_s, before = self._said[label]
        for then in self._waiting:
            if then.time_s - last_s > self._gap_s:
                return None
            for after in then.captions:
                if after.label == label:
                    passed = (now_s - last_s) / (then.time_s - last_s)
                    return replace(before, region=_between(before.region, after.region, passed))
        return None


def _between(before: Region, after: Region, share: float) -> Region:
    """Where a head is when this share of its way has passed, 0-1; other regions stay where they are."""
    if not before.is_head or before.name != after.name:
        return before
    sides = (
        round(getattr(before.box, side) * (1 - share) + getattr(after.box, side) * share)
        for side in ("x_min", "y_min", "x_max", "y_max")
    )
    return Region(before.name, Box(*sides))
