"""Names that may be wrong, by what networks say that have not learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.table import Picture


@dataclass(frozen=True, slots=True)
class Suspect:
    """A picture whose name is probably wrong.

    Attributes:
        picture: with the name it was given.
        suggested: the most probable other name, of those that are probable enough.
        given_probability: of its own name; 0-1.
        suggested_probability: of the other; 0-1.
    """

    picture: Picture
    suggested: str
    given_probability: float
    suggested_probability: float

    @property
    def margin(self) -> float:
        """How much more probable the other name is than its own; 0-1. The more, the more suspect."""
        return self.suggested_probability - self.given_probability


def find_suspects(judged: Predictions) -> list[Suspect]:
    """Confident learning: the pictures a network confidently counts to another character, most suspect first.

    A network counts a picture to a character if its probability is at least the mean that pictures of this
    name get for it; of several the most probable. Suspect are those counted to another than their own. They
    are ranked by the normalised margin. Source: Northcutt et al. 2021, "Confident Learning"
    (arXiv:1911.00068), sections 3.1 and 3.2; here without its estimate of how many there should be.

    Args:
        judged: by networks that have not learned from these pictures; all of characters to be named.
    """
    names = range(len(judged.labels))
    own = [judged.probabilities[judged.right == k, k] for k in names]
    usual = np.array([probabilities.mean() if len(probabilities) else np.inf for probabilities in own])
    enough = np.where(judged.probabilities >= usual, judged.probabilities, -1.0)
    counted = enough.argmax(axis=1)
    rows = np.arange(len(counted))
    given = judged.probabilities[rows, judged.right]
    suggested = judged.probabilities[rows, counted]
    doubtful = np.flatnonzero((enough[rows, counted] >= 0) & (counted != judged.right) & (suggested > given))
    ranked = doubtful[np.argsort(given[doubtful] - suggested[doubtful], kind="stable")]
    return [
        Suspect(judged.pictures[i], judged.labels[counted[i]], float(given[i]), float(suggested[i]))
        for i in ranked
    ]


def join(parts: Sequence[Predictions]) -> Predictions:
    """The predictions of several folds as one; at least one, all with the same labels."""
    return Predictions(
        parts[0].labels,
        tuple(picture for part in parts for picture in part.pictures),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.probabilities for part in parts]),
    )
