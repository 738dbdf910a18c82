"""Near duplicates: pictures that differ less than neighbouring frames of one shot do."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from simpsons_play.types import Image

NEAR_BITS = 10
"""Two pictures whose hashes differ in at most so many of 64 bits count as near duplicates: the usual bound
for a difference hash (https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html)."""


def difference_hash(image: Image) -> int:
    """(H, W, 3) uint8 BGR -> 64 bits: whether each of 8x8 cells is brighter than the one left of it."""
    grey = cv2.cvtColor(cv2.resize(image, (9, 8), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return int.from_bytes(np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes(), "big")


def group_near_duplicates(images: Iterable[Image], *, near_bits: int = NEAR_BITS) -> list[int]:
    """Number the scenes of pictures: near duplicates, and theirs in turn, share one.

    Holds one picture at a time, where `images` makes them one by one.

    Returns:
        One number for each picture, counted from 0 in order of first appearance.
    """
    hashes = np.array([difference_hash(image) for image in images], dtype=np.uint64)
    parent = list(range(len(hashes)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i in range(len(hashes)):
        for j in np.flatnonzero(np.bitwise_count(hashes[:i] ^ hashes[i]) <= near_bits):
            parent[root(i)] = root(int(j))
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(i), len(numbers)) for i in range(len(hashes))]
