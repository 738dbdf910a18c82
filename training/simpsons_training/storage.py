"""What a training leaves on disk. Every file appears under its name only when it is whole."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from simpsons_play.card import KERAS_ENTRY, ModelCard
from simpsons_play.errors import DataError


@dataclass(frozen=True, slots=True)
class EpochResult:
    """One row of `history.csv`.

    Attributes:
        epoch: counted from 1.
        loss: of training, mean over the epoch, smoothing and mixing included.
        val_loss: cross-entropy on the validation pictures, without smoothing.
        val_accuracy: share of validation pictures named right; 0-1.
        val_macro_f1: mean of the characters' F1; 0-1.
        learning_rate: at the end of the epoch.
        seconds: the epoch took.
    """

    epoch: int
    loss: float
    val_loss: float
    val_accuracy: float
    val_macro_f1: float
    learning_rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one training."""

    path: Path

    @property
    def best(self) -> Path:
        """The network of the epoch that did best on the validation pictures."""
        return self.path / "best.keras"

    @property
    def last(self) -> Path:
        """The network of the last epoch."""
        return self.path / "last.keras"

    @property
    def checkpoint(self) -> Path:
        """Network and optimiser, to resume from."""
        return self.path / "checkpoint.keras"

    @property
    def history(self) -> Path:
        """One row an epoch, with the fields of `EpochResult`."""
        return self.path / "history.csv"

    @property
    def settings(self) -> Path:
        """What the run was begun with."""
        return self.path / "run.json"

    def read_settings(self) -> dict[str, Any]:
        """What the run was begun with.

        Raises:
            DataError: there is none, or it cannot be read.
        """
        try:
            settings: dict[str, Any] = json.loads(self.settings.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError) as error:
            raise DataError(
                f"{self.path} holds no training to resume; leave --resume out to begin one"
            ) from error
        return settings

    def write_settings(self, settings: dict[str, Any]) -> None:
        """Keep what the run is begun with."""
        _replace(
            self.settings, lambda part: part.write_text(json.dumps(settings, indent=2), encoding="utf-8")
        )

    def read_history(self) -> list[EpochResult]:
        """Every finished epoch, oldest first."""
        if not self.history.exists():
            return []
        fields: dict[str, Any] = {f.name: float for f in dataclasses.fields(EpochResult)} | {"epoch": int}
        with self.history.open(newline="", encoding="utf-8") as file:
            return [
                EpochResult(**{name: read(row[name]) for name, read in fields.items()})
                for row in csv.DictReader(file)
            ]

    def write_history(self, epochs: Sequence[EpochResult]) -> None:
        """Keep every finished epoch, oldest first."""

        def write(part: Path) -> None:
            with part.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, [f.name for f in dataclasses.fields(EpochResult)])
                writer.writeheader()
                writer.writerows(dataclasses.asdict(epoch) for epoch in epochs)

        _replace(self.history, write)


def save_network(model: keras.Model, path: Path, card: ModelCard) -> None:
    """Save a network with its card inside, so that one `.keras` file is all that export needs."""

    def write(part: Path) -> None:
        model.save(part)
        with zipfile.ZipFile(part, "a") as archive:
            archive.writestr(KERAS_ENTRY, card.to_json())

    _replace(path, write)


def save_checkpoint(model: keras.Model, path: Path) -> None:
    """Save a network with its optimiser's state, to resume from."""
    _replace(path, model.save)


def _replace(path: Path, write: Any) -> None:
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    write(part)
    os.replace(part, path)
