"""Training: pictures and a recipe in, a folder with the network, its history and a checkpoint out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from simpsons_models import default_model
from simpsons_play.core.errors import DataError
from simpsons_play.core.frames import Image
from simpsons_play.inference.model_card import ModelCard
from simpsons_play.sinks.partial import make_folder
from simpsons_training import networks
from simpsons_training.accuracy import NamedRight
from simpsons_training.backgrounds import backgrounds_of
from simpsons_training.batches import TrainingBatches, in_order, make_targets, make_weights
from simpsons_training.callbacks import AfterEpoch, Watcher
from simpsons_training.config import Precision, Recipe, TrainConfig
from simpsons_training.dataset import PictureSet, label_indices, load_images
from simpsons_training.efficientnet import fill_with_imagenet
from simpsons_training.evaluation.predictions import predict
from simpsons_training.evaluation.predictor import open_predictor
from simpsons_training.keras_file import load_keras
from simpsons_training.optimizers import make_optimizer, restore_optimizer
from simpsons_training.storage import EpochResult, RunFolder
from simpsons_training.table import Picture


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What a training left behind.

    Attributes:
        folder: where the files are.
        epochs: every epoch so far, those before a resume included.
        interrupted: stopped by Ctrl-C.
    """

    folder: RunFolder
    epochs: tuple[EpochResult, ...]
    interrupted: bool


def train(
    pictures: PictureSet,
    output_dir: Path,
    *,
    recipe: Recipe,
    config: TrainConfig,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> TrainResult:
    """Train a network.

    Writes into `output_dir`: `best.keras` (best macro F1 on the validation pictures), `last.keras`,
    `history.csv`, `run.json`, and `checkpoint.keras` with the optimiser's state, to resume from.

    Args:
        pictures: with a training and a validation split.
        output_dir: made where it is missing.
        recipe: how to train.
        config: everything else.
        resume: go on from the checkpoint of the folder.
        watcher: told of pictures read, steps and epochs.

    Returns:
        Also when interrupted by Ctrl-C, if an epoch is complete; before that, KeyboardInterrupt goes through.

    Raises:
        DataError: pictures cannot be read; the folder holds a training and `resume` is not asked for; or the
            training to resume was begun with other settings.
    """
    folder = RunFolder(output_dir)
    build = partial(_build, recipe=recipe, labels=len(pictures.labels))
    epochs = _begin(folder, pictures, recipe, config, resume=resume)
    keras.utils.set_random_seed((config.seed + len(epochs)) % 2**32)
    on_picture = watcher.on_picture if watcher is not None else lambda: None
    make_batches = _training_data(pictures, recipe, config, on_picture=on_picture)
    phases = [(until, make_batches(size_px=size_px)) for until, size_px in _phases(recipe)]
    steps_per_epoch = len(phases[-1][1])
    val = pictures.select("val", known=True)
    val_pictures = in_order(load_images(val, recipe.size_px, on_picture=on_picture), recipe.color_order)
    if epochs:
        model = load_keras(folder.checkpoint, compile=True)
        optimizer = restore_optimizer(model, recipe, steps_per_epoch=steps_per_epoch)
    else:
        model = build(config.precision, size_px=None if recipe.begin_small else recipe.size_px)
        if recipe.imagenet:
            fill_with_imagenet(model)
        optimizer = make_optimizer(recipe, steps_per_epoch=steps_per_epoch)
    model.compile(optimizer, "categorical_crossentropy", metrics=[NamedRight("accuracy")])
    card = ModelCard(
        network=recipe.network,
        labels=pictures.labels,
        size_px=recipe.size_px,
        color_order=recipe.color_order,
        training_data=_describe(pictures, recipe, config),
        version="1",
    )
    val_indices = label_indices(val, pictures.labels)
    after_epoch = AfterEpoch(
        folder,
        card,
        val_pictures,
        val_indices,
        epochs,
        watcher,
        build("float32", size_px=recipe.size_px),
    )
    if watcher is not None:
        watcher.on_begin(len(epochs), recipe.epochs, steps_per_epoch)
    try:
        for until, batches in phases:
            batches.begin_at(len(epochs))
            model.fit(
                batches,
                initial_epoch=len(epochs),
                epochs=until,
                shuffle=False,  # the batches are shuffled already, and the same again after a resume
                verbose=0,
                callbacks=[after_epoch],
            )
    except KeyboardInterrupt:
        saved = tuple(folder.read_epochs())  # what --resume would find, wherever the interrupt came
        if not saved:
            raise
        return TrainResult(folder, saved, interrupted=True)
    return TrainResult(folder, tuple(after_epoch.epochs), interrupted=False)


def _begin(
    folder: RunFolder, pictures: PictureSet, recipe: Recipe, config: TrainConfig, *, resume: bool
) -> list[EpochResult]:
    """Make the folder, or check that it holds what is to be resumed: the epochs already done."""
    settings = {
        "recipe": dataclasses.asdict(recipe),
        "config": dataclasses.asdict(config),
        "labels": list(pictures.labels),
        "split": pictures.how_split,
    }
    if resume:
        begun = folder.read_settings()
        if other := _differences(begun, settings):
            raise DataError(f"{folder.path} was begun with {', '.join(other)}; repeat its options to resume")
        if epochs := folder.read_epochs():
            folder.write_history(epochs)  # the run may have ended between the checkpoint and the history
        return epochs
    if folder.checkpoint.exists():
        raise DataError(
            f"{folder.path} already holds a training; add --resume to go on, or give another folder"
        )
    make_folder(folder.path)
    folder.write_settings(settings)
    return []


def _differences(begun: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Each setting that is not as it was, as `epochs 3, not 4`."""
    found = []
    for name, value in settings.items():
        before = begun.get(name)
        if isinstance(value, dict) and isinstance(before, dict):
            found += _differences(before, value)
        elif before != value:
            found.append(f"other {name}" if isinstance(value, list) else f"{name} {before}, not {value}")
    return found


def _build(precision: Precision, *, recipe: Recipe, size_px: int | None, labels: int) -> keras.Model:
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        return networks.build(recipe.network, labels=labels, size_px=size_px, activation=recipe.activation)
    finally:
        keras.mixed_precision.set_global_policy("float32")


def _phases(recipe: Recipe) -> list[tuple[int, int]]:
    """Up to which epoch pictures have which size: Keras takes one size in a call."""
    small = round(recipe.begin_small * recipe.epochs)
    whole = (recipe.epochs, recipe.size_px)
    return [(small, 2 * recipe.size_px // 3), whole] if small else [whole]


def _training_data(
    pictures: PictureSet, recipe: Recipe, config: TrainConfig, *, on_picture: Callable[[], object]
) -> Callable[..., TrainingBatches]:
    """Everything of the batches but the size of their pictures."""
    chosen = pictures.select("train", known=True)
    if recipe.others:
        chosen += pictures.select("train", known=False)
    if recipe.backgrounds:
        chosen += _clean_backgrounds(pictures)
    stored_px = recipe.stored_scale * recipe.size_px
    images = load_images(chosen, stored_px, on_picture=on_picture)
    indices = label_indices(chosen, pictures.labels)
    if config.drawings:
        drawn_images, drawn_indices = _drawings(pictures.labels, config, stored_px)
        images, indices = np.concatenate([images, drawn_images]), np.concatenate([indices, drawn_indices])
    return partial(
        TrainingBatches,
        images,
        make_targets(indices, len(pictures.labels), smoothing=recipe.label_smoothing),
        make_weights(indices, len(pictures.labels), balance=recipe.balance),
        batch_size=recipe.batch_size,
        augmentation=recipe.augmentation,
        color_order=recipe.color_order,
        seed=config.seed,
    )


def _clean_backgrounds(pictures: PictureSet) -> list[Picture]:
    """The backgrounds of the training pictures on which the shipped network does not see their character."""
    found = backgrounds_of(pictures.select("train", known=True))
    return list(predict(open_predictor(default_model()), found).pictures)


def _drawings(
    labels: tuple[str, ...], config: TrainConfig, size_px: int
) -> tuple[Image, npt.NDArray[np.int64]]:
    """Our own drawings of the drawn characters that have a label, and as many scenes of nobody."""
    from simpsons_samples.drawings import CHARACTERS, random_picture

    random = np.random.default_rng(config.seed)
    names = [*(name for name in CHARACTERS if name in labels), None] * config.drawings
    images = np.stack([random_picture(name, random, size_px) for name in names])
    return images, np.array([-1 if name is None else labels.index(name) for name in names])


def _describe(pictures: PictureSet, recipe: Recipe, config: TrainConfig) -> str:
    known = len(pictures.select("train", known=True))
    text = f"{known} pictures of {len(pictures.labels)} characters, split {pictures.how_split}"
    if recipe.others:
        text += f"; {len(pictures.select('train', known=False))} of other people as nobody"
    if recipe.backgrounds:
        text += "; what is beside them as nobody"
    if config.drawings:
        text += f"; {config.drawings} drawings of each character of the sample"
    return text
