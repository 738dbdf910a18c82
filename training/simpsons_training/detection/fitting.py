"""One stretch of a detector's training: collages in, better weights out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras

from simpsons_training.detection.average_precision import average_precision
from simpsons_training.detection.batches import CollageBatches
from simpsons_training.detection.collages import Draw
from simpsons_training.detection.config import LEAST_SHOWN, DetectorConfig
from simpsons_training.detection.finder import find_heads
from simpsons_training.detection.loss import detection_loss
from simpsons_training.detection.scenes import Scene


@dataclass(frozen=True, slots=True)
class DetectorEpoch:
    """One row of a history.

    Attributes:
        epoch: counted from 1; those of the teacher by themselves.
        loss: of training, mean over the epoch.
        val_map_50: mean average precision of names at an intersection over union of 0.5, on the marked
            pictures kept for validation; 0-1.
        val_heads_ap_50: average precision of heads, whoever they are; 0-1.
        seconds: the epoch took.
    """

    epoch: int
    loss: float
    val_map_50: float
    val_heads_ap_50: float
    seconds: float


class DetectorWatcher(Protocol):
    """Whoever wants to hear how the training of a detector goes."""

    def on_stage(self, words: str, total: int) -> None:
        """Another part of the work begins, of so many steps."""

    def on_step(self) -> None:
        """A step of it is done."""

    def on_epoch(self, result: DetectorEpoch) -> None:
        """An epoch is done and saved."""


def freeze(model: keras.Model, blocks: int) -> None:
    """Leave the stem and so many blocks of the backbone as they are; train all else."""
    for layer in model.layers:
        part = layer.name.partition("_")[0]
        number = part.removeprefix("block")
        layer.trainable = not (part == "stem" or (number.isdecimal() and int(number) < blocks))


def fit(
    model: keras.Model,
    draw: Draw,
    val_scenes: Sequence[Scene],
    config: DetectorConfig,
    watcher: DetectorWatcher,
    *,
    epochs: int,
    frozen: int,
    save: Callable[[Sequence[DetectorEpoch]], None],
) -> None:
    """Train on collages; each epoch is judged and saved with averaged weights.

    Args:
        model: as `network.build_detector` makes it.
        draw: gives a scene at random.
        val_scenes: to judge on.
        config: how to train.
        watcher: told of steps and epochs.
        epochs: how many.
        frozen: blocks of the backbone, from the first, that stay as they are.
        save: called after each with all so far.
    """
    labels = model.output_shape[-1] - 6
    batches = CollageBatches(
        draw,
        labels=labels,
        size_px=config.size_px,
        scenes=config.scenes,
        batch_size=config.batch_size,
        seed=config.seed,
    )
    freeze(model, frozen)
    steps = epochs * len(batches)
    schedule = keras.optimizers.schedules.CosineDecay(
        config.learning_rate / 20,
        max(1, steps - steps // 20),
        alpha=0.01,
        warmup_target=config.learning_rate,
        warmup_steps=steps // 20,
    )
    optimizer = keras.optimizers.AdamW(
        schedule,
        weight_decay=config.weight_decay,
        beta_2=0.99,
        clipnorm=5.0,
        use_ema=True,
        # In a short training the mean must not remember its beginning.
        ema_momentum=max(0.0, min(config.average, 1 - 20 / steps)),
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    # XLA's depthwise convolutions are ten times slower on a CPU.
    model.compile(optimizer, detection_loss, jit_compile=False)
    watcher.on_stage("Training", steps)
    model.fit(
        batches,
        epochs=epochs,
        verbose=0,
        shuffle=False,
        callbacks=[
            keras.callbacks.SwapEMAWeights(swap_on_epoch=True),
            _AfterEpoch(val_scenes, labels, watcher, save),
        ],
    )


class _AfterEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Judges and saves the averaged weights after each epoch."""

    def __init__(
        self,
        val_scenes: Sequence[Scene],
        labels: int,
        watcher: DetectorWatcher,
        save: Callable[[Sequence[DetectorEpoch]], None],
    ) -> None:
        super().__init__()
        self._scenes, self._names = val_scenes, [str(i) for i in range(labels)]
        self._watcher, self._save = watcher, save
        self._rows: list[DetectorEpoch] = []
        self._began_s = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._began_s = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._watcher.on_step()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        images = [scene.image for scene in self._scenes]
        found = list(find_heads(self.model, images, min_score=LEAST_SHOWN))
        precision = average_precision(self._scenes, found, self._names)
        self._rows.append(
            DetectorEpoch(
                len(self._rows) + 1,
                float(logs["loss"]),
                precision.at_50,
                precision.heads,
                time.monotonic() - self._began_s,
            )
        )
        self._save(self._rows)
        self._watcher.on_epoch(self._rows[-1])
