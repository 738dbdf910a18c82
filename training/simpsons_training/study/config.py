"""Settings of a data set study and their defaults. Imports neither numpy nor Keras."""

from __future__ import annotations

from dataclasses import dataclass

from simpsons_training.config import Split, TrainConfig

_TRAINING = TrainConfig()


@dataclass(frozen=True, slots=True)
class StudyConfig:
    """How pictures are split, and how networks search for wrong labels.

    Attributes:
        split: How pictures are split; see `dataset.read_pictures`.
        val_share: Share of each character's validation pictures, if the split is drawn; 0-1.
        seed: Random seed of a drawn split, the folds and the networks.
        folds: Number of cross-validation folds.
        epochs: Training epochs of each network.
        size_px: Input size of the networks.
    """

    split: Split = _TRAINING.split
    val_share: float = _TRAINING.val_share
    seed: int = _TRAINING.seed
    folds: int = 3
    epochs: int = 8
    size_px: int = 64
