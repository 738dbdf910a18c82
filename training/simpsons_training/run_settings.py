"""The settings of a training run, in `run.json`: a run is resumed only with the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any

from simpsons_play.core.errors import DataError
from simpsons_play.sinks.partial import check_folder, make_folder
from simpsons_training.config import Recipe, TrainConfig
from simpsons_training.dataset import PictureSet
from simpsons_training.storage import PICTURES, EpochResult, RunFolder


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
        PICTURES: {
            **{side: len(pictures.select(side, known=True)) for side in ("train", "val")},
            "checksum": None if pictures.record is None else pictures.record.checksum or None,
        },
        "source": source,
    }


def start_run(folder: RunFolder, settings: dict[str, Any], *, resume: bool) -> list[EpochResult]:
    """Create the run folder, or check that it can be resumed; returns the complete epochs.

    Raises:
        DataError: The folder contains a run and `resume` is False, or the run to resume has other settings or
            other pictures.
    """
    _check(folder, {name: value for name, value in settings.items() if name != PICTURES}, resume=resume)
    if resume and (epochs := folder.read_epochs()):
        _check_pictures(folder, settings[PICTURES])
        # The run may have stopped between writing the checkpoint and the history.
        folder.write_history(epochs)
        return epochs
    make_folder(folder.path)
    folder.write_settings(settings)
    return []


def _check_pictures(folder: RunFolder, pictures: Mapping[str, Any]) -> None:
    """Check that a run continues with the same pictures, each on the same side of the split.

    With others, a drawn split changes: the network would be validated on pictures that it was trained on.
    Earlier versions recorded only how many there were.
    """
    before = folder.read_settings().get(PICTURES)
    if not isinstance(before, dict):
        return
    if any(None not in (before.get(name), now) and before[name] != now for name, now in pictures.items()):
        counts = f"{before.get('train')} to train on and {before.get('val')} to validate on"
        if all(before.get(side) == pictures[side] for side in ("train", "val")):
            counts = "or they were split in another way"
        raise DataError(
            f"{folder.path} was trained on other pictures, {counts}; resume with the same ones, or give "
            "another folder"
        )


def check_run(
    folder: RunFolder, recipe: Recipe, config: TrainConfig, *, resume: bool, undecided: Collection[str]
) -> None:
    """Check before the pictures are read that a run can be started here, or resumed with these options.

    Args:
        folder: Run folder.
        recipe: Network and how to train it.
        config: Other settings.
        resume: Whether the run in the folder is to be continued.
        undecided: Fields of the recipe that the pictures decide.

    Raises:
        DataError: As `start_run`.
        SinkError: The folder cannot be created or written to.
    """
    check_folder(folder.path)
    fields = dataclasses.asdict(recipe)
    decided = {name: value for name, value in fields.items() if name not in undecided}
    _check(folder, {"recipe": decided, "config": dataclasses.asdict(config)}, resume=resume)


def _check(folder: RunFolder, settings: Mapping[str, Any], *, resume: bool) -> None:
    if resume:
        if other := _differences(folder.read_settings(), settings):
            raise DataError(f"{folder.path} was trained with {', '.join(other)}; resume with the same ones")
    elif folder.checkpoint.exists():
        raise DataError(
            f"{folder.path} already contains a run; add --resume to continue it, or give another folder"
        )


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
