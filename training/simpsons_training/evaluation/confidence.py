"""Confidence of a network in correct and wrong predictions and for unknown people. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_training.backgrounds import BACKGROUND
from simpsons_training.evaluation.predictions import Predictions


@dataclass(frozen=True, slots=True)
class ConfidenceStats:
    """Mean statistics over one kind of pictures, as compared in the article.

    Attributes:
        kind: `right`, `wrong`, `others` or `backgrounds`.
        pictures: Number of pictures; at least one.
        confidence: Mean of the highest probability.
        margin: Mean difference between the highest and the second highest probability.
        deviation: Mean standard deviation of a picture's probabilities.
    """

    kind: str
    pictures: int
    confidence: float
    margin: float
    deviation: float


def kinds_of(predictions: Predictions) -> dict[str, npt.NDArray[np.bool_]]:
    """Masks (N,) of correct predictions, wrong predictions, unknown people and background crops."""
    correct, known = predictions.predicted == predictions.targets, predictions.known
    background = np.array([p.character == BACKGROUND for p in predictions.pictures], np.bool_) & ~known
    return {
        "right": correct,
        "wrong": known & ~correct,
        "others": ~known & ~background,
        "backgrounds": background,
    }


def confidence_stats(predictions: Predictions) -> list[ConfidenceStats]:
    """Compute the statistics of each kind that has pictures.

    Source: A. Attia 2017, "The Simpsons characters recognition and detection using Keras", which compared the
    highest probability, the difference of the two highest, and the standard deviation.
    """
    confidence, margin, deviation = predictions.confidence, predictions.margin, predictions.deviation
    return [
        ConfidenceStats(
            kind,
            int(chosen.sum()),
            *(float(values[chosen].mean(dtype=np.float64)) for values in (confidence, margin, deviation)),
        )
        for kind, chosen in kinds_of(predictions).items()
        if chosen.any()
    ]
