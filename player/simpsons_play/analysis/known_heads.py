"""Heads of known characters, whom strangers may resemble. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simpsons_play.analysis.head_tracks import HeadTrack
from simpsons_play.cast.members import unit
from simpsons_play.core.label_search import NOBODY

Floats = npt.NDArray[np.float32]

_SUGGESTED, _CLEARLY = 0.7, 0.1
"""Cosine of a group to a known character, and how much higher it is than to any other, for a suggestion."""


class KnownHeads:
    """Heads of known characters.

    Args:
        embeddings: (R, D) unit vectors.
        labels: their characters, R; those of `NOBODY` are left out.
    """

    def __init__(self, embeddings: Floats, labels: Sequence[str]) -> None:
        names = np.array(labels)
        self._labels = sorted(set(labels) - {NOBODY})
        means = [embeddings[names == label].mean(axis=0) for label in self._labels]
        self._means = np.stack([unit(mean) for mean in means])

    def suggest(self, tracks: Sequence[HeadTrack]) -> str | None:
        """The character that these tracks clearly resemble most; None if there is none."""
        mean = unit(np.mean([track.embedding for track in tracks], axis=0))
        similarity = self._means @ mean
        *_, second, best = np.argsort(similarity) if len(similarity) > 1 else (0, 0)
        clearly = len(similarity) == 1 or similarity[best] - similarity[second] >= _CLEARLY
        return self._labels[best] if clearly and similarity[best] >= _SUGGESTED else None
