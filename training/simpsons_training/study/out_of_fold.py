"""What networks say of pictures that they have not learned from: every picture judged, none by its pupil."""

from __future__ import annotations

import dataclasses
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from simpsons_play.errors import DataError
from simpsons_training.config import ARTICLE, RECIPES, Recipe, TrainConfig
from simpsons_training.dataset import PictureSet
from simpsons_training.evaluation.predictions import Predictions, predict
from simpsons_training.evaluation.predictor import open_predictor
from simpsons_training.splits import fold_of
from simpsons_training.storage import EpochResult
from simpsons_training.study.config import StudyConfig
from simpsons_training.table import Picture
from simpsons_training.train import train

_STEPS = 16
"""An epoch has about so many steps or more, as far as small batches allow: few pictures in large batches are
too few steps to learn from."""

_LEAST_BATCH = 8


def judge_out_of_fold(
    found: PictureSet, config: StudyConfig, *, on_progress: Callable[[float], object] = lambda done: None
) -> Iterator[Predictions]:
    """Train a network for each fold on the rest, and let it judge the fold: its predictions, fold by fold.

    Whole scenes are dealt into folds, so that no network has learned from a picture's neighbours. Characters
    with one scene are learned and not judged: a network that has never seen one cannot find it. The networks
    are ours at a small size and live in a temporary folder; each judges as it is after its last epoch, since
    the best epoch would be chosen by the very names that are in doubt.

    Args:
        found: what there is; its split is not looked at.
        config: folds, epochs, size and seed.
        on_progress: told how many epochs are done in all, parts of one included.

    Raises:
        DataError: fewer than two characters have two scenes, or a picture cannot be read.
        KeyboardInterrupt: Ctrl-C; the fold in work is lost.
    """
    judgeable = _judgeable(found.pictures)
    if len({p.character for p in judgeable}) < 2:
        raise DataError(
            "to look for wrong names, at least two characters need pictures of two scenes or more; add some"
        )
    fold = dict(zip(judgeable, fold_of(judgeable, config.folds, config.seed), strict=True))
    for number in range(config.folds):
        held_out = [p for p in judgeable if fold[p] == number]
        if not held_out:
            continue
        pictures = tuple(
            dataclasses.replace(p, split="val" if fold.get(p) == number else "train") for p in found.pictures
        )
        parted = PictureSet(found.labels, pictures, f"fold {number + 1} of {config.folds}")
        watcher = _Epochs(on_progress, number * config.epochs)
        with tempfile.TemporaryDirectory(prefix="simpsons-fold-") as folder:
            result = train(
                parted,
                Path(folder) / "run",
                recipe=_recipe(config, len(pictures) - len(held_out)),
                config=TrainConfig(seed=config.seed),
                watcher=watcher,
            )
            if result.interrupted:
                raise KeyboardInterrupt
            yield predict(open_predictor(result.folder.last), held_out)


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
        batch_size=min(ours.batch_size, max(_LEAST_BATCH, train // _STEPS)),
        backgrounds=False,
        begin_small=0.0,
        stored_scale=1,
        augmentation=ARTICLE,
    )


class _Epochs:
    """A `callbacks.Watcher` that counts epochs over all folds."""

    def __init__(self, on_progress: Callable[[float], object], before: int) -> None:
        self._on_progress, self._before, self._steps = on_progress, before, 1

    def on_picture(self) -> None:
        """Reading is short against training, and not counted."""

    def on_begin(self, first_epoch: int, epochs: int, steps: int) -> None:
        """Remember how long an epoch is."""
        self._steps = steps

    def on_step(self, epoch: int, step: int, loss: float) -> None:
        """A part of an epoch is done."""
        self._on_progress(self._before + epoch - 1 + step / self._steps)

    def on_epoch(self, result: EpochResult, *, is_best: bool) -> None:
        """An epoch is done."""
        self._on_progress(self._before + result.epoch)
