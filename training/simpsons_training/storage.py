"""What a training leaves on disk."""

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
from simpsons_play.core.foreign_files import guarded, read_bounded, read_entry
from simpsons_play.inference.model_card import KERAS_ENTRY, ModelCard
from simpsons_training.files import part_of, write_all

if TYPE_CHECKING:  # what a run left is read without the seconds it takes to load
    import keras

MOST_SETTINGS_BYTES, _MOST_HISTORY_BYTES = 1 << 20, 1 << 26
"""Longer files are not read."""

_HISTORY_ENTRY = "simpsons_history.csv"
"""Inside a checkpoint: the history up to it, so that the two cannot disagree."""


@dataclass(frozen=True, slots=True)
class EpochResult:
    """One row of `history.csv`. A column that the file of an older training lacks is NaN.

    Attributes:
        epoch: counted from 1.
        loss: of training, mean over the epoch, smoothing and mixing included.
        val_loss: cross-entropy on the validation pictures, without smoothing.
        val_accuracy: share of validation pictures named right; 0-1.
        val_macro_f1: mean of the characters' F1; 0-1.
        learning_rate: at the end of the epoch.
        seconds: the epoch took.
        accuracy: share of training pictures named right, as they were shown; see `accuracy.NamedRight`; 0-1.
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
_SINCE_THEN = ("accuracy",)
"""Columns that checkpoints of older trainings lack, and that nothing is decided by."""


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
        """Network, optimiser and history, to resume from: its epochs are those that are done."""
        return self.path / "checkpoint.keras"

    @property
    def history(self) -> Path:
        """One row an epoch, with the fields of `EpochResult`; for people, who may plot it."""
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
            content = read_bounded(self.settings, max_bytes=MOST_SETTINGS_BYTES)
        except FileNotFoundError as error:
            raise DataError(
                f"{self.path} holds no training to resume; leave --resume out to begin one"
            ) from error
        except OSError as error:
            raise DataError(f"{self.settings} cannot be read: {error.strerror}") from error
        return settings_from(self.settings, content)

    def write_settings(self, settings: dict[str, Any]) -> None:
        """Keep what the run is begun with."""
        text = json.dumps(settings, indent=2)
        write_all({self.settings: lambda part: part.write_text(text, encoding="utf-8")})

    def read_epochs(self) -> list[EpochResult]:
        """Every finished epoch, oldest first: those that the checkpoint has seen; none without a checkpoint.

        Raises:
            DataError: the checkpoint cannot be read.
        """
        if not self.checkpoint.exists():
            return []
        with guarded(DataError, f"{self.checkpoint} cannot be resumed from", "begin anew in another folder"):
            with zipfile.ZipFile(self.checkpoint) as archive:
                text = read_entry(archive, _HISTORY_ENTRY, max_bytes=_MOST_HISTORY_BYTES).decode("utf-8")
            return _from_csv(text, may_lack=_SINCE_THEN)

    def read_history(self) -> list[EpochResult]:
        """What `history.csv` says, oldest first; none where there is no such file yet.

        Raises:
            DataError: it cannot be read; the message says which line.
        """
        try:
            content = read_bounded(self.history, max_bytes=_MOST_HISTORY_BYTES)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise DataError(f"{self.history} cannot be read: {error.strerror}") from error
        with guarded(DataError, f"{self.history}: no history", "mend it or leave its folder out"):
            return _from_csv(content.decode("utf-8"), may_lack=_COLUMNS[1:])

    def write_history(self, epochs: Sequence[EpochResult]) -> None:
        """Keep every finished epoch, oldest first."""
        write_all({self.history: lambda part: _write_history(part, epochs)})

    def save_epoch(
        self,
        model: keras.Model,
        network: keras.Model,
        card: ModelCard,
        epochs: Sequence[EpochResult],
        *,
        is_best: bool,
    ) -> None:
        """Save what an epoch leaves: the networks, then the checkpoint, then the history.

        All is written before any of it gets its name, and the checkpoint alone says which epochs are done.
        Wherever this is cut short, the folder holds the training up to this epoch or up to the one before.

        Args:
            model: as it is trained, with its optimiser.
            network: the same weights in float32, to use.
            card: what `network` says of itself.
            epochs: every finished epoch, oldest first, this one included.
            is_best: `network` is the best so far.
        """
        writers: dict[Path, Callable[[Path], object]] = {
            self.last: lambda part: _write_network(part, network, card)
        }
        if is_best:
            writers[self.best] = lambda part: shutil.copyfile(part_of(self.last), part)
        writers[self.checkpoint] = lambda part: _write_checkpoint(part, model, epochs)
        writers[self.history] = lambda part: _write_history(part, epochs)
        write_all(writers)


def settings_from(path: Path, content: bytes) -> dict[str, Any]:
    """What a `run.json` holds.

    Raises:
        DataError: it is no object in JSON.
    """
    with guarded(DataError, f"{path}: no settings", "mend it or leave its folder out"):
        settings = json.loads(content)
        if not isinstance(settings, dict):
            raise ValueError("it holds no settings")
        return settings


def save_network(model: keras.Model, path: Path, card: ModelCard) -> None:
    """Save a network with its card inside, so that one `.keras` file is all that export needs."""
    write_all({path: lambda part: _write_network(part, model, card)})


def _write_network(part: Path, model: keras.Model, card: ModelCard) -> None:
    model.save(part)
    with zipfile.ZipFile(part, "a") as archive:
        archive.writestr(KERAS_ENTRY, card.to_json())


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


def _from_csv(text: str, *, may_lack: Collection[str]) -> list[EpochResult]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    there = reader.fieldnames or ()
    if missing := [name for name in _COLUMNS if name not in there and name not in may_lack]:
        raise ValueError(f"it lacks the columns {', '.join(missing)}")
    return [_read_row(row, reader.line_num) for row in reader]


def _read_row(row: Mapping[str, str | None], line: int) -> EpochResult:
    values: dict[str, Any] = {}
    for name in _COLUMNS:
        text, read = row.get(name, "nan"), int if name == "epoch" else float
        try:
            values[name] = read(text or "")
        except ValueError as error:
            raise ValueError(f"line {line}: {name} is {text or ''!r}, no number") from error
    return EpochResult(**values)
