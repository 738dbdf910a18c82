"""How often the characters in the picture change, as the model returns them and as they are shown. Pure."""

from __future__ import annotations

from simpsons_play.core.results import FrameResult


class LabelChanges:
    """Counts frame by frame; frames come in the order of their times.

    Attributes:
        raw: changes of the characters that the model recognizes, frame by frame.
        shown: changes of the characters that have a caption.
    """

    def __init__(self) -> None:
        self.raw = self.shown = 0
        self._before: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    def add(self, result: FrameResult) -> None:
        """Add the next frame."""
        raw = frozenset(p.label for p in result.predictions if p.label is not None)
        shown = frozenset(caption.label for caption in result.captions)
        self.raw += raw != self._before[0]
        self.shown += shown != self._before[1]
        self._before = raw, shown
