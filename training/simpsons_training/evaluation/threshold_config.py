"""Settings of a threshold search and their defaults. Imports no numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simpsons_training.config import Split, TrainConfig
from simpsons_training.evaluation.config import Part

GoalKind = Literal["best_f1", "precision", "recall", "silence"]

_TRAINING = TrainConfig()


@dataclass(frozen=True, slots=True)
class Goal:
    """What a threshold must achieve.

    Attributes:
        kind: `best_f1` maximises F1; `precision`, `recall` and `silence` (share of unknown people without a
            name) require a minimum.
        at_least: The minimum, 0-1; None for `best_f1`.
    """

    kind: GoalKind = "best_f1"
    at_least: float | None = None

    def __str__(self) -> str:
        """For example `precision of at least 0.95`."""
        return "the best F1" if self.at_least is None else f"{self.kind} of at least {self.at_least:g}"


@dataclass(frozen=True, slots=True)
class ThresholdConfig:
    """Which pictures thresholds are chosen on, and for which goal.

    Attributes:
        part: The validation pictures, the training pictures, or all.
        split: How pictures are split; see `dataset.read_pictures`. Split, share and seed must be those of the
            training.
        val_share: Share of each character's validation pictures, if the split is drawn; 0-1.
        seed: Random seed of a drawn split and of the cross-validation.
        backgrounds: Add background crops to the unknown people.
        goal: What the threshold must achieve.
    """

    part: Part = "val"
    split: Split = _TRAINING.split
    val_share: float = _TRAINING.val_share
    seed: int = _TRAINING.seed
    backgrounds: bool = True
    goal: Goal = Goal()
