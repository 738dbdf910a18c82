"""Train a classifier."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import numpy.typing as npt

from simpsons_models import default_model
from simpsons_play.core.data_packages import data_package
from simpsons_play.core.frames import Image
from simpsons_play.core.names import counted
from simpsons_play.inference.model_card import ModelCard
from simpsons_training import networks
from simpsons_training.backgrounds import background_crops
from simpsons_training.batches import TrainingBatches, make_targets, make_weights, to_color_order
from simpsons_training.config import Precision, Recipe, TrainConfig
from simpsons_training.dataset import PictureSet, label_indices, load_images
from simpsons_training.efficientnet import fill_with_imagenet
from simpsons_training.epoch_callback import EpochCallback, Watcher
from simpsons_training.evaluation.predictions import predict
from simpsons_training.evaluation.predictor import open_predictor
from simpsons_training.keras_file import load_keras
from simpsons_training.metrics import SoftTargetAccuracy
from simpsons_training.optimizers import make_optimizer, restore_optimizer
from simpsons_training.picture_record import PictureRecord
from simpsons_training.run_settings import run_settings, start_run
from simpsons_training.storage import EpochResult, RunFolder
from simpsons_training.table import Picture

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, slots=True, repr=False)
class TrainResult:
    """The result of a training.

    Attributes:
        folder: Run folder.
        epochs: All epochs, including those before a resume.
        interrupted: Whether Ctrl-C stopped the training.
    """

    folder: RunFolder
    epochs: tuple[EpochResult, ...]
    interrupted: bool

    def to_pandas(self) -> pandas.DataFrame:
        """The epochs as a pandas DataFrame, with the columns of `history.csv`.

        Raises:
            DependencyError: pandas is not installed.
        """
        rows = [dataclasses.asdict(epoch) for epoch in self.epochs]
        return data_package("pandas", "to_pandas()").DataFrame(rows)

    def __repr__(self) -> str:
        last, stopped = self.epochs[-1], ", stopped" if self.interrupted else ""
        return (
            f"<TrainResult: {counted(len(self.epochs), 'epoch')}{stopped}, val accuracy "
            f"{last.val_accuracy:.4f}, val macro F1 {last.val_macro_f1:.4f}, in {self.folder.path}>"
        )


def interrupted_result(folder: RunFolder, interrupt: KeyboardInterrupt) -> TrainResult:
    """The result after Ctrl-C: what --resume would find, wherever the interrupt occurred.

    Raises:
        KeyboardInterrupt: `interrupt`, if no epoch is complete.
    """
    saved = tuple(folder.read_epochs())
    if not saved:
        raise interrupt
    return TrainResult(folder, saved, interrupted=True)


def train(
    pictures: PictureSet,
    output_dir: Path,
    *,
    recipe: Recipe,
    config: TrainConfig,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> TrainResult:
    """Train a classifier.

    Writes `best.keras` (best validation macro F1), `last.keras`, `history.csv`, `run.json`, and
    `checkpoint.keras`, which includes the optimiser state, into `output_dir`.

    Args:
        pictures: Pictures with a training and a validation split.
        output_dir: Run folder; created if missing.
        recipe: Network and how to train it.
        config: Other settings.
        resume: Continue from the checkpoint in the folder.
        watcher: Receives pictures read, steps and epochs.

    Returns:
        The result, also after Ctrl-C if an epoch is complete; before that, KeyboardInterrupt propagates.

    Raises:
        DataError: A picture cannot be read, the folder contains a run and `resume` is False, or the run to
            resume has other settings.
    """
    folder = RunFolder(output_dir)
    build = partial(_build, recipe=recipe, labels=len(pictures.labels))
    epochs = start_run(folder, run_settings(pictures, recipe, config), resume=resume)
    keras.utils.set_random_seed((config.seed + len(epochs)) % 2**32)
    on_picture = watcher.on_picture if watcher is not None else lambda: None
    make_batches = _training_data(pictures, recipe, config, on_picture=on_picture)
    phases = [(until, make_batches(size_px=size_px)) for until, size_px in _phases(recipe)]
    steps_per_epoch = len(phases[-1][1])
    val = pictures.select("val", known=True)
    val_pictures = to_color_order(load_images(val, recipe.size_px, on_picture=on_picture), recipe.color_order)
    if epochs:
        model = load_keras(folder.checkpoint, compile=True)
        optimizer = restore_optimizer(model, recipe, steps_per_epoch=steps_per_epoch)
    else:
        model = build(config.precision, size_px=None if recipe.begin_small else recipe.size_px)
        if recipe.imagenet:
            fill_with_imagenet(model)
        optimizer = make_optimizer(recipe, steps_per_epoch=steps_per_epoch)
    model.compile(optimizer, "categorical_crossentropy", metrics=[SoftTargetAccuracy("accuracy")])
    card = ModelCard(
        network=recipe.network,
        labels=pictures.labels,
        size_px=recipe.size_px,
        color_order=recipe.color_order,
        training_data=_describe(pictures, recipe, config),
        version="1",
        split=pictures.record,
    )
    val_indices = label_indices(val, pictures.labels)
    after_epoch = EpochCallback(
        folder,
        card,
        val_pictures,
        val_indices,
        epochs,
        watcher,
        build("float32", size_px=recipe.size_px),
        record=PictureRecord.of(pictures.pictures),
    )
    if watcher is not None:
        watcher.on_begin(len(epochs), recipe.epochs, steps_per_epoch)
    try:
        for until, batches in phases:
            batches.start_epoch(len(epochs))
            model.fit(
                batches,
                initial_epoch=len(epochs),
                epochs=until,
                shuffle=False,  # the batches are already shuffled, reproducibly after a resume
                verbose=0,
                callbacks=[after_epoch],
            )
    except KeyboardInterrupt as interrupt:
        return interrupted_result(folder, interrupt)
    return TrainResult(folder, tuple(after_epoch.epochs), interrupted=False)


def _build(precision: Precision, *, recipe: Recipe, size_px: int | None, labels: int) -> keras.Model:
    keras.mixed_precision.set_global_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        return networks.build(recipe.network, labels=labels, size_px=size_px, activation=recipe.activation)
    finally:
        keras.mixed_precision.set_global_policy("float32")


def _phases(recipe: Recipe) -> list[tuple[int, int]]:
    """(last epoch, input size) of each call of `fit`, since Keras accepts one size per call."""
    small = round(recipe.begin_small * recipe.epochs)
    full = (recipe.epochs, recipe.size_px)
    return [(small, 2 * recipe.size_px // 3), full] if small else [full]


def _training_data(
    pictures: PictureSet, recipe: Recipe, config: TrainConfig, *, on_picture: Callable[[], object]
) -> Callable[..., TrainingBatches]:
    """Load the training pictures; returns a function that makes batches of a given size."""
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
    """Background crops in which the bundled network does not recognise the picture's character."""
    found = background_crops(pictures.select("train", known=True))
    return list(predict(open_predictor(default_model()), found).pictures)


def _drawings(
    labels: tuple[str, ...], config: TrainConfig, size_px: int
) -> tuple[Image, npt.NDArray[np.int64]]:
    """Draw pictures of each drawn character that has a label, and as many without a known character."""
    from simpsons_samples.drawings import CHARACTERS, random_picture

    random = np.random.default_rng(config.seed)
    names = [*(name for name in CHARACTERS if name in labels), None] * config.drawings
    images = np.stack([random_picture(name, random, size_px) for name in names])
    return images, np.array([-1 if name is None else labels.index(name) for name in names])


def _describe(pictures: PictureSet, recipe: Recipe, config: TrainConfig) -> str:
    known = len(pictures.select("train", known=True))
    text = f"{known} pictures of {len(pictures.labels)} characters, split {pictures.how_split}"
    if recipe.others:
        text += f"; {len(pictures.select('train', known=False))} of other people as unknown"
    if recipe.backgrounds:
        text += "; background crops as unknown"
    if config.drawings:
        text += f"; {config.drawings} drawings of each character of the sample"
    return text
