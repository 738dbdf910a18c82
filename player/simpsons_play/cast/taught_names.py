"""Names heads by their embeddings, as the examples of a cast teach. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from simpsons_play.cast.members import Member
from simpsons_play.core.label_search import NOBODY

Floats = npt.NDArray[np.float32]

_FLOOR = 0.2
"""Probabilities below this count as 0, so that a name changes nothing where it does not fit at all."""

_STEEPNESS = 25.0
"""Slope of the logistic function from similarity to probability."""

_LOST = 0.002
"""Share of the heads of known characters that may resemble a taught one enough to get its name."""


class TaughtNames:
    """The names that the members of a cast give to heads.

    A head resembles a member if it is near the mean of its examples, or near one of them. It gets the name if
    it resembles the member more than nearly all heads of other characters do: of the references, and of the
    other members.

    Args:
        members: members of a cast; those without examples give no names.
        model_labels: labels of the model (K).
        references: (R, D) embeddings of heads of known characters.
        reference_labels: their characters.

    Attributes:
        labels: those of the model, then those of other members.
        id: differs between casts that give other names.
    """

    def __init__(
        self,
        members: Sequence[Member],
        *,
        model_labels: tuple[str, ...],
        references: Floats,
        reference_labels: Sequence[str],
    ) -> None:
        self._members = tuple(member for member in members if member.examples)
        new = tuple(m.label for m in self._members if m.label not in model_labels and m.label != NOBODY)
        self.labels = model_labels + new
        self._places = [-1 if m.label == NOBODY else self.labels.index(m.label) for m in self._members]
        self._examples = [member.embeddings for member in self._members]
        self._means = np.stack([_unit(e.mean(axis=0)) for e in self._examples]) if self._members else None
        names = np.array(reference_labels)
        self._thresholds = np.array(
            [
                self._fitted(i, references[names != member.label])
                if member.threshold is None
                else member.threshold
                for i, member in enumerate(self._members)
            ],
            np.float32,
        )
        digest = sha256()
        for member, threshold in zip(self._members, self._thresholds, strict=True):
            digest.update(f"{member.label} {threshold} {[e.id for e in member.examples]}".encode())
        self.id = digest.hexdigest()[:16]

    def similarity(self, embeddings: Floats) -> Floats:
        """How similar heads are to the examples of each member: (N, D) -> (N, T), from -1 to 1."""
        if self._means is None:
            return np.zeros((len(embeddings), 0), np.float32)
        nearest = np.stack([(embeddings @ e.T).max(axis=1) for e in self._examples], axis=1)
        return np.asarray((embeddings @ self._means.T + nearest) / 2, np.float32)

    def likeness(self, embeddings: Floats) -> Floats:
        """How far above its threshold the similarity to each member is: (N, D) -> (N, T)."""
        return self.similarity(embeddings) - self._thresholds

    def name(self, probabilities: Floats, likeness: Floats) -> Floats:
        """Correct the class probabilities of a head.

        Args:
            probabilities: (K,) class probabilities of the model.
            likeness: (T,) mean likeness of the looks at the head.

        Returns:
            (L,) probabilities of all labels.
        """
        row = np.pad(probabilities, (0, len(self.labels) - len(probabilities)))
        if len(likeness):
            best = int(likeness.argmax())
            certain = _probability(float(likeness[best]))
            if certain >= _FLOOR:
                row = row * np.float32(1 - certain)
                if self._places[best] >= 0:
                    row[self._places[best]] += np.float32(certain)
        return row

    def found(self, embeddings: Floats) -> list[tuple[int, str, float]]:
        """Who is recognized among heads: index of the head, label and probability."""
        likeness = self.likeness(embeddings)
        if not likeness.shape[1]:
            return []
        best = likeness.argmax(axis=1)
        certain = [_probability(float(row[i])) for row, i in zip(likeness, best, strict=True)]
        return [
            (i, self._members[who].label, p)
            for i, (who, p) in enumerate(zip(best, certain, strict=True))
            if p >= _FLOOR
        ]

    def _fitted(self, index: int, others: Floats) -> float:
        """The similarity to a member that nearly all other heads stay below."""
        if not len(others):
            return 0.5
        means = self._means
        if means is None:
            raise ValueError("no member has examples")
        examples = self._examples[index]
        similarity = (others @ means[index] + (others @ examples.T).max(axis=1)) / 2
        return float(np.quantile(similarity, 1 - _LOST))


def _probability(likeness: float) -> float:
    return float(1 / (1 + np.exp(-_STEEPNESS * likeness)))


def _unit(vector: Floats) -> Floats:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)
