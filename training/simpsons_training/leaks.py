"""What a network has as good as seen in training, of the pictures it is judged on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simpsons_training.dataset import read_picture
from simpsons_training.duplicates import NearPairs, fingerprint, near_pairs
from simpsons_training.table import Picture

TOLERATED_LEAK = 0.01
"""Up to this share of validation pictures a leak moves an accuracy by less than chance does: of 1,679
pictures, the standard error of an accuracy of 0.96 is 0.005."""


@dataclass(frozen=True, slots=True, eq=False)
class Leak:
    """Validation pictures that a network has as good as seen in training.

    Attributes:
        val: how many pictures of known characters are to validate on.
        pictures: those of them that have a near duplicate among the training pictures, others included.
        pairs: those near duplicates.
        of_shared_scenes: how many are of a scene, as the table tells scenes, that training pictures
            are of, too.
    """

    val: int
    pictures: frozenset[Picture]
    pairs: NearPairs
    of_shared_scenes: int

    @property
    def leaked(self) -> int:
        """How many they are."""
        return len(self.pictures)

    @property
    def share(self) -> float:
        """Of the validation pictures, 0-1; 0 where there are none."""
        return self.leaked / self.val if self.val else 0.0

    @property
    def words(self) -> str:
        """A sentence without its end: how many, of how many."""
        said = (
            f"{self.leaked:,} of {self.val:,} validation pictures ({self.share:.1%}) have a near duplicate "
            "among the training pictures"
        )
        if self.of_shared_scenes:
            share = self.of_shared_scenes / self.val
            said += f", and {self.of_shared_scenes:,} ({share:.1%}) are of scenes that are there, too"
        return said

    @property
    def warning(self) -> str | None:
        """What to tell before figures are believed; None where no more than `TOLERATED_LEAK` is affected."""
        if max(self.leaked, self.of_shared_scenes) <= TOLERATED_LEAK * self.val:
            return None
        return f"{self.words}; what is measured on them is better than what new scenes will get"


def leak_of(
    pictures: Sequence[Picture],
    near: NearPairs | None = None,
    *,
    on_picture: Callable[[], object] = lambda: None,
) -> Leak:
    """How far a split leaks.

    Args:
        pictures: with their split.
        near: their near duplicates, as `duplicates.near_pairs` gives them; None reads every picture to find
            them: 6 s for 18,993 pictures of 192 px, on one core.
        on_picture: called after each that is read.

    Raises:
        DataError: a picture cannot be read.
    """
    if near is None:
        fingerprints = []
        for picture in pictures:
            fingerprints.append(fingerprint(read_picture(picture.path)))
            on_picture()
        near = near_pairs(fingerprints)
    judged = np.array([p.split == "val" and p.known for p in pictures], bool)
    learned = np.array([p.split == "train" for p in pictures], bool)
    first, second = near.first, near.second
    pairs = near.select(judged[first] & learned[second] | learned[first] & judged[second])
    leaked = frozenset(pictures[i] for i in np.union1d(pairs.first, pairs.second) if judged[i])
    scenes = {p.scene for p in pictures if p.split == "train"}
    shared = sum(p.split == "val" and p.known and p.scene in scenes for p in pictures)
    return Leak(int(judged.sum()), leaked, pairs, shared)
