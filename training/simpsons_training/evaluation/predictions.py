"""What a network says of a set of pictures: the ground on which everything else is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simpsons_play.core.errors import DataError
from simpsons_play.core.results import Probabilities
from simpsons_training.backgrounds import backgrounds_of, is_doubtful
from simpsons_training.dataset import PictureSet, label_indices, load_images
from simpsons_training.evaluation.config import Part
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.table import Picture

NOBODY = -1
"""The right answer for a picture of somebody who is not to be named, or of nobody."""

_AT_ONCE = 256


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Pictures, who is on them, and what a network says of them.

    Attributes:
        labels: what each column of `probabilities` means (K names).
        pictures: N of them.
        right: (N,) int64: index of the right label, or `NOBODY`.
        probabilities: (N, K) float32.
    """

    labels: tuple[str, ...]
    pictures: tuple[Picture, ...]
    right: npt.NDArray[np.int64]
    probabilities: Probabilities

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """(N,): somebody the network can name is on the picture."""
        return np.asarray(self.right != NOBODY)

    @property
    def guesses(self) -> npt.NDArray[np.int64]:
        """(N,): index of the most probable label."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def best(self) -> Probabilities:
        """(N,): the highest probability."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def margin(self) -> Probabilities:
        """(N,): the highest probability less the second highest."""
        ordered = np.partition(self.probabilities, -2, axis=1)
        return np.asarray(ordered[:, -1] - ordered[:, -2], np.float32)

    @property
    def deviation(self) -> Probabilities:
        """(N,): standard deviation of each picture's K probabilities; 0 where all are equal."""
        return np.asarray(self.probabilities.std(axis=1))

    def select(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> Predictions:
        """Some of the pictures: by a mask (N,), or by indices in their order."""
        indices = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Predictions(
            self.labels,
            tuple(self.pictures[i] for i in indices),
            self.right[indices],
            self.probabilities[indices],
        )


def choose_pictures(pictures: PictureSet, *, part: Part, backgrounds: bool) -> list[Picture]:
    """The pictures to judge a network on: characters to be named, others, and backgrounds if asked for.

    Raises:
        DataError: a picture cannot be read.
    """
    chosen = [p for p in pictures.pictures if part in ("all", p.split)]
    return chosen + (backgrounds_of(p for p in chosen if p.known) if backgrounds else [])


def refuse_strange(model: Path, labels: Sequence[str], pictures: Sequence[Picture]) -> None:
    """Stop where a network is to be judged on characters that it was never told of.

    Raises:
        DataError: a picture shows a character that should be named and that the network does not know.
    """
    if strange := sorted({p.character for p in pictures if p.known} - set(labels)):
        raise DataError(
            f"{model} does not know {', '.join(strange)}; take those pictures out, or put them into a folder "
            "`others`"
        )


def predict(
    predictor: Predictor, pictures: Sequence[Picture], *, on_picture: Callable[[], object] = lambda: None
) -> Predictions:
    """Let a network look at pictures.

    Args:
        predictor: the network.
        pictures: of characters it can name, and of others.
        on_picture: called after each.

    Returns:
        All pictures but the doubtful backgrounds, see `is_doubtful`.

    Raises:
        DataError: a picture cannot be read, or shows a character that should be named and that the network
            does not know.
    """
    labels = predictor.card.labels
    refuse_strange(predictor.path, labels, pictures)
    rows = [
        predictor.run(load_images(pictures[i : i + _AT_ONCE], predictor.card.size_px, on_picture=on_picture))
        for i in range(0, len(pictures), _AT_ONCE)
    ]
    probabilities = np.concatenate(rows) if rows else np.empty((0, len(labels)), np.float32)
    said = Predictions(labels, tuple(pictures), label_indices(pictures, labels), probabilities)
    doubtful = [is_doubtful(p, labels, row) for p, row in zip(pictures, probabilities, strict=True)]
    return said.select(~np.array(doubtful, np.bool_)) if any(doubtful) else said
