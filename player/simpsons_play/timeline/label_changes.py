"""How often other people are named than in the frame before, by the network and by what is shown. Pure."""

from __future__ import annotations

from simpsons_play.core.types import Analysis


class NameChanges:
    """Counts frame by frame; frames come in the order of their times.

    Attributes:
        said: changes of who the network names, frame by frame.
        shown: changes of who has a caption.
    """

    def __init__(self) -> None:
        self.said = self.shown = 0
        self._before: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    def add(self, analysis: Analysis) -> None:
        """Take the next frame in."""
        said = frozenset(p.label for p in analysis.predictions if p.label is not None)
        shown = frozenset(caption.label for caption in analysis.captions)
        self.said += said != self._before[0]
        self.shown += shown != self._before[1]
        self._before = said, shown
