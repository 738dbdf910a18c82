"""The settings of a training run, in `run.json`: a run is resumed only with the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from simpsons_play.core.errors import DataError
from simpsons_play.sinks.partial import make_folder
from simpsons_training.config import Recipe, TrainConfig
from simpsons_training.dataset import PictureSet
from simpsons_training.storage import EpochResult, RunFolder


def run_settings(
    pictures: PictureSet, recipe: Recipe, config: TrainConfig, *, source: str | None = None
) -> dict[str, Any]:
    """The settings of a run.

    Args:
        pictures: Pictures with their split.
        recipe: Network and how to train it.
        config: Other settings.
        source: The network that is fine-tuned, if any.
    """
    return {
        "recipe": dataclasses.asdict(recipe),
        "config": dataclasses.asdict(config),
        "labels": list(pictures.labels),
        "split": pictures.how_split,
        "source": source,
    }


def start_run(folder: RunFolder, settings: dict[str, Any], *, resume: bool) -> list[EpochResult]:
    """Create the run folder, or check that it can be resumed; returns the complete epochs.

    Raises:
        DataError: The folder contains a run and `resume` is False, or the run to resume has other settings.
    """
    if resume:
        previous = folder.read_settings()
        if other := _differences(previous, settings):
            raise DataError(f"{folder.path} was trained with {', '.join(other)}; resume with the same ones")
        if epochs := folder.read_epochs():
            folder.write_history(
                epochs
            )  # the run may have stopped between writing the checkpoint and the history
        return epochs
    if folder.checkpoint.exists():
        raise DataError(
            f"{folder.path} already contains a run; add --resume to continue it, or give another folder"
        )
    make_folder(folder.path)
    folder.write_settings(settings)
    return []


def _differences(previous: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Describe each changed setting, such as `epochs 3, not 4`."""
    found = []
    for name, value in settings.items():
        before = previous.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            found += _differences(before, value)
        elif before != value:
            found.append(f"other {name}" if isinstance(value, list) else f"{name} {before}, not {value}")
    return found
