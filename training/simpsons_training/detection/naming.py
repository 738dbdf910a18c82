"""What a detector says of whole pictures, to be judged as what names pictures is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from simpsons_play.core.config import TrackingConfig
from simpsons_training.dataset import label_indices, read_picture
from simpsons_training.detection.opening import HeadFinder
from simpsons_training.evaluation.predictions import Predictions, refuse_strange
from simpsons_training.table import Picture

SURE_HEAD = TrackingConfig().min_score
"""From here on the player takes a head for one."""

_AT_ONCE = 64


def name_pictures(
    finder: HeadFinder, pictures: Sequence[Picture], *, on_picture: Callable[[], object] = lambda: None
) -> Predictions:
    """The highest probability of each name over the heads of a picture, 0 where there are none.

    The rows do not sum to 1: there may be several people.

    Args:
        finder: the detector.
        pictures: of characters it can name, and of others.
        on_picture: called after each.

    Raises:
        DataError: a picture cannot be read, or shows a character that should be named and that the network
            does not know.
    """
    labels = finder.card.labels
    refuse_strange(finder.path, labels, pictures)
    probabilities = np.zeros((len(pictures), len(labels)), np.float32)
    for start in range(0, len(pictures), _AT_ONCE):
        images = [read_picture(picture.path) for picture in pictures[start : start + _AT_ONCE]]
        for i, heads in enumerate(finder.find(images), start):
            sure = heads.scores >= SURE_HEAD
            probabilities[i] = heads.names[sure, : len(labels)].max(axis=0, initial=0)
            on_picture()
    return Predictions(labels, tuple(pictures), label_indices(pictures, labels), probabilities)
