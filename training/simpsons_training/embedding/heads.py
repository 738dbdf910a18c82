"""Heads to train on: the included detector finds them in pictures whose character is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_play.core.results import Detections
from simpsons_play.inference.head_crops import EXAMPLE_MARGIN, EXAMPLE_PX, head_crop
from simpsons_play.inference.loading import load_network
from simpsons_play.inference.model import Detector
from simpsons_training.dataset import read_picture
from simpsons_training.table import Picture

STORED_PX, STORED_MARGIN = EXAMPLE_PX, EXAMPLE_MARGIN
"""Stored crops are those of a cast's examples, so that augmentation can shift and enlarge heads."""

_MIN_SCORE = 0.3
_MIN_CERTAIN = 0.3
"""Probability from which one of several heads is that of the picture's character."""

_OTHER = 0.8
"""Probability from which a head belongs to one of the detector's characters, and not to somebody else."""

_STRANGER_SCORE, _STRANGER_PROBABILITY, _STRANGER_PX = 0.5, 0.3, 20
"""Heads with at least this objectness and side, of whom no character is more probable, are strangers."""


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """Crops of heads, and whose they are.

    Attributes:
        crops: (N, STORED_PX, STORED_PX, 3) uint8 BGR.
        characters: N characters.
        scenes: N scenes; heads of one scene may be nearly the same.
        splits: N times `train` or `val`.
        known: (N,) bool: whether the character is one that the networks name.
        strangers: (S, STORED_PX, STORED_PX, 3) uint8 BGR: heads of unknown people in training pictures.
        without: Number of pictures in which no head was found.
    """

    crops: Image
    characters: tuple[str, ...]
    scenes: tuple[str, ...]
    splits: tuple[str, ...]
    known: npt.NDArray[np.bool_]
    strangers: Image
    without: int

    def where(self, *, split: str, characters: Sequence[str] | None = None) -> npt.NDArray[np.intp]:
        """Indices of the heads of a split, of all characters or of some."""
        chosen = [
            i
            for i, (name, part) in enumerate(zip(self.characters, self.splits, strict=True))
            if part == split and (characters is None or name in characters)
        ]
        return np.array(chosen, np.intp)


def find_heads(
    pictures: Sequence[Picture],
    *,
    held_out: Sequence[str] = (),
    on_picture: Callable[[], object] = lambda: None,
) -> Heads:
    """Find the head of the character in each picture.

    Of several heads, it is the one that the detector says is most probably the character, or, for somebody
    whom it does not know, the largest of those that it does not take for one of its own.

    Args:
        pictures: Pictures of known characters and of others, each of one character.
        held_out: Strangers are not taken from pictures of these characters.
        on_picture: Called after each picture.

    Raises:
        DataError: A picture cannot be read.
        ModelError: The included detector is missing.
    """
    detector = load_network(None, regions="detect", provider="cpu")
    if not isinstance(detector, Detector):
        raise TypeError("the included detector is a classifier")
    labels = detector.card.labels
    crops, kept, strangers = [], [], []
    for picture in pictures:
        image = read_picture(picture.path)
        found = detector.detect(image, min_score=_MIN_SCORE)
        own = head_of(picture.character, found, labels)
        if own is not None:
            crops.append(_stored(image, found, own))
            kept.append(picture)
        if picture.split == "train" and picture.character not in held_out:
            strangers += [_stored(image, found, i) for i in _strangers(found) if i != own]
        on_picture()
    return Heads(
        _stack(crops),
        tuple(picture.character for picture in kept),
        tuple(picture.scene for picture in kept),
        tuple(picture.split for picture in kept),
        np.array([picture.known for picture in kept], np.bool_),
        _stack(strangers),
        len(pictures) - len(kept),
    )


def head_of(character: str, found: Detections, labels: Sequence[str]) -> int | None:
    """Index of the head of a character among the heads of a picture; None if it is not clear."""
    if not len(found):
        return None
    if character in labels:
        certain = found.probabilities[:, labels.index(character)]
        best = int(certain.argmax())
        return best if len(found) == 1 or certain[best] >= _MIN_CERTAIN else None
    others = np.flatnonzero(found.probabilities.max(axis=1) < _OTHER)
    if not len(others):
        others = np.arange(len(found))
    sides = found.boxes[others, 2:] - found.boxes[others, :2]
    return int(others[np.prod(sides, axis=1).argmax()])


def _strangers(found: Detections) -> list[int]:
    large = np.max(found.boxes[:, 2:] - found.boxes[:, :2], axis=1, initial=0) >= _STRANGER_PX
    unknown = found.probabilities.max(axis=1, initial=0) < _STRANGER_PROBABILITY
    return np.flatnonzero(large & unknown & (found.scores >= _STRANGER_SCORE)).tolist()


def _stored(image: Image, found: Detections, index: int) -> Image:
    return head_crop(image, found.boxes[index], STORED_PX, margin=STORED_MARGIN)


def _stack(crops: Sequence[Image]) -> Image:
    return np.stack(crops) if crops else np.zeros((0, STORED_PX, STORED_PX, 3), np.uint8)
