"""Batches of augmented mosaics and their target tensors, built by worker threads during training."""

from __future__ import annotations

from typing import Any

import cv2
import keras
import numpy as np
import numpy.typing as npt

from simpsons_training.augment import degrade
from simpsons_training.config import FOOTAGE
from simpsons_training.detection.mosaics import SceneSampler, mosaic
from simpsons_training.detection.targets import encode_targets

Floats = npt.NDArray[np.float32]


class MosaicBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Epochs of freshly built mosaics, deterministic in seed, epoch and batch index.

    Args:
        sample: Draws a random scene.
        labels: Number of characters the network can name.
        size_px: Width and height of the mosaics.
        scenes: Mosaics per epoch.
        batch_size: Mosaics per batch.
        seed: Random seed.
    """

    def __init__(
        self,
        sample: SceneSampler,
        *,
        labels: int,
        size_px: tuple[int, int],
        scenes: int,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__(workers=2, max_queue_size=8)
        self._sample, self._labels, self._size_px = sample, labels, size_px
        self._steps, self._batch_size, self._seed = max(1, scenes // batch_size), batch_size, seed
        self._epoch = 0

    def __len__(self) -> int:
        """Batches per epoch."""
        return self._steps

    def __getitem__(self, index: int) -> tuple[Any, Floats]:
        """Batch `index`: images (B, H, W, 3) uint8 RGB, targets (B, H/8, W/8, 8 + labels)."""
        random = np.random.default_rng((self._seed, self._epoch, index))
        images, targets = [], []
        for _ in range(self._batch_size):
            scene = mosaic(self._sample, self._size_px, random)
            image = degrade(scene.image, FOOTAGE, random)
            images.append(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            targets.append(encode_targets(scene.heads, labels=self._labels, size_px=self._size_px))
        return np.stack(images), np.stack(targets)

    def on_epoch_end(self) -> None:
        """Build new mosaics in the next epoch."""
        self._epoch += 1
