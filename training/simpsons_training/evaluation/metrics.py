"""Classification metrics, independent of the threshold. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from simpsons_training.evaluation.calibration import expected_calibration_error
from simpsons_training.evaluation.predictions import Predictions


@dataclass(frozen=True, slots=True)
class CharacterScores:
    """Metrics of one character. Undefined values are None.

    Attributes:
        precision: Share of correct predictions among those of this label.
        recall: Share of the character's pictures that are predicted correctly.
        f1: Harmonic mean of both; 0 if no picture is predicted correctly.
        support: Number of pictures of the character.
    """

    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of a network. All values are 0-1.

    Attributes:
        accuracy: Share of pictures whose most probable label is correct.
        macro_f1: Mean F1 of the characters that have pictures.
        weighted_f1: The same, weighted by the number of pictures.
        ece: Expected calibration error in 15 bins.
        per_character: Metrics of each label, in the order of the labels.
    """

    accuracy: float
    macro_f1: float
    weighted_f1: float
    ece: float
    per_character: dict[str, CharacterScores]


def measure(known: Predictions) -> Metrics:
    """Compute the metrics.

    Args:
        known: Predictions for at least one picture, all of known characters.
    """
    columns = np.arange(len(known.labels))
    scores = zip(
        *precision_recall_fscore_support(
            known.targets, known.predicted, labels=columns, zero_division=np.nan
        ),
        strict=True,
    )
    per_character = {
        label: CharacterScores(_share(p), _share(r), _share(f) if support else None, int(support))
        for label, (p, r, f, support) in zip(known.labels, scores, strict=True)
    }
    present = [(s.f1, s.support) for s in per_character.values() if s.f1 is not None]
    f1s, supports = zip(*present, strict=True)
    return Metrics(
        accuracy=float(accuracy_score(known.targets, known.predicted)),
        macro_f1=float(np.mean(f1s)),
        weighted_f1=float(np.average(f1s, weights=supports)),
        ece=expected_calibration_error(known.confidence, known.predicted == known.targets),
        per_character=per_character,
    )


def _share(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
