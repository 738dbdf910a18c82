"""Open-set metrics: how well a network rejects unknown people, and the cost of a threshold. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from simpsons_training.evaluation.predictions import Predictions

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Thresholds that a report compares."""


@dataclass(frozen=True, slots=True)
class UnknownMetrics:
    """Metrics on one kind of pictures without a known character.

    Attributes:
        auroc: How well the confidence separates them from known characters: the probability that it is lower
            for one of them than for a known character; 0.5 is chance.
        pictures: Number of pictures.
        unnamed: Share of pictures below the threshold, which are correctly rejected.
    """

    auroc: float
    pictures: int
    unnamed: float


@dataclass(frozen=True, slots=True)
class OpenSet:
    """Metrics at a threshold. Shares are 0-1; None without pictures of that kind.

    Attributes:
        auroc: AUROC over all pictures without a known character; see `UnknownMetrics`.
        others: Metrics on unknown people.
        backgrounds: Metrics on background crops.
        unnamed: Share of all pictures without a known character below the threshold.
        named_right: Share of known characters that are named correctly.
        named_wrong: Share of known characters that get another name; the rest are not named.
    """

    auroc: float | None
    others: UnknownMetrics | None
    backgrounds: UnknownMetrics | None
    unnamed: float | None
    named_right: float
    named_wrong: float


def is_background(predictions: Predictions) -> npt.NDArray[np.bool_]:
    """(N,): whether a picture is a background crop, see `background_crops`."""
    return np.array([not p.known and p.crop is not None for p in predictions.pictures], dtype=np.bool_)


def measure_open_set(predictions: Predictions, threshold: float) -> OpenSet:
    """Measure which pictures are named at a threshold, as in the player: if the confidence reaches it.

    Args:
        predictions: Predictions for at least one known character, and for unknown people.
        threshold: Threshold, 0-1.
    """
    known, confidence = predictions.known, predictions.confidence
    background = is_background(predictions)
    named = confidence[known] >= threshold
    correct = (predictions.predicted == predictions.targets)[known]

    def measure(chosen: npt.NDArray[np.bool_]) -> UnknownMetrics | None:
        if not chosen.any():
            return None
        is_known = np.repeat([True, False], [known.sum(), chosen.sum()])
        return UnknownMetrics(
            auroc=float(roc_auc_score(is_known, np.concatenate([confidence[known], confidence[chosen]]))),
            pictures=int(chosen.sum()),
            unnamed=float((confidence[chosen] < threshold).mean()),
        )

    unknown = measure(~known)
    return OpenSet(
        auroc=unknown.auroc if unknown else None,
        others=measure(~known & ~background),
        backgrounds=measure(background),
        unnamed=unknown.unnamed if unknown else None,
        named_right=float((named & correct).mean()),
        named_wrong=float((named & ~correct).mean()),
    )


def compare_thresholds(
    predictions: Predictions, thresholds: Sequence[float] = THRESHOLDS
) -> list[tuple[float, OpenSet]]:
    """Measure several thresholds, lowest first."""
    return [(threshold, measure_open_set(predictions, threshold)) for threshold in sorted(thresholds)]
