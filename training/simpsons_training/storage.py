"""The files of a training run."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
import shutil
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import clause_of, guarded, read_bounded, read_entry
from simpsons_play.inference.model_card import KERAS_ENTRY, ModelCard
from simpsons_training.files import part_of, write_together

if TYPE_CHECKING:  # reading a run does not need it
    import keras

MAX_SETTINGS_BYTES, _MAX_HISTORY_BYTES = 1 << 20, 1 << 26
"""Size limits of files to read."""

PICTURES = "pictures"
"""Entry of `run.json` with the number of pictures on each side; others may be added before a resume."""

_HISTORY_ENTRY = "simpsons_history.csv"
"""Entry of a checkpoint with its history, so that the two cannot disagree."""


@dataclass(frozen=True, slots=True)
class EpochResult:
    """One row of `history.csv`. Columns missing from older files are NaN.

    Attributes:
        epoch: Counted from 1.
        loss: Mean training loss of the epoch, including label smoothing and mixing.
        val_loss: Cross-entropy on the validation pictures, without smoothing.
        val_accuracy: Validation accuracy; 0-1.
        val_macro_f1: Mean validation F1 over the characters that have validation pictures; 0-1.
        learning_rate: Learning rate at the end of the epoch.
        seconds: Duration of the epoch.
        accuracy: Training accuracy on augmented pictures, see `metrics.SoftTargetAccuracy`; 0-1.
    """

    epoch: int
    loss: float
    val_loss: float
    val_accuracy: float
    val_macro_f1: float
    learning_rate: float
    seconds: float
    accuracy: float = math.nan


_COLUMNS = tuple(f.name for f in dataclasses.fields(EpochResult))
_ADDED_LATER = ("accuracy",)
"""Informative columns that older checkpoints lack."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of a training run."""

    path: Path

    def __fspath__(self) -> str:
        """The path, so that a run folder can be given wherever a path can."""
        return str(self.path)

    @property
    def best(self) -> Path:
        """Network of the epoch with the best validation macro F1."""
        return self.path / "best.keras"

    @property
    def last(self) -> Path:
        """Network of the last epoch."""
        return self.path / "last.keras"

    @property
    def checkpoint(self) -> Path:
        """Network, optimiser and history for resuming; it defines which epochs are complete."""
        return self.path / "checkpoint.keras"

    @property
    def history(self) -> Path:
        """Table of epochs with the fields of `EpochResult`, for people and plots."""
        return self.path / "history.csv"

    @property
    def settings(self) -> Path:
        """Settings of the run."""
        return self.path / "run.json"

    def read_settings(self) -> dict[str, Any]:
        """Read the settings of the run.

        Raises:
            DataError: There are none, or they cannot be read.
        """
        try:
            content = read_bounded(self.settings, max_bytes=MAX_SETTINGS_BYTES)
        except FileNotFoundError as error:
            raise DataError(
                f"{self.path} contains no run to resume; leave out --resume to start one"
            ) from error
        except OSError as error:
            raise DataError(f"{self.settings}: {clause_of(error)}") from error
        return settings_from(self.settings, content)

    def write_settings(self, settings: dict[str, Any]) -> None:
        """Write the settings of the run."""
        text = json.dumps(settings, indent=2)
        write_together({self.settings: lambda part: part.write_text(text, encoding="utf-8")})

    def read_epochs(self) -> list[EpochResult]:
        """Read the complete epochs from the checkpoint, oldest first; none without a checkpoint.

        Raises:
            DataError: The checkpoint cannot be read.
        """
        if not self.checkpoint.exists():
            return []
        with guarded(DataError, f"{self.checkpoint} cannot be resumed", "start again in another folder"):
            with zipfile.ZipFile(self.checkpoint) as archive:
                text = read_entry(archive, _HISTORY_ENTRY, max_bytes=_MAX_HISTORY_BYTES).decode("utf-8")
            return _from_csv(text, optional=_ADDED_LATER)

    def read_history(self) -> list[EpochResult]:
        """Read `history.csv`, oldest epoch first; empty without the file.

        Raises:
            DataError: It cannot be read; the message names the line.
        """
        try:
            content = read_bounded(self.history, max_bytes=_MAX_HISTORY_BYTES)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DataError(f"{self.history}: {clause_of(error)}") from error
        with guarded(DataError, f"{self.history}: invalid history", "fix it or leave out its folder"):
            return _from_csv(content.decode("utf-8"), optional=_COLUMNS[1:])

    def write_history(self, epochs: Sequence[EpochResult]) -> None:
        """Write the complete epochs, oldest first."""
        write_together({self.history: lambda part: _write_history(part, epochs)})

    def save_epoch(
        self,
        model: keras.Model,
        network: keras.Model,
        card: ModelCard,
        epochs: Sequence[EpochResult],
        *,
        is_best: bool,
        more: Callable[[Path], object] = lambda part: None,
    ) -> None:
        """Save the networks, the checkpoint and the history of an epoch.

        All files are written before any is renamed, and the checkpoint alone defines which epochs are
        complete. If interrupted at any point, the folder contains the run up to this epoch or the previous
        one.

        Args:
            model: The model in training, with its optimiser.
            network: A float32 copy for inference.
            card: Model card of `network`.
            epochs: All complete epochs, oldest first, including this one.
            is_best: Whether `network` is the best so far.
            more: Adds entries to the file of `network`.
        """
        writers: dict[Path, Callable[[Path], object]] = {
            self.last: lambda part: _write_network(part, network, card, more)
        }
        if is_best:
            writers[self.best] = lambda part: shutil.copyfile(part_of(self.last), part)
        writers[self.checkpoint] = lambda part: _write_checkpoint(part, model, epochs)
        writers[self.history] = lambda part: _write_history(part, epochs)
        write_together(writers)


def settings_from(path: Path, content: bytes) -> dict[str, Any]:
    """Parse a `run.json`.

    Raises:
        DataError: It is not a JSON object.
    """
    with guarded(DataError, f"{path}: invalid settings", "fix it or leave out its folder"):
        settings = json.loads(content)
        if not isinstance(settings, dict):
            raise ValueError("it is not a JSON object")
        return settings


def save_network(
    model: keras.Model, path: Path, card: ModelCard, more: Callable[[Path], object] = lambda part: None
) -> None:
    """Save a network with its model card in one `.keras` file, which is all that export needs.

    Args:
        model: The network.
        path: Path of the file.
        card: Its model card.
        more: Adds entries to the file.
    """
    write_together({path: lambda part: _write_network(part, model, card, more)})


def append_entry(part: Path, name: str, content: bytes | str) -> None:
    """Add a compressed entry to a `.keras` file."""
    with zipfile.ZipFile(part, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


def _write_network(part: Path, model: keras.Model, card: ModelCard, more: Callable[[Path], object]) -> None:
    model.save(part)
    append_entry(part, KERAS_ENTRY, card.to_json())
    more(part)


def _write_checkpoint(part: Path, model: keras.Model, epochs: Sequence[EpochResult]) -> None:
    model.save(part)
    with zipfile.ZipFile(part, "a") as archive:
        archive.writestr(_HISTORY_ENTRY, _to_csv(epochs))


def _write_history(part: Path, epochs: Sequence[EpochResult]) -> None:
    part.write_text(_to_csv(epochs), encoding="utf-8", newline="")


def _to_csv(epochs: Sequence[EpochResult]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS)
    writer.writeheader()
    writer.writerows(dataclasses.asdict(epoch) for epoch in epochs)
    return text.getvalue()


def _from_csv(text: str, *, optional: Collection[str]) -> list[EpochResult]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    present = reader.fieldnames or ()
    if missing := [name for name in _COLUMNS if name not in present and name not in optional]:
        raise ValueError(f"missing columns {', '.join(missing)}")
    return [_read_row(row, reader.line_num) for row in reader]


def _read_row(row: Mapping[str, str | None], line: int) -> EpochResult:
    values: dict[str, Any] = {}
    for name in _COLUMNS:
        text, read = row.get(name, "nan"), int if name == "epoch" else float
        try:
            values[name] = read(text or "")
        except ValueError as error:
            raise ValueError(f"line {line}: {name} is {text or ''!r}, not a number") from error
    return EpochResult(**values)
