"""Near duplicates with two labels, or on both sides of a split.

Precision, checked by eye on the 18,993 pictures of the first public data set: of the 10 pairs with two
labels, 9 are from one shot and one is the same drawing with another head. Of 48 of the 354 pairs across its
split, evenly spaced by similarity, 47 are from one shot and one may be two shots of the same studio.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simpsons_training.duplicates import NearPairs
from simpsons_training.table import Picture


def across_characters(pictures: Sequence[Picture], near: NearPairs) -> NearPairs:
    """Near duplicates with different labels, most similar first. Both labels may be correct."""
    characters = np.array([p.character for p in pictures])
    return _by_similarity(near.select(characters[near.first] != characters[near.second]))


def across_splits(pictures: Sequence[Picture], near: NearPairs) -> NearPairs:
    """Near duplicates with one picture in `train` and one in `val`, most similar first."""
    splits = np.array([p.split for p in pictures])
    return _by_similarity(near.select(splits[near.first] != splits[near.second]))


def _by_similarity(pairs: NearPairs) -> NearPairs:
    return pairs.select(np.argsort(pairs.difference, kind="stable"))
