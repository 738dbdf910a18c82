"""Heads of known characters, beside which strangers are told apart. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simpsons_play.analysis.head_tracks import HeadTrack

Floats = npt.NDArray[np.float32]

_SHRINKAGE = 0.1
"""Variance that is added in all directions, as a share of the mean one: few heads tell little of some."""

_SUGGESTED, _CLEARLY = 0.7, 0.1
"""Cosine of a group to a known character, and how much higher it is than to any other, for a suggestion."""


class KnownHeads:
    """Heads of known characters, which tell how much heads of one character differ, and whom others resemble.

    Args:
        embeddings: (R, D) unit vectors.
        labels: their characters, R.
    """

    def __init__(self, embeddings: Floats, labels: Sequence[str]) -> None:
        names = np.array(labels)
        self._labels = sorted(set(labels))
        means = [embeddings[names == label].mean(axis=0) for label in self._labels]
        self._means = np.stack([_unit(mean) for mean in means])
        within = embeddings - np.stack(means)[[self._labels.index(label) for label in labels]]
        self._centre, self._scale = embeddings.mean(axis=0), _whitening(within)

    def normalized(self, embeddings: Floats) -> Floats:
        """(N, D) unit vectors in which the ways that heads of one character differ in count less.

        Within-class covariance normalization (Hatch, Kajarekar and Stolcke 2006, "Within-class covariance
        normalization for SVM-based speaker recognition"). With one head of each character, they stay as they
        are.
        """
        if self._scale is None:
            return embeddings
        scaled = (embeddings - self._centre) @ self._scale
        lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
        return np.asarray(scaled / np.maximum(lengths, 1e-6), np.float32)

    def suggest(self, tracks: Sequence[HeadTrack]) -> str | None:
        """The character that these tracks clearly resemble most; None if there is none."""
        mean = _unit(np.mean([track.embedding for track in tracks], axis=0))
        similarity = self._means @ mean
        *_, second, best = np.argsort(similarity) if len(similarity) > 1 else (0, 0)
        clearly = len(similarity) == 1 or similarity[best] - similarity[second] >= _CLEARLY
        return self._labels[best] if clearly and similarity[best] >= _SUGGESTED else None


def _whitening(within: Floats) -> Floats | None:
    """(N, D) differences from the mean of a character -> (D, D): makes them alike in all directions."""
    values, vectors = np.linalg.eigh(within.T @ within / len(within))
    if values.max() < 1e-6:  # nothing differs
        return None
    values = np.maximum(values, 0) + _SHRINKAGE * values.mean()
    return np.asarray((vectors / np.sqrt(values)) @ vectors.T, np.float32)


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)
