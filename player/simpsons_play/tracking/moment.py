"""A frame between two steps: its heads are followed, and nobody is named yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from simpsons_play.core.types import Probabilities, Sighting
from simpsons_play.tracking.head_tracker import FollowedHead

Named = tuple[int, float]
"""Index of a label, and its smoothed probability, 0-1."""


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A frame whose heads are followed and not named yet.

    Attributes:
        sighting: what the networks say of it.
        heads: that are followed in it.
    """

    sighting: Sighting
    heads: tuple[FollowedHead, ...]

    def row(self, number: int) -> Probabilities | None:
        """(K,) float32: what is said of a head; None where it was not found."""
        for head in self.heads:
            if head.number == number and head.seen is not None:
                return np.asarray(self.sighting.places.probabilities[head.seen], np.float32)
        return None

    def unnamed(self, named: Collection[int]) -> list[FollowedHead]:
        """The heads whose numbers are not among these."""
        return [head for head in self.heads if head.number not in named]
