"""Train-validation leakage: validation pictures with near duplicates among the training pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simpsons_training.dataset import read_picture
from simpsons_training.duplicates import Fingerprint, NearPairs, fingerprint, near_pairs
from simpsons_training.table import Picture

TOLERATED_LEAK = 0.01
"""Up to this share of validation pictures, a leak changes the accuracy less than its standard error, which is
0.005 for an accuracy of 0.96 on 1,679 pictures."""


@dataclass(frozen=True, slots=True, eq=False)
class Leak:
    """Leaked validation pictures.

    Attributes:
        val: Number of validation pictures of known characters.
        pictures: Those with a near duplicate among all training pictures.
        pairs: The pairs of near duplicates.
        of_shared_scenes: Number of validation pictures whose scene, by the table, also has training pictures.
    """

    val: int
    pictures: frozenset[Picture]
    pairs: NearPairs
    of_shared_scenes: int

    @property
    def leaked(self) -> int:
        """Number of leaked pictures."""
        return len(self.pictures)

    @property
    def share(self) -> float:
        """Share of leaked validation pictures, 0-1; 0 without validation pictures."""
        return self.leaked / self.val if self.val else 0.0

    @property
    def description(self) -> str:
        """Describe the leak, without a final full stop."""
        text = (
            f"{self.leaked:,} of {self.val:,} validation pictures ({self.share:.1%}) have a near duplicate "
            "among the training pictures"
        )
        if self.of_shared_scenes:
            share = self.of_shared_scenes / self.val
            text += f", and {self.of_shared_scenes:,} ({share:.1%}) are from scenes that also have "
            text += "training pictures"
        return text

    @property
    def warning(self) -> str | None:
        """A warning if more than `TOLERATED_LEAK` of the pictures leak, otherwise None."""
        if max(self.leaked, self.of_shared_scenes) <= TOLERATED_LEAK * self.val:
            return None
        return f"{self.description}; metrics on them overestimate the accuracy on new scenes"


def leak_of(
    pictures: Sequence[Picture],
    near: NearPairs | None = None,
    *,
    fingerprints: Mapping[Path, Fingerprint] | None = None,
    on_picture: Callable[[], object] = lambda: None,
) -> Leak:
    """Measure the leak of a split.

    Args:
        pictures: Pictures with their split.
        near: Their near duplicates from `duplicates.near_pairs`; None reads every picture to find them, which
            takes 6 s for 18,993 pictures of 192 px on one core.
        fingerprints: Fingerprints of pictures that need not be read again.
        on_picture: Called after each picture that is read.

    Raises:
        DataError: A picture cannot be read.
    """
    if near is None:
        known, prints = fingerprints or {}, []
        for picture in pictures:
            prints.append(known.get(picture.path) or fingerprint(read_picture(picture.path)))
            on_picture()
        near = near_pairs(prints)
    in_val = np.array([p.split == "val" and p.known for p in pictures], bool)
    in_train = np.array([p.split == "train" for p in pictures], bool)
    first, second = near.first, near.second
    pairs = near.select(in_val[first] & in_train[second] | in_train[first] & in_val[second])
    leaked = frozenset(pictures[i] for i in np.union1d(pairs.first, pairs.second) if in_val[i])
    scenes = {p.scene for p in pictures if p.split == "train"}
    shared = sum(p.split == "val" and p.known and p.scene in scenes for p in pictures)
    return Leak(int(in_val.sum()), leaked, pairs, shared)
