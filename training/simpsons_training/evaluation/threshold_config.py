"""What a search for thresholds can be asked for, with its defaults. Light: imports no numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simpsons_training.config import Split, TrainConfig
from simpsons_training.evaluation.config import Part

GoalKind = Literal["best_f1", "precision", "recall", "silence"]

_TRAINING = TrainConfig()


@dataclass(frozen=True, slots=True)
class Goal:
    """What a threshold has to reach.

    Attributes:
        kind: `best_f1` asks for the highest F1; `precision`, `recall` and `silence` (the share of strangers
            that stay unnamed) ask for at least a value.
        at_least: that value, 0-1; None for `best_f1`.
    """

    kind: GoalKind = "best_f1"
    at_least: float | None = None

    def __str__(self) -> str:
        """In words: `precision of at least 0.95`."""
        return "the best F1" if self.at_least is None else f"{self.kind} of at least {self.at_least:g}"


@dataclass(frozen=True, slots=True)
class ThresholdConfig:
    """Which pictures thresholds are chosen on, and what for.

    Attributes:
        part: the pictures that were kept for validation, those to train on, or all.
        split: how the two are told apart; see `dataset.read_pictures`. It has to be as the network was
            trained, with the same share and seed.
        val_share: share of each character's pictures in `val`, where they are drawn; 0-1.
        seed: where chance starts: for that draw, and for the halves that a choice is tried on.
        backgrounds: parts of pictures beside the character join the people who are not to be named.
        goal: what a threshold has to reach.
    """

    part: Part = "val"
    split: Split = _TRAINING.split
    val_share: float = _TRAINING.val_share
    seed: int = _TRAINING.seed
    backgrounds: bool = True
    goal: Goal = Goal()
