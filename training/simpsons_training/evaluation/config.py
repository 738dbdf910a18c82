"""What a judgement can be asked for, with its defaults. Light: imports neither numpy nor Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from simpsons_training.config import Split, TrainConfig

Part = Literal["val", "train", "all"]

CROPS: tuple[Part, ...] = get_args(Part)
"""What `EvaluateConfig.part` can be."""

_TRAINING = TrainConfig()


@dataclass(frozen=True, slots=True)
class EvaluateConfig:
    """Which pictures a network is judged on, and from when on it names.

    Attributes:
        part: the pictures that were kept for validation, those to train on, or all.
        split: how the two are told apart; see `dataset.read_pictures`. As the network was trained, so it
            has to be judged, with the same share and seed.
        val_share: share of each character's pictures in `val`, where they are drawn; 0-1.
        seed: where chance starts: for that draw, and for which pictures a report shows.
        threshold: below this probability nobody is named; 0-1. None takes the network's own.
        backgrounds: parts of pictures beside the character join the people who are not to be named.
    """

    part: Part = "val"
    split: Split = _TRAINING.split
    val_share: float = _TRAINING.val_share
    seed: int = _TRAINING.seed
    threshold: float | None = None
    backgrounds: bool = True
