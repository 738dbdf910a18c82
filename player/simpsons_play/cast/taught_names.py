"""Names heads by their embeddings, as the examples of a cast teach. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from simpsons_play.cast.members import SAME_SIMILARITY, Member, unit
from simpsons_play.core.label_search import NOBODY

Floats = npt.NDArray[np.float32]

_FLOOR = 0.5
"""Probabilities below this count as 0, so that a name changes nothing where it does not fit."""

_STEEPNESS, _LOGIT = 20.0, 1.0
"""Slope of the logistic function that turns likeness into a probability, and its logit at the threshold:
there, the probability is 0.73, from which the included detector shows names."""

_NEAREST = 0.5
"""Weight of the nearest example, beside the mean of all examples."""

_CERTAIN = 1.0
"""How much more a head must resemble an example if the model is certain of one of its own names. That much is
only reached by the heads in examples: where the model is sure of a name, only users correct it."""

_SURE = 1.2
"""Least likeness of a head that is the same as in an example: it gets the name even if the model is certain
of another one."""

_RIVALS = 3
"""Number of the most similar heads of strangers that a head of a member must differ from."""

_OWN = 0.5
"""Strangers that are as similar to a member are no rivals: they may well be the same person."""

_LOST = 0.005
"""Share of the references of known characters that may reach the threshold of a member."""

_MIN_THRESHOLD, _MIN_SIMILARITY = 0.07, 0.25
"""No threshold is lower, and a head that is less similar has no likeness at all. A lower threshold names more
heads of taught characters, and more strangers, too: at 339 moments of real footage, 24 members that were
taught from five pictures each get 30 right and 11 wrong names; with 0 instead of 0.07, it is 34 and 26, and
with -0.06 40 and 44. With fewer members, there are fewer of both."""


class TaughtNames:
    """The names that the members of a cast give to heads.

    The likeness of a head to a member is its similarity to the mean of the examples, and to the nearest one,
    less its similarity to the nearest rival: the mean of a known character, or the most similar strangers.
    This margin tells more than a similarity of its own (as in the ratio test of Lowe 2004), and the strangers
    are what verification of speakers calls a cohort. A head gets the name of a member if its likeness is
    above the threshold, below which nearly all heads of known characters stay.

    Args:
        members: members of a cast; those without examples give no names.
        model_labels: labels of the model (K).
        references: (R, D) embeddings of heads of known characters, and of strangers.
        reference_labels: their characters; `NOBODY` for strangers.

    Attributes:
        labels: those of the model, then those of other members.
        members: those with examples (T).
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
        self.members = tuple(member for member in members if member.examples)
        self._model_labels = model_labels
        self._references, self._reference_labels = references, tuple(reference_labels)
        new = tuple(m.label for m in self.members if m.label not in model_labels and m.label != NOBODY)
        self.labels = model_labels + new
        self._places = [-1 if m.label == NOBODY else self.labels.index(m.label) for m in self.members]
        self._examples = [member.embeddings for member in self.members]
        self._means = np.stack([unit(e.mean(axis=0)) for e in self._examples]) if self.members else None
        names = np.array(reference_labels)
        known = sorted(set(reference_labels) - {NOBODY})
        self._strangers = references[names == NOBODY]
        self._is_rival = self._similar(self._strangers) < _OWN
        self._known = (
            np.stack([unit(references[names == name].mean(axis=0)) for name in known]) if known else None
        )
        self._rivals = np.array([[name != m.label for name in known] for m in self.members], np.bool_)
        similarity, of_known = self._margin(references), names != NOBODY
        self._thresholds = np.array(
            [
                max(_MIN_THRESHOLD, _reached_by_few(similarity[of_known & (names != member.label), i]))
                if member.threshold is None
                else member.threshold
                for i, member in enumerate(self.members)
            ],
            np.float32,
        )
        digest = sha256()
        for member, threshold in zip(self.members, self._thresholds, strict=True):
            digest.update(f"{member.label} {threshold} {[e.id for e in member.examples]}".encode())
        self.id = digest.hexdigest()[:16]

    def likeness(self, embeddings: Floats) -> Floats:
        """How far above its threshold the likeness to each member is: (N, D) -> (N, T)."""
        above = self._margin(embeddings) - self._thresholds
        over = self._nearest_example(embeddings) - np.float32(SAME_SIMILARITY)
        return np.where(over >= 0, np.maximum(above, _SURE + over), above)

    @staticmethod
    def of_looks(likeness: Floats) -> Floats:
        """The likeness of a head to each member, by several looks at it: (N, T) -> (T,).

        It is the mean of the looks; but if one of them shows the head of an example, that one counts.
        """
        best = likeness.max(axis=0)
        return np.asarray(np.where(best >= _SURE, best, likeness.mean(axis=0)), np.float32)

    def _margin(self, embeddings: Floats) -> Floats:
        """The margin between the similarity to each member and to its nearest rival: (N, D) -> (N, T)."""
        similarity = self._similar(embeddings)
        if not similarity.shape[1]:
            return similarity
        rivals = np.full_like(similarity, -1)
        if self._known is not None:
            of_known = np.where(self._rivals[None], (embeddings @ self._known.T)[:, None], -1)
            rivals = of_known.max(axis=2)
        to_strangers = embeddings @ self._strangers.T
        for column, is_rival in enumerate(self._is_rival.T):
            nearest = to_strangers[:, is_rival]
            if nearest.shape[1] > _RIVALS:
                nearest = np.partition(nearest, -_RIVALS, axis=1)[:, -_RIVALS:]
            if nearest.shape[1]:
                rivals[:, column] = np.maximum(rivals[:, column], nearest.mean(axis=1))
        return np.where(similarity < _MIN_SIMILARITY, np.float32(-1), similarity - rivals)

    def _similar(self, embeddings: Floats) -> Floats:
        """The similarity to each member: (N, D) -> (N, T)."""
        if self._means is None:
            return np.zeros((len(embeddings), 0), np.float32)
        nearest = self._nearest_example(embeddings)
        return np.asarray((1 - _NEAREST) * (embeddings @ self._means.T) + _NEAREST * nearest, np.float32)

    def _nearest_example(self, embeddings: Floats) -> Floats:
        """The similarity to the nearest example of each member: (N, D) -> (N, T)."""
        nearest = np.zeros((len(embeddings), len(self._examples)), np.float32)
        for column, examples in enumerate(self._examples):
            nearest[:, column] = (embeddings @ examples.T).max(axis=1)
        return nearest

    def name(self, probabilities: Floats, likeness: Floats) -> Floats:
        """Correct the class probabilities of a head.

        Args:
            probabilities: (K,) class probabilities of the model.
            likeness: (T,) likeness of the head; see `of_looks`.

        Returns:
            (L,) probabilities of all labels.
        """
        row = self.padded(probabilities)
        if len(likeness):
            best, above = self.nearest(probabilities, likeness)
            certain, own = _probability(above), self._places[best]
            if certain >= _FLOOR:
                row = row * np.float32(1 - certain)
                if own >= 0:
                    row[own] += np.float32(certain)
        return row

    def padded(self, probabilities: Floats) -> Floats:
        """(K,) class probabilities of the model -> (L,) of all labels, with 0 for those of the cast."""
        row = np.zeros(len(self.labels), np.float32)
        row[: len(probabilities)] = probabilities
        return row

    def nearest(self, probabilities: Floats, likeness: Floats) -> tuple[int, float]:
        """The member that a head resembles most.

        Args:
            probabilities: (K,) class probabilities of the model: the surer it is of another character, the
                more the head must resemble the member.
            likeness: (T,) likeness of the head; see `of_looks`.

        Returns:
            Index in `members`, and how far above the threshold the likeness is.
        """
        best = int(likeness.argmax())
        own = self._places[best]
        others = np.delete(probabilities, own) if 0 <= own < len(probabilities) else probabilities
        return best, float(likeness[best]) - _CERTAIN * float(others.max(initial=0))

    def only(self, labels: Collection[str]) -> TaughtNames:
        """The names of some members, with the same thresholds."""
        return TaughtNames(
            [member for member in self.members if member.label in labels],
            model_labels=self._model_labels,
            references=self._references,
            reference_labels=self._reference_labels,
        )

    @staticmethod
    def is_reached(likeness: Floats) -> npt.NDArray[np.bool_]:
        """Where a likeness may change a name or a probability; of the same shape."""
        return np.asarray(likeness >= (np.log(_FLOOR / (1 - _FLOOR)) - _LOGIT) / _STEEPNESS)


def _probability(likeness: float) -> float:
    return float(1 / (1 + np.exp(-_STEEPNESS * likeness - _LOGIT)))


def _reached_by_few(likeness: Floats) -> float:
    """The likeness to a member that nearly all heads of other characters stay below."""
    return float(np.quantile(likeness, 1 - _LOST)) if len(likeness) else -1.0
