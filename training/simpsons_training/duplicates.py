"""Near duplicates: pictures that differ less than neighbouring frames of one shot do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image

NEAR_BITS = 16
"""Two pictures whose hashes differ in at most so many of 64 bits may be near duplicates. The usual bound for
a difference hash alone is 10 (https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html);
with the second look that `NEAR_DIFFERENCE` is, the wider one finds half as many again and errs no more."""

NEAR_DIFFERENCE = 0.4
"""Near duplicates differ at most by so much of what there is to see in them, see `near_pairs`.

The hash alone is far too kind to flat pictures: of 4,383 pairs of different characters that are at most 10
bits apart in the 18,993 pictures of the first public data set, 8 are the same shot. With this bound 10 pairs
remain, and 354 across its split; `study.near_duplicates` says how many of them are true."""

_THUMBNAIL_PX = 16
_ROWS_AT_ONCE = 256
_PAIRS_AT_ONCE = 1 << 15
_LEAST_CONTRAST = 1.0
"""Of 255: pictures with less to see in them are not told apart by their noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What near duplicates are found by.

    Attributes:
        hash: 64 bits, see `difference_hash`.
        thumbnail: (16, 16, 3) uint8 BGR: the whole picture, squashed.
    """

    hash: int
    thumbnail: Image


@dataclass(frozen=True, slots=True, eq=False)
class NearPairs:
    """M pairs of near duplicates.

    Attributes:
        first: (M,) int64: index of one picture.
        second: (M,) int64: of the other, which is higher.
        bits: (M,) int64: how many bits of their hashes differ.
        difference: (M,) float32: how much of what there is to see in them differs.
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    bits: npt.NDArray[np.int64]
    difference: npt.NDArray[np.float32]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.first)

    def select(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> NearPairs:
        """Some of them: by a mask (M,), or by indices in their order."""
        return NearPairs(self.first[chosen], self.second[chosen], self.bits[chosen], self.difference[chosen])


def difference_hash(image: Image) -> int:
    """(H, W, 3) uint8 BGR -> 64 bits: whether each of 8x8 cells is brighter than the one left of it."""
    grey = cv2.cvtColor(cv2.resize(image, (9, 8), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    return int.from_bytes(np.packbits(grey[:, 1:] > grey[:, :-1]).tobytes(), "big")


def fingerprint(image: Image) -> Fingerprint:
    """(H, W, 3) uint8 BGR -> what near duplicates are found by; under a kilobyte."""
    side = (_THUMBNAIL_PX, _THUMBNAIL_PX)
    thumbnail = np.asarray(cv2.resize(image, side, interpolation=cv2.INTER_AREA), np.uint8)
    return Fingerprint(difference_hash(image), thumbnail)


def near_pairs(fingerprints: Sequence[Fingerprint]) -> NearPairs:
    """Compare all pictures with all: those at most `NEAR_BITS` and `NEAR_DIFFERENCE` apart.

    The difference is the mean absolute difference of two thumbnails, over the mean absolute deviation of
    both from their own median colours: 0 for the same picture, about 1 for two with nothing in common. So
    two small figures on the same white are as different as two rooms.

    Takes time as the square of the number (2 s for 19,000 on one core), and memory for the pairs and 100 MB.
    """
    hashes = np.array([f.hash for f in fingerprints], np.uint64)
    thumbnails = np.array([f.thumbnail.reshape(-1, 3) for f in fingerprints], np.uint8)
    contrast = _contrast(thumbnails)
    found = [_no_pairs()]
    for start in range(0, len(hashes), _ROWS_AT_ONCE):
        bits = np.bitwise_count(hashes[start : start + _ROWS_AT_ONCE, None] ^ hashes[None, start:])
        rows, columns = np.nonzero(bits <= NEAR_BITS)
        after = columns > rows
        rows, columns = rows[after], columns[after]
        for i in range(0, len(rows), _PAIRS_AT_ONCE):
            r, c = rows[i : i + _PAIRS_AT_ONCE], columns[i : i + _PAIRS_AT_ONCE]
            first, second = r + start, c + start
            apart = cv2.absdiff(thumbnails[first], thumbnails[second]).mean((1, 2), dtype=np.float32)
            difference = apart / ((contrast[first] + contrast[second]) / 2)
            pairs = NearPairs(first, second, bits[r, c].astype(np.int64), difference)
            found.append(pairs.select(difference <= NEAR_DIFFERENCE))
    return NearPairs(
        *(np.concatenate([getattr(p, field) for p in found]) for field in NearPairs.__dataclass_fields__)
    )


def group_near_duplicates(fingerprints: Iterable[Fingerprint]) -> list[int]:
    """Number the scenes of pictures: near duplicates, and theirs in turn, share one.

    Returns:
        One number for each picture, counted from 0 in order of first appearance.
    """
    known = list(fingerprints)
    pairs = near_pairs(known)
    parent = list(range(len(known)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True):
        parent[root(i)] = root(j)
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(i), len(numbers)) for i in range(len(known))]


def _contrast(thumbnails: Image) -> npt.NDArray[np.float32]:
    """(N, P, 3) uint8 -> (N,): mean absolute deviation from each picture's median colour, 0-255."""
    contrast = np.empty(len(thumbnails), np.float32)
    for start in range(0, len(thumbnails), _ROWS_AT_ONCE):
        some = thumbnails[start : start + _ROWS_AT_ONCE].astype(np.float32)
        contrast[start : start + len(some)] = np.abs(some - np.median(some, 1, keepdims=True)).mean((1, 2))
    return np.maximum(contrast, _LEAST_CONTRAST)


def _no_pairs() -> NearPairs:
    nothing = np.empty(0, np.int64)
    return NearPairs(nothing, nothing, nothing, np.empty(0, np.float32))
