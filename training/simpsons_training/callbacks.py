"""What happens after every step and epoch of a training."""

from __future__ import annotations

import dataclasses
import math
import time
from typing import Any, Protocol

import keras
import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, f1_score, log_loss

from simpsons_play.inference.model_card import ModelCard
from simpsons_training.evaluation.calibration import fit_temperature
from simpsons_training.storage import EpochResult, RunFolder

_TEMPERATURES = (1 / 3, 3.0)
"""A few validation pictures that are all named right would make any network certain of everything."""


class Watcher(Protocol):
    """Whoever wants to hear how a training goes."""

    def on_picture(self) -> None:
        """A picture was read."""

    def on_begin(self, first_epoch: int, epochs: int, steps: int) -> None:
        """The training begins: epochs already done, epochs in all, steps in each."""

    def on_step(self, epoch: int, step: int, loss: float) -> None:
        """A batch is done: epoch and step counted from 1, mean loss so far in this epoch."""

    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
        """An epoch is done and saved."""


class AfterEpoch(keras.callbacks.Callback):  # type: ignore[misc]
    """Validates and saves after each epoch. An epoch counts as done when it is saved, not before.

    Args:
        folder: where to save.
        card: what the saved networks say of themselves; their temperature is fitted on the validation
            pictures after each epoch.
        val_pictures: (M, S, S, 3) uint8 in the network's colour order.
        val_indices: (M,) int64: which label is right.
        epochs: those already done, when training goes on from a checkpoint; new ones are added.
        watcher: told of each step and epoch.
        network: the same in float32, whatever it is trained in, to be filled and saved.
    """

    def __init__(
        self,
        folder: RunFolder,
        card: ModelCard,
        val_pictures: npt.NDArray[np.uint8],
        val_indices: npt.NDArray[np.int64],
        epochs: list[EpochResult],
        watcher: Watcher | None,
        network: keras.Model,
    ) -> None:
        super().__init__()
        self._folder, self._card, self._watcher = folder, card, watcher
        self._val_pictures, self._val_indices = val_pictures, val_indices
        self.epochs = epochs
        self._network = network
        self._epoch, self._began_s = 0, 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember when it began."""
        self._epoch, self._began_s = epoch + 1, time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Tell the watcher."""
        if self._watcher is not None:
            self._watcher.on_step(self._epoch, batch + 1, float(logs["loss"]))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Validate, save, tell."""
        probabilities = self.model.predict(self._val_pictures, batch_size=256, verbose=0).astype(np.float64)
        probabilities /= probabilities.sum(axis=1, keepdims=True)  # float32 rows miss 1 by a few 1e-7
        guesses, names = probabilities.argmax(axis=1), np.arange(len(self._card.labels))
        result = EpochResult(
            epoch=epoch + 1,
            loss=float(logs["loss"]),
            val_loss=float(log_loss(self._val_indices, probabilities, labels=names)),
            val_accuracy=float(accuracy_score(self._val_indices, guesses)),
            val_macro_f1=float(
                f1_score(self._val_indices, guesses, labels=names, average="macro", zero_division=0)
            ),
            learning_rate=float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            seconds=time.monotonic() - self._began_s,
            accuracy=float(logs.get("accuracy", math.nan)),  # not every model is compiled to count it
        )
        is_best = all(result.val_macro_f1 > earlier.val_macro_f1 for earlier in self.epochs)
        self._network.set_weights(self.model.get_weights())
        temperature = float(np.clip(fit_temperature(probabilities, self._val_indices), *_TEMPERATURES))
        card = dataclasses.replace(self._card, temperature=round(temperature, 3))
        self._folder.save_epoch(self.model, self._network, card, [*self.epochs, result], is_best=is_best)
        self.epochs.append(result)
        if self._watcher is not None:
            self._watcher.on_epoch(result, is_best=is_best)
