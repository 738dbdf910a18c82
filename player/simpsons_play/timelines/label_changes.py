"""Counts how often the set of characters changes, before and after smoothing. Pure."""

from __future__ import annotations

from simpsons_play.core.results import FrameResult


class LabelChanges:
    """Counts label changes from frame to frame.

    Args:
        only: labels that count; None for all.

    Attributes:
        raw: number of changes in the set of characters that the model recognizes, before smoothing.
        shown: number of changes in the set of characters that have a caption.
    """

    def __init__(self, only: frozenset[str] | None = None) -> None:
        self._only = only
        self.raw = self.shown = 0
        self._before: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    def add(self, result: FrameResult) -> None:
        """Add the next frame, in order of time."""
        raw = frozenset(p.label for p in result.predictions if p.label is not None)
        shown = frozenset(caption.label for caption in result.captions)
        if self._only is not None:
            raw, shown = raw & self._only, shown & self._only
        self.raw += raw != self._before[0]
        self.shown += shown != self._before[1]
        self._before = raw, shown
