"""The training loop of a detector, used for the teacher model and for the detector itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras

from simpsons_training.detection.average_precision import average_precision
from simpsons_training.detection.batches import MosaicBatches
from simpsons_training.detection.config import MIN_SCORE, DetectorConfig
from simpsons_training.detection.loss import detection_loss
from simpsons_training.detection.mosaics import SceneSampler
from simpsons_training.detection.predict import detect_heads
from simpsons_training.detection.scenes import Scene


@dataclass(frozen=True, slots=True)
class DetectorEpoch:
    """One row of `history.csv`.

    Attributes:
        epoch: Counted from 1; the teacher model has its own count.
        loss: Mean training loss of the epoch.
        val_map_50: Mean average precision over characters at an IoU of 0.5 on the validation pictures; 0-1.
        val_heads_ap_50: Average precision of heads regardless of their label; 0-1.
        seconds: Duration of the epoch.
    """

    epoch: int
    loss: float
    val_map_50: float
    val_heads_ap_50: float
    seconds: float


class DetectorWatcher(Protocol):
    """Receives the progress of a detector training."""

    def on_stage(self, title: str, total: int) -> None:
        """A new stage with `total` steps starts."""

    def on_step(self) -> None:
        """A step of the current stage is complete."""

    def on_epoch(self, result: DetectorEpoch) -> None:
        """An epoch is complete and saved."""


def freeze(model: keras.Model, blocks: int) -> None:
    """Freeze the stem and the first `blocks` blocks of the backbone; unfreeze all other layers."""
    for layer in model.layers:
        part = layer.name.partition("_")[0]
        number = part.removeprefix("block")
        layer.trainable = not (part == "stem" or (number.isdecimal() and int(number) < blocks))


def fit(
    model: keras.Model,
    sample: SceneSampler,
    val_scenes: Sequence[Scene],
    config: DetectorConfig,
    watcher: DetectorWatcher,
    *,
    epochs: int,
    frozen_blocks: int,
    save: Callable[[Sequence[DetectorEpoch]], None],
) -> None:
    """Train on mosaics; after each epoch the averaged weights are validated and saved.

    Args:
        model: A network from `network.build_detector`.
        sample: Draws a random scene.
        val_scenes: Scenes to validate on.
        config: How to train.
        watcher: Receives steps and epochs.
        epochs: Number of epochs.
        frozen_blocks: Backbone blocks, from the first, that stay frozen.
        save: Called after each epoch with the results of all epochs so far.
    """
    labels = model.output_shape[-1] - 6
    batches = MosaicBatches(
        sample,
        labels=labels,
        size_px=config.size_px,
        scenes=config.scenes,
        batch_size=config.batch_size,
        seed=config.seed,
    )
    freeze(model, frozen_blocks)
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
        # In a short training the average must forget the initial weights.
        ema_momentum=max(0.0, min(config.ema_momentum, 1 - 20 / steps)),
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
            _EpochCallback(val_scenes, labels, watcher, save),
        ],
    )


class _EpochCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Validates and saves the averaged weights after each epoch."""

    def __init__(
        self,
        val_scenes: Sequence[Scene],
        labels: int,
        watcher: DetectorWatcher,
        save: Callable[[Sequence[DetectorEpoch]], None],
    ) -> None:
        super().__init__()
        self._scenes, self._labels = val_scenes, [str(i) for i in range(labels)]
        self._watcher, self._save = watcher, save
        self._results: list[DetectorEpoch] = []
        self._started_s = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._started_s = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._watcher.on_step()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        images = [scene.image for scene in self._scenes]
        detections = list(detect_heads(self.model, images, min_score=MIN_SCORE))
        precision = average_precision(self._scenes, detections, self._labels)
        self._results.append(
            DetectorEpoch(
                len(self._results) + 1,
                float(logs["loss"]),
                precision.at_50,
                precision.heads,
                time.monotonic() - self._started_s,
            )
        )
        self._save(self._results)
        self._watcher.on_epoch(self._results[-1])
