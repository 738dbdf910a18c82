"""Cross-validated predictions: every picture is predicted by a network that was not trained on it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import keras
import numpy as np

from simpsons_play.core.errors import DataError
from simpsons_play.core.frames import Image
from simpsons_play.core.results import Probabilities
from simpsons_training import networks
from simpsons_training.batches import TrainingBatches, make_targets, make_weights, to_color_order
from simpsons_training.config import ARTICLE, RECIPES, Recipe, batch_size_for
from simpsons_training.dataset import PictureSet, label_indices, load_images
from simpsons_training.efficientnet import fill_with_imagenet
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.optimizers import make_optimizer
from simpsons_training.splits import assign_folds
from simpsons_training.study.config import StudyConfig
from simpsons_training.table import Picture


def predict_out_of_fold(
    found: PictureSet, config: StudyConfig, *, on_progress: Callable[[float], object] = lambda done: None
) -> Iterator[Predictions]:
    """Train a network per fold on the other folds and yield its predictions for the fold.

    Whole scenes are assigned to folds, so that no network is trained on near duplicates of its fold.
    Characters with a single scene are trained on in every fold but not predicted. The networks are
    `springfield` at a small input size; the weights of the last epoch are used, since choosing the best epoch
    would rely on the very labels in question. One network is reset before each fold: for a hundred pictures
    this takes 40 s instead of 101 s for building a network per fold (two cores).

    Args:
        found: The pictures; their split is ignored.
        config: Folds, epochs, input size and seed.
        on_progress: Receives the total number of completed epochs, with fractions.

    Raises:
        DataError: Fewer than two characters have two scenes, or a picture cannot be read.
        KeyboardInterrupt: Ctrl-C; the current fold is lost.
    """
    pictures = found.pictures
    candidates = _with_two_scenes(pictures)
    if len({p.character for p in candidates}) < 2:
        raise DataError(
            "to search for wrong labels, at least two characters need pictures of two or more scenes; "
            "add some"
        )
    fold_of_picture = dict(zip(candidates, assign_folds(candidates, config.folds, config.seed), strict=True))
    folds = np.array(
        [fold_of_picture.get(p, -1) for p in pictures]
    )  # -1: trained on in every fold, not predicted
    min_train = len(pictures) - int(np.bincount(folds[folds >= 0]).max())
    recipe = _recipe(config, min_train)
    images = load_images(pictures, recipe.size_px)
    indices = label_indices(pictures, found.labels)
    trainer = _FoldTrainer(recipe, labels=len(found.labels), pictures=min_train, seed=config.seed)
    for number in range(config.folds):
        held_out = folds == number
        if not held_out.any():
            continue
        progress = partial(_report, on_progress, number * config.epochs)
        trainer.fit(images[~held_out], indices[~held_out], on_progress=progress)
        yield Predictions(
            found.labels,
            tuple(pictures[i] for i in np.flatnonzero(held_out)),
            indices[held_out],
            trainer.predict(images[held_out]),
        )


def _report(on_progress: Callable[[float], object], before: int, done: float) -> None:
    on_progress(before + done)


def _with_two_scenes(pictures: Sequence[Picture]) -> list[Picture]:
    """Pictures of known characters that have at least two scenes."""
    scenes = Counter(name for name, _ in {(p.character, p.scene) for p in pictures if p.known})
    return [p for p in pictures if p.known and scenes[p.character] > 1]


def _recipe(config: StudyConfig, train: int) -> Recipe:
    """The `springfield` recipe, smaller and shorter; few epochs are too few for strong augmentation."""
    default = RECIPES["springfield"]
    return dataclasses.replace(
        default,
        size_px=config.size_px,
        epochs=config.epochs,
        batch_size=batch_size_for(default, train),
        augmentation=ARTICLE,
    )


class _FoldTrainer:
    """A network that is reset to its initial weights before every training.

    Args:
        recipe: How to train; pictures have a single size.
        labels: Number of labels.
        pictures: Minimum number of training pictures.
        seed: Random seed, used for every training.
    """

    def __init__(self, recipe: Recipe, *, labels: int, pictures: int, seed: int) -> None:
        self._recipe, self._labels, self._seed = recipe, labels, seed
        keras.utils.set_random_seed(seed % 2**32)
        self._model = networks.build(recipe.network, labels=labels, size_px=recipe.size_px)
        fill_with_imagenet(self._model)
        optimizer = make_optimizer(recipe, steps_per_epoch=pictures // recipe.batch_size)
        optimizer.build(self._model.trainable_variables)
        self._model.compile(optimizer, "categorical_crossentropy")
        self._variables = [*self._model.variables, *optimizer.variables]
        self._initial = [keras.ops.convert_to_numpy(variable) for variable in self._variables]

    def fit(self, images: Image, indices: np.ndarray, *, on_progress: Callable[[float], object]) -> None:
        """Reset the network and train it.

        Args:
            images: (N, S, S, 3) uint8 BGR.
            indices: (N,) int64 label indices; -1 for unknown people.
            on_progress: Receives the number of completed epochs, with fractions.
        """
        recipe = self._recipe
        for variable, value in zip(self._variables, self._initial, strict=True):
            variable.assign(value)
        batches = TrainingBatches(
            images,
            make_targets(indices, self._labels, smoothing=recipe.label_smoothing),
            make_weights(indices, self._labels, balance=recipe.balance),
            size_px=recipe.size_px,
            batch_size=recipe.batch_size,
            augmentation=recipe.augmentation,
            color_order=recipe.color_order,
            seed=self._seed,
        )
        self._model.fit(
            batches,
            epochs=recipe.epochs,
            shuffle=False,  # the batches are already shuffled
            verbose=0,
            callbacks=[_Progress(len(batches), on_progress)],
        )

    def predict(self, images: Image) -> Probabilities:
        """(N, S, S, 3) uint8 BGR -> (N, K) float32 probabilities."""
        ordered = to_color_order(images, self._recipe.color_order)
        return np.asarray(self._model.predict(ordered, batch_size=64, verbose=0), np.float32)


class _Progress(keras.callbacks.Callback):  # type: ignore[misc]
    """Reports the number of completed epochs, with fractions."""

    def __init__(self, steps: int, on_progress: Callable[[float], object]) -> None:
        super().__init__()
        self._steps, self._on_progress, self._done = steps, on_progress, 0

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """Report a step."""
        self._done += 1
        self._on_progress(self._done / self._steps)
