"""How well a network keeps silent about people it does not know, and what a threshold costs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from simpsons_training.evaluation.predictions import Predictions

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Those a report compares."""


@dataclass(frozen=True, slots=True)
class Strangers:
    """One kind of pictures with nobody to be named on them.

    Attributes:
        auroc: how well the best probability tells them from pictures of characters to be named: the
            probability that it is lower for a stranger than for a character; 0.5 is chance.
        pictures: how many there are.
        unnamed: the share that stays below the threshold, which is right.
    """

    auroc: float
    pictures: int
    unnamed: float


@dataclass(frozen=True, slots=True)
class OpenSet:
    """What happens at a threshold. All shares are 0-1; what there are no pictures for is None.

    Attributes:
        auroc: of all strangers together; see `Strangers`.
        others: people who are not to be named.
        backgrounds: parts of pictures beside the character.
        unnamed: the share of all strangers that stays below the threshold.
        named_right: the share of pictures of characters that get their name.
        named_wrong: the share of them that get another's; the rest get none.
    """

    auroc: float | None
    others: Strangers | None
    backgrounds: Strangers | None
    unnamed: float | None
    named_right: float
    named_wrong: float


def is_background(predictions: Predictions) -> npt.NDArray[np.bool_]:
    """(N,): the picture is a part beside a character, as `backgrounds_of` cuts them."""
    return np.array([not p.known and p.crop is not None for p in predictions.pictures], dtype=np.bool_)


def measure_open_set(predictions: Predictions, threshold: float) -> OpenSet:
    """Measure what is named at a threshold, as the player does: where the best probability reaches it.

    Args:
        predictions: of known pictures (at least one) and of strangers.
        threshold: 0-1.
    """
    known, best = predictions.known, predictions.best
    background = is_background(predictions)
    named = best[known] >= threshold
    correct = (predictions.guesses == predictions.right)[known]

    def measure(chosen: npt.NDArray[np.bool_]) -> Strangers | None:
        if not chosen.any():
            return None
        is_known = np.repeat([True, False], [known.sum(), chosen.sum()])
        return Strangers(
            auroc=float(roc_auc_score(is_known, np.concatenate([best[known], best[chosen]]))),
            pictures=int(chosen.sum()),
            unnamed=float((best[chosen] < threshold).mean()),
        )

    strangers = measure(~known)
    return OpenSet(
        auroc=strangers.auroc if strangers else None,
        others=measure(~known & ~background),
        backgrounds=measure(background),
        unnamed=strangers.unnamed if strangers else None,
        named_right=float((named & correct).mean()),
        named_wrong=float((named & ~correct).mean()),
    )


def compare_thresholds(
    predictions: Predictions, thresholds: Sequence[float] = THRESHOLDS
) -> list[tuple[float, OpenSet]]:
    """What each of several thresholds buys, lowest first."""
    return [(threshold, measure_open_set(predictions, threshold)) for threshold in sorted(thresholds)]
