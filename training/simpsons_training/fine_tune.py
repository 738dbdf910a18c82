"""Teach a trained classifier new characters without forgetting those it knows."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from simpsons_play.core.errors import DataError
from simpsons_play.core.frames import Image
from simpsons_play.core.names import counted
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.augment import augment
from simpsons_training.batches import make_targets
from simpsons_training.classifier_training import TrainResult, interrupted_result
from simpsons_training.config import MAX_REPEATED, MEMORY_OTHERS, NEW_WEIGHT, Recipe, TrainConfig
from simpsons_training.dataset import PictureSet, label_indices, load_images, spelled_as
from simpsons_training.epoch_callback import EpochCallback, Watcher
from simpsons_training.keras_file import load_keras
from simpsons_training.memory import Floats, Memory, choose
from simpsons_training.metrics import SoftTargetAccuracy
from simpsons_training.optimizers import make_optimizer, restore_optimizer
from simpsons_training.picture_record import PictureRecord, read_record
from simpsons_training.run_settings import run_settings, start_run
from simpsons_training.storage import RunFolder
from simpsons_training.table import Picture
from simpsons_training.taught import Taught

_HELD_OUT = 5
"""One of so many remembered features is for validation."""


def fine_tune(
    taught: Taught,
    pictures: PictureSet,
    output_dir: Path,
    *,
    recipe: Recipe,
    config: TrainConfig,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> TrainResult:
    """Teach a classifier the characters of pictures, some of which it may know already.

    Only the last layer is trained, on features of augmented pictures, so that all others stay valid. New
    characters start from the mean of their features. The network does not forget: the targets of remembered
    features are its own probabilities, which are also part of the targets of the pictures (learning without
    forgetting: Li and Hoiem 2016, arXiv:1606.09282).

    Writes the same files as `train`; the networks remember the new characters, too.

    Args:
        taught: The classifier.
        pictures: Pictures of at least one character, or of others, to train on; `Homer Simpson` is the label
            `homer_simpson` of the network.
        output_dir: Run folder; created if missing.
        recipe: How to train.
        config: Other settings; only the seed is used.
        resume: Continue from the checkpoint in the folder.
        watcher: Receives pictures read, steps and epochs.

    Raises:
        DataError: There is nothing to train or to validate on, a picture cannot be read, the folder contains
            a run and `resume` is False, or the run to resume has other settings.
    """
    card, folder = taught.card, RunFolder(output_dir)
    pictures = spelled_as(pictures, card.labels)
    new = [label for label in pictures.labels if label not in card.labels]
    labels = (*card.labels, *new)
    # New characters may be among the other people that the network remembers.
    memory = taught.memory.select(~np.isin(taught.memory.names, new))
    chosen, val = _choose(pictures, card.labels, seed=config.seed), pictures.select("val", known=True)
    _check(taught, memory, chosen, new)
    recipe = dataclasses.replace(recipe, network=card.network, size_px=card.size_px)
    source = f"{taught.path.name} ({card.training_data})"
    epochs = start_run(folder, run_settings(pictures, recipe, config, source=source), resume=resume)
    on_picture = watcher.on_picture if watcher is not None else lambda: None
    images = load_images(chosen, recipe.stored_scale * recipe.size_px, on_picture=on_picture)
    val_features = taught.features(load_images(val, recipe.size_px, on_picture=on_picture))

    held_out = np.isin(memory.names, labels) & (np.arange(len(memory.names)) % _HELD_OUT == 0)
    held, kept = memory.select(held_out), memory.select(~held_out)
    picture_indices = label_indices(chosen, labels)
    indices = np.concatenate([picture_indices, _indices(kept, labels)])
    val_indices = np.concatenate([label_indices(val, labels), _indices(held, labels)])
    if not len(val_indices):
        raise DataError("there are no pictures to validate on; add some, or use --split scenes")
    # Remembered features keep the probabilities that they have; pictures mainly get their label.
    share = np.where(np.arange(len(indices)) < len(chosen), recipe.label_smoothing, 1.0)
    weights = _weights(indices, len(card.labels))
    steps = math.ceil(len(indices) / recipe.batch_size)
    first = augmented_features(taught, images, recipe, (config.seed, 0))
    if epochs:
        head = load_keras(folder.checkpoint, compile=True)
        optimizer = restore_optimizer(head, recipe, steps_per_epoch=steps)
    else:
        head = _last_layers(keras.Input(first.shape[1:]), len(labels))
        head.set_weights(_first_weights(taught, first, picture_indices, len(new)))
        optimizer = make_optimizer(recipe, steps_per_epoch=steps)
    head.compile(optimizer, "categorical_crossentropy", metrics=[SoftTargetAccuracy("accuracy")])
    knows_them = bool(len(memory.names))
    novel = [i for i, p in enumerate(chosen) if not (knows_them and p.character in card.labels)]
    after_epoch = EpochCallback(
        folder,
        dataclasses.replace(
            card, labels=labels, training_data=_describe(card, chosen), split=pictures.record
        ),
        np.concatenate([val_features, held.features]),
        val_indices,
        epochs,
        watcher,
        _last_layers(taught.backbone.output, len(labels), inputs=taught.backbone.inputs, name=card.network),
        record=PictureRecord.of(pictures.pictures).join(read_record(taught.path)),
        by_validation=False,  # there may be no pictures of the new characters
        memory=memory.join(Memory.of(first[novel], [chosen[i] for i in novel], seed=config.seed)),
    )
    if watcher is not None:
        watcher.on_begin(len(epochs), recipe.epochs, steps)
    try:
        for epoch in range(len(epochs), recipe.epochs):
            keras.utils.set_random_seed((config.seed + epoch) % 2**32)
            augmented = augmented_features(taught, images, recipe, (config.seed, epoch))
            features = np.concatenate([augmented, kept.features])
            head.fit(
                features,
                _targets(taught, features, indices, share, labels=len(labels)),
                sample_weight=weights,
                batch_size=recipe.batch_size,
                initial_epoch=epoch,
                epochs=epoch + 1,
                verbose=0,
                callbacks=[after_epoch],
            )
    except KeyboardInterrupt as interrupt:
        return interrupted_result(folder, interrupt)
    return TrainResult(folder, tuple(after_epoch.epochs), interrupted=False)


def _choose(pictures: PictureSet, known: Sequence[str], *, seed: int) -> list[Picture]:
    """All training pictures of new characters, and some of those that the network knows and of others."""
    train = pictures.select("train", known=True)
    new = [p for p in train if p.character not in known]
    old = [p for p in train if p.character in known] + pictures.select("train", known=False)
    return new + [old[i] for i in choose(old, MAX_REPEATED, MEMORY_OTHERS, seed=seed)]


def _check(taught: Taught, memory: Memory, chosen: Sequence[Picture], new: Sequence[str]) -> None:
    """Check that there is something to learn and nothing is forgotten."""
    if untaught := sorted(set(new) - {p.character for p in chosen}):
        raise DataError(
            f"there are no pictures of {', '.join(untaught)} in the split 'train'; add some, or use "
            "--split scenes"
        )
    if not chosen:
        raise DataError("there are no pictures to train on; add some to the split 'train'")
    if missing := sorted(set(taught.card.labels) - {*memory.names, *(p.character for p in chosen)}):
        raise DataError(
            f"{taught.path} would forget {', '.join(missing)}, since it remembers no features of them; "
            "add a folder with a few of their pictures"
        )


def _indices(memory: Memory, labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """(N,) int64: index of each remembered character in `labels`, -1 for others."""
    index = {label: i for i, label in enumerate(labels)}
    return np.array([index.get(str(name), -1) for name in memory.names], dtype=np.int64)


def augmented_features(taught: Taught, images: Image, recipe: Recipe, seed: tuple[int, int]) -> Floats:
    """Features (N, D) of augmented pictures."""
    random = np.random.default_rng(seed)
    pictures = [augment(image, recipe.size_px, recipe.augmentation, random) for image in images]
    return taught.features(np.stack(pictures))


def _targets(
    taught: Taught, features: Floats, indices: npt.NDArray[np.int64], share: Floats, *, labels: int
) -> Floats:
    """Targets (N, labels): of the old network's probabilities a share (N,), the rest of the label.

    Others have uniform targets.
    """
    known = taught.probabilities(features)
    soft = np.pad(known, ((0, 0), (0, labels - known.shape[1])))
    share = np.where(indices < 0, 0, share)[:, None]
    return np.asarray((1 - share) * make_targets(indices, labels, smoothing=0.0) + share * soft, np.float32)


def _weights(indices: npt.NDArray[np.int64], known: int) -> Floats:
    """Weights (N,): a new character weighs `NEW_WEIGHT` of the mean of those that the network knows."""
    counts = np.bincount(indices[indices >= 0], minlength=known)
    weights = np.ones(len(indices))
    new = indices >= known
    weights[new] = NEW_WEIGHT * counts[:known].mean() / counts[indices[new]]
    return np.asarray(weights / weights.mean(), np.float32)


def _first_weights(
    taught: Taught, features: Floats, indices: npt.NDArray[np.int64], new: int
) -> list[Floats]:
    """Weights of the last layer with those of new characters: the mean of their features, at the usual scale.

    Qi et al. 2018, "Low-Shot Learning with Imprinted Weights" (arXiv:1712.07136).
    """
    known = taught.kernel.shape[1]
    norm = np.linalg.norm(taught.kernel, axis=0).mean()
    means = [features[indices == i].mean(axis=0) for i in range(known, known + new)]
    rows = [mean * norm / np.linalg.norm(mean) for mean in means]
    return [
        np.column_stack([taught.kernel, *rows]),
        np.concatenate([taught.bias, np.full(new, taught.bias.mean())]),
    ]


def _last_layers(features: Any, labels: int, *, inputs: Any = None, name: str = "last_layers") -> keras.Model:
    """The last layers as in `networks.build`, on the features of a network or alone."""
    logits = layers.Dense(labels, name="logits", dtype="float32")(features)
    probabilities = layers.Activation("softmax", name="probabilities", dtype="float32")(logits)
    return keras.Model(features if inputs is None else inputs, probabilities, name=name)


def _describe(card: ModelCard, chosen: Sequence[Picture]) -> str:
    known = [p for p in chosen if p.known]
    characters = counted(len({p.character for p in known}), "character")
    return f"{card.training_data}; fine-tuned on {counted(len(known), 'picture')} of {characters}"
