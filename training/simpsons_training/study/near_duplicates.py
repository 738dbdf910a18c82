"""The same frame twice: under two names, or on both sides of a split.

How many are true was looked at on the 18,993 pictures of the first public data set. Of the 10 pairs under
two names 9 are one shot, and one is the same drawing with another head. Of the 354 across its given split, 48
were looked at, evenly from the most to the least alike: 47 are one shot, and one may be two of one studio.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simpsons_training.duplicates import NearPairs
from simpsons_training.table import Picture


def across_characters(pictures: Sequence[Picture], near: NearPairs) -> NearPairs:
    """Near duplicates under two names, the most alike first: one of the names may be wrong, or both right."""
    names = np.array([p.character for p in pictures])
    return _sorted(near.select(names[near.first] != names[near.second]))


def across_splits(pictures: Sequence[Picture], near: NearPairs) -> NearPairs:
    """Near duplicates of which one is in `train` and one in `val`, the most alike first."""
    splits = np.array([p.split for p in pictures])
    return _sorted(near.select(splits[near.first] != splits[near.second]))


def _sorted(pairs: NearPairs) -> NearPairs:
    return pairs.select(np.argsort(pairs.difference, kind="stable"))
