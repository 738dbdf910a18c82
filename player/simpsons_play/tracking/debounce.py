"""Flickering captions -> steady captions: short gaps are filled, and flashes are removed.

Pure, except for the state it keeps between frames.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region


class Debouncer:
    """Debounces the captions of settled results, shot by shot; the rest of each result stays as it is.

    A label that is missing for at most `gap_s` stays: at its head, which is taken to move evenly, or at its
    crop. A label that would appear after the first frame of a shot and be gone for good within `flash_s`,
    before the shot ends, is removed: nobody could read it.

    Args:
        gap_s: longest gap that is filled, in seconds; results wait as long for those that follow.
        flash_s: longest flash that is removed, in seconds; at most `gap_s`.
    """

    def __init__(self, *, gap_s: float, flash_s: float) -> None:
        self._gap_s, self._flash_s = gap_s + SAME_TIME_S, flash_s - SAME_TIME_S
        self.reset()

    def reset(self) -> None:
        """Discard all state and the results that still wait."""
        self._waiting: deque[FrameResult] = deque()
        self._begin_shot()

    def update(self, results: Iterable[FrameResult]) -> tuple[FrameResult, ...]:
        """Add the next results, and return those that are settled now, in order."""
        settled: list[FrameResult] = []
        for result in results:
            if result.cut or (self._waiting and result.time_s < self._waiting[-1].time_s):
                settled += self.flush()
            self._waiting.append(result)
            while result.time_s - self._waiting[0].time_s >= self._gap_s - 2 * SAME_TIME_S:
                settled.append(self._settle())
        return tuple(settled)

    def flush(self) -> tuple[FrameResult, ...]:
        """End the shot: return all that is left of it."""
        settled = tuple(self._settle() for _ in range(len(self._waiting)))
        self._begin_shot()
        return settled

    def _begin_shot(self) -> None:
        # Label -> when it last had a caption of its own, and that caption.
        self._last: dict[str, tuple[float, Caption]] = {}
        self._shown: frozenset[str] | None = None

    def _settle(self) -> FrameResult:
        result = self._waiting.popleft()
        captions = {caption.label: caption for caption in result.captions}
        if self._shown is not None:
            for label in captions.keys() - self._shown:
                if self._flashes(label, result.time_s):
                    del captions[label]
        for label, caption in captions.items():
            self._last[label] = result.time_s, caption
        for label in self._last.keys() - captions.keys():
            if (bridge := self._bridge(label, result.time_s)) is not None:
                captions[label] = bridge
        self._shown = frozenset(captions)
        return replace(result, captions=tuple(captions.values()))

    def _flashes(self, label: str, from_s: float) -> bool:
        """Whether a label that appears is gone again too soon."""
        last_s, gone_s = from_s, None
        for later in self._waiting:
            if any(caption.label == label for caption in later.captions):
                last_s, gone_s = later.time_s, None
            elif gone_s is None:
                gone_s = later.time_s
            if later.time_s - last_s > self._gap_s:
                break
        return gone_s is not None and gone_s - from_s < self._flash_s

    def _bridge(self, label: str, now_s: float) -> Caption | None:
        """The caption of a label that is missing, where it comes back soon enough."""
        last_s, before = self._last[label]
        for later in self._waiting:
            if later.time_s - last_s > self._gap_s:
                return None
            for after in later.captions:
                if after.label == label:
                    share = (now_s - last_s) / (later.time_s - last_s)
                    return replace(before, region=_between(before.region, after.region, share))
        return None


def _between(before: Region, after: Region, share: float) -> Region:
    """Where a head is after this share of its way, 0-1; crops stay where they are."""
    if not before.is_head or before.name != after.name:
        return before
    sides = (
        round(getattr(before.box, side) * (1 - share) + getattr(after.box, side) * share)
        for side in ("x_min", "y_min", "x_max", "y_max")
    )
    return Region(before.name, Box(*sides))
