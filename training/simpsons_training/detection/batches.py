"""Batches of collages and what should be said of them, made beside the training by threads."""

from __future__ import annotations

from typing import Any

import cv2
import keras
import numpy as np
import numpy.typing as npt

from simpsons_training.augment import weathered
from simpsons_training.config import FOOTAGE
from simpsons_training.detection.collages import Draw, collage
from simpsons_training.detection.targets import make_cells

Floats = npt.NDArray[np.float32]


class CollageBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Epochs of collages, each put together anew; the same for the same seed, epoch and index.

    Args:
        draw: gives a scene at random.
        labels: how many can be named.
        size_px: width and height of the scenes handed out.
        scenes: in an epoch.
        batch_size: scenes in each batch.
        seed: where chance starts.
    """

    def __init__(
        self,
        draw: Draw,
        *,
        labels: int,
        size_px: tuple[int, int],
        scenes: int,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__(workers=2, max_queue_size=8)
        self._draw, self._labels, self._size_px = draw, labels, size_px
        self._steps, self._batch_size, self._seed = max(1, scenes // batch_size), batch_size, seed
        self._epoch = 0

    def __len__(self) -> int:
        """Batches in an epoch."""
        return self._steps

    def __getitem__(self, index: int) -> tuple[Any, Floats]:
        """Batch `index`: pictures (B, H, W, 3) uint8 RGB, cells (B, H/8, W/8, 8 + labels)."""
        random = np.random.default_rng((self._seed, self._epoch, index))
        pictures, cells = [], []
        for _ in range(self._batch_size):
            scene = collage(self._draw, self._size_px, random)
            picture = weathered(scene.image, FOOTAGE, random)
            pictures.append(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            cells.append(make_cells(scene.heads, labels=self._labels, size_px=self._size_px))
        return np.stack(pictures), np.stack(cells)

    def on_epoch_end(self) -> None:
        """Put others together in the next epoch."""
        self._epoch += 1
