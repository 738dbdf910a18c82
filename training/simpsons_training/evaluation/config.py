"""Settings of an evaluation and their defaults. Imports neither numpy nor Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from simpsons_training.config import Split, TrainConfig

Part = Literal["val", "train", "all"]

PARTS: tuple[Part, ...] = get_args(Part)
"""Possible values of `EvaluateConfig.part`."""

_TRAINING = TrainConfig()


@dataclass(frozen=True, slots=True)
class EvaluateConfig:
    """Which pictures a network is evaluated on, and at which threshold.

    Attributes:
        part: The validation pictures, the training pictures, or all.
        split: How pictures are split; see `dataset.read_pictures`. Split, share and seed must be those of the
            training.
        val_share: Share of each character's validation pictures, if the split is drawn; 0-1.
        seed: Random seed of a drawn split and of the pictures in a report.
        threshold: Minimum probability for naming a character; 0-1. None takes the network's own.
        backgrounds: Add background crops to the unknown people.
    """

    part: Part = "val"
    split: Split = _TRAINING.split
    val_share: float = _TRAINING.val_share
    seed: int = _TRAINING.seed
    threshold: float | None = None
    backgrounds: bool = True
