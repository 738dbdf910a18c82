"""What networks say of pictures that they have not learned from: every picture judged, none by its pupil."""

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
from simpsons_training.batches import TrainingBatches, in_order, make_targets, make_weights
from simpsons_training.config import ARTICLE, RECIPES, Recipe, fitting_batch_size
from simpsons_training.dataset import PictureSet, label_indices, load_images
from simpsons_training.efficientnet import fill_with_imagenet
from simpsons_training.evaluation.predictions import Predictions
from simpsons_training.optimizers import make_optimizer
from simpsons_training.splits import fold_of
from simpsons_training.study.config import StudyConfig
from simpsons_training.table import Picture


def judge_out_of_fold(
    found: PictureSet, config: StudyConfig, *, on_progress: Callable[[float], object] = lambda done: None
) -> Iterator[Predictions]:
    """Train a network for each fold on the rest, and let it judge the fold: its predictions, fold by fold.

    Whole scenes are dealt into folds, so that no network has learned from a picture's neighbours. Characters
    with one scene are learned and not judged: a network that has never seen one cannot find it. The networks
    are ours at a small size; each judges as it is after its last epoch, since the best epoch would be chosen
    by the very names that are in doubt. It is one network that forgets all before each fold: for a hundred
    pictures that takes 40 s instead of the 101 s that building one for each took (two cores).

    Args:
        found: what there is; its split is not looked at.
        config: folds, epochs, size and seed.
        on_progress: told how many epochs are done in all, parts of one included.

    Raises:
        DataError: fewer than two characters have two scenes, or a picture cannot be read.
        KeyboardInterrupt: Ctrl-C; the fold in work is lost.
    """
    pictures = found.pictures
    judgeable = _judgeable(pictures)
    if len({p.character for p in judgeable}) < 2:
        raise DataError(
            "to look for wrong names, at least two characters need pictures of two scenes or more; add some"
        )
    fold_of_picture = dict(zip(judgeable, fold_of(judgeable, config.folds, config.seed), strict=True))
    folds = np.array([fold_of_picture.get(p, -1) for p in pictures])  # -1: learned in every fold, not judged
    fewest = len(pictures) - int(np.bincount(folds[folds >= 0]).max())
    recipe = _recipe(config, fewest)
    images = load_images(pictures, recipe.size_px)
    indices = label_indices(pictures, found.labels)
    pupil = _Pupil(recipe, labels=len(found.labels), pictures=fewest, seed=config.seed)
    for number in range(config.folds):
        held_out = folds == number
        if not held_out.any():
            continue
        progress = partial(_tell, on_progress, number * config.epochs)
        pupil.learn(images[~held_out], indices[~held_out], on_progress=progress)
        yield Predictions(
            found.labels,
            tuple(pictures[i] for i in np.flatnonzero(held_out)),
            indices[held_out],
            pupil.judge(images[held_out]),
        )


def _tell(on_progress: Callable[[float], object], before: int, done: float) -> None:
    on_progress(before + done)


def _judgeable(pictures: Sequence[Picture]) -> list[Picture]:
    """Pictures of known characters that have a second scene."""
    scenes = Counter(name for name, _ in {(p.character, p.scene) for p in pictures if p.known})
    return [p for p in pictures if p.known and scenes[p.character] > 1]


def _recipe(config: StudyConfig, train: int) -> Recipe:
    """Ours, small and short: in few epochs little is learned through heavy changes, and one size will do."""
    ours = RECIPES["springfield"]
    return dataclasses.replace(
        ours,
        size_px=config.size_px,
        epochs=config.epochs,
        batch_size=fitting_batch_size(ours, train),
        augmentation=ARTICLE,
    )


class _Pupil:
    """One network that learns again and again, each time as if for the first time.

    Args:
        recipe: how it learns, from pictures of one size alone.
        labels: how many characters it tells apart.
        pictures: at least so many it learns from.
        seed: where chance starts, each time.
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
        self._beginning = [keras.ops.convert_to_numpy(variable) for variable in self._variables]

    def learn(self, images: Image, indices: np.ndarray, *, on_progress: Callable[[float], object]) -> None:
        """Forget all, then learn.

        Args:
            images: (N, S, S, 3) uint8 BGR.
            indices: (N,) int64: who is on each; -1 for somebody not to be named.
            on_progress: told how many epochs are done, parts of one included.
        """
        recipe = self._recipe
        for variable, value in zip(self._variables, self._beginning, strict=True):
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
            shuffle=False,  # the batches are shuffled already
            verbose=0,
            callbacks=[_Progress(len(batches), on_progress)],
        )

    def judge(self, images: Image) -> Probabilities:
        """(N, S, S, 3) uint8 BGR -> (N, K) float32 probabilities."""
        ordered = in_order(images, self._recipe.color_order)
        return np.asarray(self._model.predict(ordered, batch_size=64, verbose=0), np.float32)


class _Progress(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells how many epochs are done, parts of one included."""

    def __init__(self, steps: int, on_progress: Callable[[float], object]) -> None:
        super().__init__()
        self._steps, self._on_progress, self._done = steps, on_progress, 0

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        """A step is done."""
        self._done += 1
        self._on_progress(self._done / self._steps)
