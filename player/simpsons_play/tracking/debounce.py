"""Debounces captions: short gaps are filled, and flashes are removed.

Pure, except for the state kept between frames.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from simpsons_play.core.frames import SAME_TIME_S
from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Caption, FrameResult, Region


class Debouncer:
    """Debounces the captions of settled results, within each shot; the rest of each result is unchanged.

    A label that is missing for at most `gap_s` stays, at its crop or the interpolated position of its head.
    A label is removed if it would appear after the first frame of a shot and disappear for good within
    `flash_s`, before the shot ends: it would be too short to read.

    Args:
        gap_s: longest gap that is filled, in seconds; results are delayed by this time.
        flash_s: longest flash that is removed, in seconds; at most `gap_s`.
    """

    def __init__(self, *, gap_s: float, flash_s: float) -> None:
        self._gap_s, self._flash_s = gap_s + SAME_TIME_S, flash_s - SAME_TIME_S
        self.reset()

    def reset(self) -> None:
        """Discard all state and the pending results."""
        self._waiting: deque[FrameResult] = deque()
        self._begin_shot()

    def update(self, results: Iterable[FrameResult]) -> tuple[FrameResult, ...]:
        """Add the next results, and return the results that are now settled, in order."""
        settled: list[FrameResult] = []
        for result in results:
            if result.cut or (self._waiting and result.time_s < self._waiting[-1].time_s):
                settled += self.flush()
            self._waiting.append(result)
            while result.time_s - self._waiting[0].time_s >= self._gap_s - 2 * SAME_TIME_S:
                settled.append(self._settle())
        return tuple(settled)

    def flush(self) -> tuple[FrameResult, ...]:
        """End the shot, and return its remaining results."""
        settled = tuple(self._settle() for _ in range(len(self._waiting)))
        self._begin_shot()
        return settled

    def _begin_shot(self) -> None:
        # Label -> time and content of its last caption that was not interpolated.
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
        """Whether a new label disappears again too soon."""
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
        """A caption for a missing label, if it returns soon enough; otherwise None."""
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
    """Interpolate between two positions of a head, share 0-1; crops do not move."""
    if not before.is_head or before.name != after.name:
        return before
    sides = (
        round(getattr(before.box, side) * (1 - share) + getattr(after.box, side) * share)
        for side in ("x_min", "y_min", "x_max", "y_max")
    )
    return Region(before.name, Box(*sides))
