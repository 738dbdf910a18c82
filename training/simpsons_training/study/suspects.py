"""Find probably wrong labels from cross-validated predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.table import Picture


@dataclass(frozen=True, slots=True)
class Suspect:
    """A picture whose label is probably wrong.

    Attributes:
        picture: The picture with its given label.
        suggested: The most probable other label above its threshold.
        given_probability: Probability of the given label; 0-1.
        suggested_probability: Probability of the suggested label; 0-1.
    """

    picture: Picture
    suggested: str
    given_probability: float
    suggested_probability: float

    @property
    def margin(self) -> float:
        """Probability of the suggested label minus that of the given one; 0-1. Suspects are ranked by it."""
        return self.suggested_probability - self.given_probability


def find_suspects(predictions: Predictions) -> list[Suspect]:
    """Find suspects by confident learning, most suspect first.

    A picture is assigned to the most probable label whose probability reaches the mean probability of this
    label over the pictures that have it. Pictures assigned to another label than their own are suspects,
    ranked by normalised margin. Source: Northcutt et al. 2021, "Confident Learning" (arXiv:1911.00068),
    sections 3.1 and 3.2, without its estimate of the number of errors.

    Args:
        predictions: Cross-validated predictions for known characters.
    """
    own = [predictions.probabilities[predictions.targets == k, k] for k in range(len(predictions.labels))]
    thresholds = np.array([probabilities.mean() if len(probabilities) else np.inf for probabilities in own])
    eligible = np.where(predictions.probabilities >= thresholds, predictions.probabilities, -1.0)
    assigned = eligible.argmax(axis=1)
    rows = np.arange(len(assigned))
    given = predictions.probabilities[rows, predictions.targets]
    suggested = predictions.probabilities[rows, assigned]
    suspect = np.flatnonzero(
        (eligible[rows, assigned] >= 0) & (assigned != predictions.targets) & (suggested > given)
    )
    ranked = suspect[np.argsort(given[suspect] - suggested[suspect], kind="stable")]
    return [
        Suspect(
            predictions.pictures[i], predictions.labels[assigned[i]], float(given[i]), float(suggested[i])
        )
        for i in ranked
    ]


def join(parts: Sequence[Predictions]) -> Predictions:
    """Concatenate the predictions of at least one fold; all have the same labels."""
    return Predictions(
        parts[0].labels,
        tuple(picture for part in parts for picture in part.pictures),
        np.concatenate([part.targets for part in parts]),
        np.concatenate([part.probabilities for part in parts]),
    )
