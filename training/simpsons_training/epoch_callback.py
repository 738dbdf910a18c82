"""Validation, saving and progress reports during a training."""

from __future__ import annotations

import dataclasses
import math
import time
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, f1_score, log_loss

from simpsons_play.inference.model_card import ModelCard
from simpsons_training.evaluation.calibration import fit_temperature
from simpsons_training.memory import Memory, append_memory
from simpsons_training.picture_record import PictureRecord, append_record
from simpsons_training.storage import EpochResult, RunFolder

_TEMPERATURES = (1 / 3, 3.0)
"""Bounds of the fitted temperature; a few validation pictures that are all correct would push it to 0."""


class Watcher(Protocol):
    """Receives the progress of a training."""

    def on_picture(self) -> None:
        """A picture was read."""

    def on_begin(self, first_epoch: int, epochs: int, steps: int) -> None:
        """The training starts: completed epochs, total epochs, steps per epoch."""

    def on_step(self, epoch: int, step: int, loss: float) -> None:
        """A batch is complete: epoch and step counted from 1, mean loss of the epoch so far."""

    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
        """An epoch is complete and saved; `is_best` if it is the best so far on the validation pictures."""


class EpochCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """Validates and saves after each epoch. An epoch is complete once it is saved.

    Args:
        folder: Run folder.
        card: Model card of the saved networks.
        val_pictures: (M, ...) inputs of the model in training: pictures (M, S, S, 3) uint8 in the network's
            colour order, or features (M, D).
        val_indices: (M,) int64 label indices.
        epochs: Completed epochs of a resumed training; new ones are appended.
        watcher: Receives steps and epochs.
        network: A float32 copy of the network, which is saved. Its last weights are those of the model in
            training: all of them, or those of its last layers.
        by_validation: Choose the best epoch and fit the temperature on the validation pictures. Otherwise the
            last epoch is the best, and the temperature stays.
        record: Record of the pictures of the training, which is saved.
        memory: Memory of the saved networks, if any.
    """

    def __init__(
        self,
        folder: RunFolder,
        card: ModelCard,
        val_pictures: npt.NDArray[Any],
        val_indices: npt.NDArray[np.int64],
        epochs: list[EpochResult],
        watcher: Watcher | None,
        network: keras.Model,
        *,
        record: PictureRecord,
        by_validation: bool = True,
        memory: Memory | None = None,
    ) -> None:
        super().__init__()
        self._folder, self._card, self._watcher = folder, card, watcher
        self._val_pictures, self._val_indices = val_pictures, val_indices
        self.epochs = epochs
        self._network, self._by_validation = network, by_validation
        self._record, self._memory = record, memory
        self._epoch, self._started_s = 0, 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the start time."""
        self._epoch, self._started_s = epoch + 1, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Report the step."""
        if self._watcher is not None:
            self._watcher.on_step(self._epoch, batch + 1, float(logs["loss"]))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Validate, save and report the epoch."""
        trained = self.model.get_weights()
        self._network.set_weights([*self._network.get_weights()[: -len(trained)], *trained])
        # What is saved is validated, also in mixed precision; a fine-tuning has features instead of pictures.
        validated = self._network if self._by_validation else self.model
        probabilities = validated.predict(self._val_pictures, batch_size=64, verbose=0).astype(np.float64)
        probabilities /= probabilities.sum(
            axis=1, keepdims=True
        )  # float32 rows sum to 1 only up to a few 1e-7
        predicted, label_indices = probabilities.argmax(axis=1), np.arange(len(self._card.labels))
        present = np.unique(self._val_indices)
        result = EpochResult(
            epoch=epoch + 1,
            loss=float(logs["loss"]),
            val_loss=float(log_loss(self._val_indices, probabilities, labels=label_indices)),
            val_accuracy=float(accuracy_score(self._val_indices, predicted)),
            val_macro_f1=float(
                f1_score(self._val_indices, predicted, labels=present, average="macro", zero_division=0)
            ),
            learning_rate=float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            seconds=time.monotonic() - self._started_s,
            accuracy=float(logs.get("accuracy", math.nan)),  # a model may be compiled without this metric
        )
        is_best = not self._by_validation or all(
            result.val_macro_f1 > earlier.val_macro_f1 for earlier in self.epochs
        )
        card = self._card
        if self._by_validation:
            temperature = float(np.clip(fit_temperature(probabilities, self._val_indices), *_TEMPERATURES))
            card = dataclasses.replace(card, temperature=round(temperature, 3))
        self._folder.save_epoch(
            self.model,
            self._network,
            card,
            [*self.epochs, result],
            is_best=is_best,
            more=self._append_entries,
        )
        self.epochs.append(result)
        if self._watcher is not None:
            self._watcher.on_epoch(result, is_best=is_best and self._by_validation)

    def _append_entries(self, part: Path) -> None:
        append_record(part, self._record)
        if self._memory is not None:
            append_memory(part, self._memory)
