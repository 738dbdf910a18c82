"""What a training does, decided before it starts: the network, the recipe and the settings."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from simpsons_models import default_model
from simpsons_play.core.errors import DataError
from simpsons_play.core.names import counted
from simpsons_training.classifier_training import TrainResult, train
from simpsons_training.config import (
    ACTIVATIONS,
    FINE_TUNING,
    PRECISIONS,
    RECIPES,
    SIZES_PX,
    SPLITS,
    Activation,
    Precision,
    Recipe,
    TrainConfig,
    batch_size_for,
)
from simpsons_training.dataset import PictureSet
from simpsons_training.epoch_callback import Watcher
from simpsons_training.fine_tune import fine_tune
from simpsons_training.storage import EpochResult
from simpsons_training.taught import Taught, open_taught


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPlan:
    """A training that can be run.

    Attributes:
        pictures: Pictures to train and to validate on.
        recipe: Network and how to train it.
        config: Other settings.
        taught: The network to teach more characters; None trains a new one.
        smaller_batches: Whether the batch size of the preset was reduced because there are few pictures.
    """

    pictures: PictureSet
    recipe: Recipe
    config: TrainConfig
    taught: Taught | None
    smaller_batches: bool

    def run(self, output: Path, *, resume: bool = False, watcher: Watcher | None = None) -> TrainResult:
        """Train; see `classifier_training.train` and `fine_tune.fine_tune`."""
        run = partial(train, self.pictures)
        if self.taught is not None:
            run = partial(fine_tune, self.taught, self.pictures)
        return run(output, recipe=self.recipe, config=self.config, resume=resume, watcher=watcher)

    def best_epoch(self, result: TrainResult) -> EpochResult:
        """The epoch whose network is `best.keras`."""
        if self.taught is not None:  # there may be no validation pictures of the new characters
            return result.epochs[-1]
        return max(result.epochs, key=lambda epoch: epoch.val_macro_f1)


def plan_training(
    pictures: PictureSet,
    recipe: Recipe,
    config: TrainConfig,
    *,
    taught: Taught | None = None,
    keep_batch_size: bool = False,
) -> TrainingPlan:
    """Plan a training of a classifier.

    Args:
        pictures: Pictures with a training and a validation split.
        recipe: Recipe of `recipe_for`.
        config: Settings that are independent of it.
        taught: The network to teach more characters; None trains a new one.
        keep_batch_size: Keep the batch size of the recipe even if there are few pictures.

    Raises:
        DataError: A new network would have less than two characters to learn, or no pictures to train on or
            to validate.
    """
    if taught is None and len(pictures.labels) < 2:
        raise DataError(
            f"the pictures are of {counted(len(pictures.labels), 'character')}, but at least two are needed; "
            "add pictures of another, or add this one to a network with --from"
        )
    for part in ("train", "val") if taught is None else ():
        if not pictures.select(part, known=True):
            raise DataError(
                f"there are no readable pictures of known characters in the split {part!r}; add some, or "
                "split them in another way"
            )
    fitting = batch_size_for(recipe, len(pictures.select("train", known=True)))
    smaller = taught is None and not keep_batch_size and fitting < recipe.batch_size
    if smaller:
        recipe = dataclasses.replace(recipe, batch_size=fitting)
    return TrainingPlan(pictures, recipe, config, taught, smaller)


def recipe_for(
    preset: str,
    *,
    fine_tuning: bool = False,
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    activation: Activation | None = None,
    size_px: int | None = None,
) -> Recipe:
    """The recipe of a preset, with some values replaced.

    Args:
        preset: Key of `config.RECIPES`.
        fine_tuning: Take `config.FINE_TUNING` instead.
        epochs: Number of epochs; None takes that of the recipe, as for the following.
        batch_size: Pictures per step.
        learning_rate: Peak learning rate.
        activation: Activation of the article's networks.
        size_px: Input size of the network.

    Raises:
        ValueError: A value is out of range, not one of the choices, or does not apply.
    """
    if preset not in RECIPES:
        raise ValueError(f"--preset {preset} is none of {', '.join(RECIPES)}")
    if activation is not None and activation not in ACTIVATIONS:
        raise ValueError(f"--activation {activation} is none of {', '.join(ACTIVATIONS)}")
    if activation is not None and not preset.startswith("article"):
        raise ValueError(f"--activation applies to the article's networks; {preset} has a fixed one.")
    if size_px is not None and not SIZES_PX[0] <= size_px <= SIZES_PX[1]:
        raise ValueError(f"--size {size_px} is not between {SIZES_PX[0]} and {SIZES_PX[1]}")
    numbers = {"--epochs": epochs, "--batch-size": batch_size, "--learning-rate": learning_rate}
    for name, number in numbers.items():
        if number is not None and not number > 0:
            raise ValueError(f"{name} {number} is not above 0")
    values: dict[str, Any] = {
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "activation": activation,
        "size_px": size_px,
    }
    given = {name: value for name, value in values.items() if value is not None}
    return dataclasses.replace(FINE_TUNING if fine_tuning else RECIPES[preset], **given)


def default_run_folder(preset: str, taught: Taught | None) -> Path:
    """The run folder unless another one is given: `runs/PRESET`, or `runs/NETWORK-more`."""
    return Path("runs") / (preset if taught is None else f"{taught.path.stem}-more")


def config_for(pictures: PictureSet, *, precision: Precision, seed: int | None, drawings: int) -> TrainConfig:
    """The settings of a training on pictures that are split already.

    Args:
        pictures: Pictures with a training and a validation split.
        precision: See `TrainConfig`.
        seed: Random seed; None takes that of the split.
        drawings: See `TrainConfig`.

    Raises:
        ValueError: A value is out of range, or not one of the choices.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"--precision {precision} is none of {', '.join(PRECISIONS)}")
    if drawings < 0:
        raise ValueError(f"--drawings {drawings} is below 0")
    config, record = TrainConfig(precision=precision, drawings=drawings), pictures.record
    if record is not None:
        split = next(split for split in SPLITS if split == record.split)
        config = dataclasses.replace(config, split=split, val_share=record.val_share, seed=record.seed)
    return config if seed is None else dataclasses.replace(config, seed=seed)


def network_to_teach(source: str) -> Taught:
    """Open the network of `--from`.

    Args:
        source: A `.keras` file, or `springfield`, the included classifier.

    Raises:
        DataError: There is no such file, or it cannot be trained.
        ModelError: The file is broken, or no classifier of `simpsons train`.
    """
    if source != default_model().stem:
        if not Path(source).is_file():
            raise DataError(f"--from {source}: no such file; give springfield, or the path of a .keras file")
        if Path(source).suffix.lower() == ".onnx":
            raise DataError(f"{source} cannot be trained; give the .keras file that it was exported from")
        return open_taught(Path(source))
    path = default_model().with_suffix(".keras")
    if not path.is_file():
        raise DataError(
            f"{path.name} is only in the repository, not in this installation; download it from "
            "models/simpsons_models there, and give its path with --from"
        )
    return open_taught(path)
