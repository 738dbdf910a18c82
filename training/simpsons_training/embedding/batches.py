"""Batches of heads: of known characters, and of strangers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_training.embedding.augment import augmented_head
from simpsons_training.embedding.config import EmbedderConfig
from simpsons_training.embedding.heads import Heads

Indices = npt.NDArray[np.intp]


class HeadBatches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of one epoch, drawn at random, deterministic in seed and epoch.

    Each character is drawn twice in a row, if possible from different scenes, so that the embedding cannot
    rely on what heads of one scene share.

    Args:
        heads: The heads.
        characters: The characters to tell apart; the index is the target.
        config: How to train.
        without: Scenes that are not used.
    """

    def __init__(
        self, heads: Heads, characters: tuple[str, ...], config: EmbedderConfig, *, without: Collection[str]
    ) -> None:
        super().__init__(workers=2, max_queue_size=12)
        self._heads, self._config, self._epoch = heads, config, 0
        self._by_scene = [_by_scene(heads, character, without) for character in characters]
        counts = np.array([sum(map(len, scenes)) for scenes in self._by_scene], np.float64)
        self._shares = counts**config.balance / (counts**config.balance).sum()

    def start_epoch(self, epoch: int) -> None:
        """Provide the batches of this epoch, counted from 0."""
        self._epoch = epoch

    def __len__(self) -> int:
        """Batches per epoch."""
        return self._config.steps_per_epoch

    def __getitem__(self, index: int) -> tuple[Any, dict[str, Any]]:
        """Batch `index` of this epoch: heads (B, S, S, 3) uint8 RGB, and whose they are, (B,) int32."""
        config, random = self._config, np.random.default_rng((self._config.seed, self._epoch, index))
        strangers = config.strangers if len(self._heads.strangers) else 0
        crops: list[Image] = []
        targets: list[int] = []
        while len(crops) < config.batch_size - 2 * strangers:
            character = int(random.choice(len(self._by_scene), p=self._shares))
            for _ in range(2):
                crops.append(self._heads.crops[self._drawn(character, random)])
                targets.append(character)
        for number in range(strangers):
            crops += [self._heads.strangers[random.integers(len(self._heads.strangers))]] * 2
            targets += [-1 - number] * 2
        heads = np.stack([augmented_head(crop, config.size_px, random) for crop in crops])
        who = np.array(targets, np.int32)
        return heads[..., ::-1], {"embeddings": who, "cosines": who}

    def _drawn(self, character: int, random: np.random.Generator) -> int:
        scenes = self._by_scene[character]
        weights = np.sqrt([len(scene) for scene in scenes])
        return int(random.choice(scenes[random.choice(len(scenes), p=weights / weights.sum())]))


def _by_scene(heads: Heads, character: str, without: Collection[str]) -> list[Indices]:
    """Indices of the training heads of a character, scene by scene."""
    scenes: defaultdict[str, list[int]] = defaultdict(list)
    for i in heads.where(split="train", characters=[character]):
        if heads.scenes[i] not in without:
            scenes[heads.scenes[i]].append(int(i))
    return [np.array(indices, np.intp) for indices in scenes.values()]
