"""How well the right names are found, whatever the threshold. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from simpsons_training.evaluation.calibration import expected_calibration_error
from simpsons_training.evaluation.predictions import Predictions


@dataclass(frozen=True, slots=True)
class CharacterScores:
    """How well one character is found. A share of no pictures is None.

    Attributes:
        precision: of the pictures named so, the share that is.
        recall: of the pictures of the character, the share named so.
        f1: the harmonic mean of both; 0 where the character is never found.
        support: how many pictures of the character there are.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """How well the right names are found. All shares are 0-1.

    Attributes:
        accuracy: the share of pictures whose most probable label is right.
        macro_f1: the mean F1 of the characters that there are pictures of.
        weighted_f1: the same, each weighted by its pictures.
        ece: expected calibration error of the best probability, in 15 bins.
        per_character: for each label of the network, in its order.
    """

    accuracy: float
    macro_f1: float
    weighted_f1: float
    ece: float
    per_character: dict[str, CharacterScores]


def measure(known: Predictions) -> Metrics:
    """Compare most probable labels with right ones.

    Args:
        known: pictures of characters that the network can name, at least one.
    """
    columns = np.arange(len(known.labels))
    scores = zip(
        *precision_recall_fscore_support(known.right, known.guesses, labels=columns, zero_division=np.nan),
        strict=True,
    )
    per_character = {
        label: CharacterScores(_share(p), _share(r), _share(f) if support else None, int(support))
        for label, (p, r, f, support) in zip(known.labels, scores, strict=True)
    }
    present = [(s.f1, s.support) for s in per_character.values() if s.f1 is not None]
    f1s, supports = zip(*present, strict=True)
    return Metrics(
        accuracy=float(accuracy_score(known.right, known.guesses)),
        macro_f1=float(np.mean(f1s)),
        weighted_f1=float(np.average(f1s, weights=supports)),
        ece=expected_calibration_error(known.best, known.guesses == known.right),
        per_character=per_character,
    )


def _share(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
