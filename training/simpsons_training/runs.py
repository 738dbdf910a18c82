"""Find and read training runs on disk, finished or not. Imports no Keras."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import clause_of, read_bounded
from simpsons_training.formats.items import files_in
from simpsons_training.storage import MAX_SETTINGS_BYTES, PICTURES, EpochResult, RunFolder, settings_from
from simpsons_training.text_table import Cell

HEADER = (
    "run",
    "network",
    "split",
    "to validate",
    "epochs",
    "last accuracy",
    "last macro F1",
    "best epoch",
    "best accuracy",
    "best macro F1",
    "s an epoch",
)
"""Header of `summary_row`."""


@dataclass(frozen=True, slots=True)
class Run:
    """A training run.

    Attributes:
        name: Shortest unique end of its path.
        path: Run folder.
        settings: Settings from `run.json`; empty if there is none.
        epochs: Complete epochs, oldest first.
    """

    name: str
    path: Path
    settings: Mapping[str, Any]
    epochs: tuple[EpochResult, ...]

    @property
    def best(self) -> EpochResult | None:
        """The epoch of `best.keras`; None if unknown.

        It is the first with the highest macro F1, or with `--from` the last.
        """
        known = [epoch for epoch in self.epochs if not math.isnan(epoch.val_macro_f1)]
        if known and self.settings.get("source"):
            return known[-1]
        return max(known, key=lambda epoch: epoch.val_macro_f1, default=None)

    @property
    def val_pictures(self) -> int | None:
        """Number of pictures that it was validated on, if known."""
        count = flat_settings(self).get(f"{PICTURES}.val")
        return count if isinstance(count, int) else None

    @property
    def epochs_planned(self) -> int | None:
        """Planned number of epochs, if known."""
        planned = flat_settings(self).get("recipe.epochs")
        return planned if isinstance(planned, int) else None


def find_runs(folder: Path) -> list[Path]:
    """Find run folders at and below a folder: those with a `history.csv` or `run.json`, newest last.

    Raises:
        DataError: The folder does not exist or contains no run.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; give a run folder, or a folder that contains some")
    files = [file for file in files_in(folder, ".csv", ".json") if file.name in ("history.csv", "run.json")]
    if not files:
        raise DataError(f"{folder} contains no runs; start one with `simpsons train`, or give another folder")
    changed: dict[Path, float] = {}
    for file in files:
        changed[file.parent] = max(changed.get(file.parent, 0), file.stat().st_mtime)
    return sorted(changed, key=lambda path: (changed[path], path))


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """Read runs in this order, without duplicates.

    Raises:
        DataError: A history or settings file cannot be read; the message names the file.
    """
    unique = list(dict.fromkeys(path.resolve() for path in paths))
    return [
        Run(name, path, _read_settings(RunFolder(path)), tuple(RunFolder(path).read_history()))
        for name, path in zip(_names(unique), unique, strict=True)
    ]


def flat_settings(run: Run) -> dict[str, Any]:
    """Flatten nested settings: `{"recipe.epochs": 30}`."""
    flat: dict[str, Any] = {}

    def add(values: Mapping[str, Any], prefix: str) -> None:
        for name, value in values.items():
            if isinstance(value, Mapping):
                add(value, f"{prefix}{name}.")
            else:
                flat[prefix + name] = value

    add(run.settings, "")
    return flat


def differences(runs: Sequence[Run]) -> list[tuple[str, ...]]:
    """Settings that differ between runs: the name, then the value of each run as text."""
    flat = [flat_settings(run) for run in runs]
    names = dict.fromkeys(name for settings in flat for name in settings)
    rows = [(name, *(_format(settings.get(name)) for settings in flat)) for name in names]
    return [row for row in rows if len(set(row[1:])) > 1]


def summary_row(run: Run) -> tuple[Cell, ...]:
    """Summarise a run in the columns of `HEADER`: its last epoch, and its best by macro F1."""
    settings, best = flat_settings(run), run.best
    last = run.epochs[-1] if run.epochs else None
    done = str(len(run.epochs))
    return (
        run.name,
        _format(settings.get("recipe.network")),
        _format(settings.get("split")),
        run.val_pictures,
        done if run.epochs_planned is None else f"{done} of {run.epochs_planned}",
        _number(last.val_accuracy) if last else None,
        _number(last.val_macro_f1) if last else None,
        best.epoch if best else None,
        _number(best.val_accuracy) if best else None,
        best.val_macro_f1 if best else None,
        _seconds(run),
    )


def _read_settings(folder: RunFolder) -> dict[str, Any]:
    try:
        content = read_bounded(folder.settings, max_bytes=MAX_SETTINGS_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DataError(f"{folder.settings}: {clause_of(error)}") from error
    return settings_from(folder.settings, content)


def _names(paths: Sequence[Path]) -> list[str]:
    """The shortest unique end of each path."""
    names = []
    for path in paths:
        ends = ("/".join(path.parts[-count:]) for count in range(1, len(path.parts)))
        others = [other.as_posix() for other in paths if other != path]
        names.append(next((e for e in ends if not any(o.endswith(f"/{e}") for o in others)), str(path)))
    return names


def _seconds(run: Run) -> str | None:
    """Median duration of an epoch, robust against a slow first epoch or a pause."""
    known = [epoch.seconds for epoch in run.epochs if not math.isnan(epoch.seconds)]
    return f"{median(known):.3g}" if known else None


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _format(value: object) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
