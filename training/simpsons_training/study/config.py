"""What a study of pictures can be asked for, with its defaults. Light: imports neither numpy nor Keras."""

from __future__ import annotations

from dataclasses import dataclass

from simpsons_training.config import Split, TrainConfig

_TRAINING = TrainConfig()


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """How pictures are split, and how networks look for wrong names.

    Attributes:
        split: which pictures to validate on; see `dataset.read_pictures`.
        val_share: share of each character's pictures in `val`, where they are drawn; 0-1.
        seed: where chance starts: for that draw, for the folds and for the networks.
        folds: parts that the pictures are dealt into; each is judged by a network that learned from the rest.
        epochs: of each of those networks.
        size_px: side of the pictures they see.
    """

    split: Split = _TRAINING.split
    val_share: float = _TRAINING.val_share
    seed: int = _TRAINING.seed
    folds: int = 3
    epochs: int = 8
    size_px: int = 64
