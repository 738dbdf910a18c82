"""How sure a network is where it is right, where it is wrong, and of strangers. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_training.backgrounds import BACKGROUND
from simpsons_training.evaluation.predictions import Predictions


@dataclass(frozen=True, slots=True)
class Sureness:
    """Means over one kind of pictures, as the article compared them.

    Attributes:
        kind: `right`, `wrong`, `others` or `backgrounds`.
        pictures: how many; at least one.
        best: mean of the best probability.
        margin: mean of how much it is above the second best.
        deviation: mean of the standard deviation of a picture's probabilities.
    """

    kind: str
    pictures: int
    best: float
    margin: float
    deviation: float


def kinds_of(predictions: Predictions) -> dict[str, npt.NDArray[np.bool_]]:
    """Which pictures (N,) are named right, are named wrong, are of others, and are backgrounds."""
    right, known = predictions.guesses == predictions.right, predictions.known
    background = np.array([p.character == BACKGROUND for p in predictions.pictures], np.bool_) & ~known
    return {
        "right": right,
        "wrong": known & ~right,
        "others": ~known & ~background,
        "backgrounds": background,
    }


def sureness(predictions: Predictions) -> list[Sureness]:
    """The means for each kind that there are pictures of.

    Source: A. Attia 2017, "The Simpsons characters recognition and detection using Keras", which looked for
    thresholds in the best probability, the difference of the best two and the standard deviation.
    """
    best, margin, deviation = predictions.best, predictions.margin, predictions.deviation
    return [
        Sureness(
            kind,
            int(chosen.sum()),
            *(float(values[chosen].mean(dtype=np.float64)) for values in (best, margin, deviation)),
        )
        for kind, chosen in kinds_of(predictions).items()
        if chosen.any()
    ]
