"""Trainings that lie on disk, done or under way, and what their histories say. Loads no Keras."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import read_bounded
from simpsons_training.storage import MOST_SETTINGS_BYTES, EpochResult, RunFolder, settings_from
from simpsons_training.text_table import Cell

HEADER = (
    "run",
    "network",
    "split",
    "epochs",
    "best epoch",
    "accuracy",
    "macro F1",
    "last accuracy",
    "last macro F1",
    "s an epoch",
)
"""Of `summary_row`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One training.

    Attributes:
        name: the end of its path that no other run has.
        path: of its folder.
        settings: what it was begun with, as in `run.json`; empty where there is none.
        epochs: finished ones, oldest first; none while the first is under way.
    """

    name: str
    path: Path
    settings: Mapping[str, Any]
    epochs: tuple[EpochResult, ...]

    @property
    def best(self) -> EpochResult | None:
        """The epoch that `best.keras` is of: the first with the highest macro F1, where one is known."""
        known = [epoch for epoch in self.epochs if not math.isnan(epoch.val_macro_f1)]
        return max(known, key=lambda epoch: epoch.val_macro_f1, default=None)

    @property
    def epochs_asked(self) -> int | None:
        """How many epochs it was begun for, where that is known."""
        asked = flat_settings(self).get("recipe.epochs")
        return asked if isinstance(asked, int) else None


def find_runs(folder: Path) -> list[Path]:
    """The folders of trainings at and below a folder, newest last: those with a `history.csv` or `run.json`.

    Raises:
        DataError: there is no such folder, or no training in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; give the folder of a training, or one that holds some")
    files = [file for name in ("history.csv", "run.json") for file in folder.rglob(name)]
    if not files:
        raise DataError(f"{folder} holds no training; begin one with `simpsons train`, or give its folder")
    changed: dict[Path, float] = {}
    for file in files:
        changed[file.parent] = max(changed.get(file.parent, 0), file.stat().st_mtime)
    return sorted(changed, key=lambda path: (changed[path], path))


def read_runs(paths: Sequence[Path]) -> list[Run]:
    """Read trainings, in this order; one that is named twice is read once.

    Raises:
        DataError: a history or the settings of one cannot be read; the message names the file.
    """
    unique = list(dict.fromkeys(path.resolve() for path in paths))
    return [
        Run(name, path, _read_settings(RunFolder(path)), tuple(RunFolder(path).read_history()))
        for name, path in zip(_names(unique), unique, strict=True)
    ]


def flat_settings(run: Run) -> dict[str, Any]:
    """Settings without their nesting: `recipe.epochs` -> 30."""
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
    """The settings that are not the same in all runs: a name, then the value of each run as text."""
    flat = [flat_settings(run) for run in runs]
    names = dict.fromkeys(name for settings in flat for name in settings)
    rows = [(name, *(_words(settings.get(name)) for settings in flat)) for name in names]
    return [row for row in rows if len(set(row[1:])) > 1]


def summary_row(run: Run) -> tuple[Cell, ...]:
    """What a run came to, in the columns of `HEADER`: its best epoch by macro F1, and its last."""
    settings, best = flat_settings(run), run.best
    last = run.epochs[-1] if run.epochs else None
    done = str(len(run.epochs))
    return (
        run.name,
        _words(settings.get("recipe.network")),
        _words(settings.get("split")),
        done if run.epochs_asked is None else f"{done} of {run.epochs_asked}",
        best.epoch if best else None,
        _number(best.val_accuracy) if best else None,
        best.val_macro_f1 if best else None,
        _number(last.val_accuracy) if last else None,
        _number(last.val_macro_f1) if last else None,
        _seconds(run),
    )


def _read_settings(folder: RunFolder) -> dict[str, Any]:
    try:
        content = read_bounded(folder.settings, max_bytes=MOST_SETTINGS_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DataError(f"{folder.settings} cannot be read: {error.strerror}") from error
    return settings_from(folder.settings, content)


def _names(paths: Sequence[Path]) -> list[str]:
    """The shortest end of each path that no other one has."""
    names = []
    for path in paths:
        ends = ("/".join(path.parts[-count:]) for count in range(1, len(path.parts)))
        others = [other.as_posix() for other in paths if other != path]
        names.append(next((e for e in ends if not any(o.endswith(f"/{e}") for o in others)), str(path)))
    return names


def _seconds(run: Run) -> str | None:
    """The median, which a slow first epoch or a pause does not move."""
    known = [epoch.seconds for epoch in run.epochs if not math.isnan(epoch.seconds)]
    return f"{median(known):.3g}" if known else None


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _words(value: object) -> str:
    if value is None:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
