"""Batches of augmented pictures and their targets, built by worker threads during training."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_training.augment import augment, mix_pairs
from simpsons_training.config import Augmentation

Floats = npt.NDArray[np.float32]


class TrainingBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of one epoch, shuffled and augmented anew, deterministic in seed and epoch.

    Args:
        images: (N, H, H, 3) uint8 BGR.
        targets: (N, K) float32, rows summing to 1.
        weights: (N,) float32 sample weights.
        size_px: Side of the pictures in a batch.
        batch_size: Pictures per batch; an incomplete last batch is dropped.
        augmentation: How pictures are augmented.
        color_order: Colour order of the pictures in a batch: `BGR` or `RGB`.
        seed: Random seed.
    """

    def __init__(
        self,
        images: Image,
        targets: Floats,
        weights: Floats,
        *,
        size_px: int,
        batch_size: int,
        augmentation: Augmentation,
        color_order: str,
        seed: int,
    ) -> None:
        super().__init__(workers=2, max_queue_size=16)
        self._images, self._targets, self._weights = images, targets, weights
        self._size_px, self._batch_size = size_px, min(batch_size, len(images))
        self._augmentation, self._color_order, self._seed = augmentation, color_order, seed
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Provide the batches of this epoch, counted from 0."""
        self._epoch = epoch
        self._order = self._shuffled()

    def __len__(self) -> int:
        """Batches per epoch."""
        return len(self._images) // self._batch_size

    def __getitem__(self, index: int) -> tuple[Any, Floats, Floats]:
        """Batch `index` of this epoch: pictures (B, S, S, 3) uint8, targets (B, K), weights (B,)."""
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        random = np.random.default_rng((self._seed, self._epoch, index))
        pictures = np.stack(
            [augment(self._images[i], self._size_px, self._augmentation, random) for i in chosen]
        )
        pictures, targets = mix_pairs(pictures, self._targets[chosen], self._augmentation, random)
        return to_color_order(pictures, self._color_order), targets, self._weights[chosen]

    def on_epoch_end(self) -> None:
        """Shuffle for the next epoch."""
        self.start_epoch(self._epoch + 1)

    def _shuffled(self) -> npt.NDArray[np.int64]:
        return np.random.default_rng((self._seed, self._epoch)).permutation(len(self._images))


def to_color_order(pictures: Image, color_order: str) -> Image:
    """(N, S, S, 3) uint8 BGR -> the same pictures in the colour order of a network."""
    return pictures if color_order == "BGR" else np.ascontiguousarray(pictures[..., ::-1])


def make_targets(indices: npt.NDArray[np.int64], labels: int, *, smoothing: float) -> Floats:
    """Label indices (N,), -1 for unknown people -> targets (N, labels), uniform for unknown people."""
    targets = np.full((len(indices), labels), smoothing / labels, np.float32)
    known = indices >= 0
    targets[known, indices[known]] += 1 - smoothing
    targets[~known] = 1 / labels
    return targets


def make_weights(indices: npt.NDArray[np.int64], labels: int, *, balance: float) -> Floats:
    """Sample weights (N,): `n ** -balance` for a character with n pictures, scaled to mean 1."""
    known = indices >= 0
    counts = np.bincount(indices[known], minlength=labels).clip(1)
    weights = np.ones(len(indices), np.float32)
    weights[known] = (counts.mean() / counts[indices[known]]) ** balance
    weights[known] /= weights[known].mean()
    return weights
