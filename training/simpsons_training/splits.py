"""Which pictures to learn from and which to judge on: drawn by scene, or one by one as the article did."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from simpsons_training.table import Picture


def split_by_scenes(pictures: Sequence[Picture], val_share: float, seed: int) -> list[Picture]:
    """Draw whole scenes for validation, in random order, for each character by itself.

    Args:
        pictures: in any order; their own split is not looked at.
        val_share: scenes are drawn until they hold this share of the character's pictures, but never all of
            its scenes, and none that would take twice the share; 0-1.
        seed: where chance starts.

    Returns:
        The same pictures in the same order, with their new split. No scene straddles.
    """
    random = np.random.default_rng(seed)
    drawn: set[tuple[str, str]] = set()
    for character, of_character in _by_character(pictures):
        size = Counter(p.scene for p in of_character)
        most = 2 * val_share * len(of_character) + 1
        count = 0
        for scene in map(str, random.permutation(sorted(size))[:-1]):
            if count >= val_share * len(of_character):
                break
            if count + size[scene] <= most:
                drawn.add((character, scene))
                count += size[scene]
    return [_put(p, "val" if (p.character, p.scene) in drawn else "train") for p in pictures]


def split_at_random(pictures: Sequence[Picture], val_share: float, seed: int) -> list[Picture]:
    """Draw single pictures for validation, a share of each character's, whatever their scene.

    Neighbouring frames of one shot then stand on both sides, so that what is measured on the drawn ones is
    better than what is new will get: for comparison with figures that were measured so.

    Args:
        pictures: in any order; their own split is not looked at.
        val_share: of each character's pictures; 0-1.
        seed: where chance starts.

    Returns:
        The same pictures in the same order, with their new split.
    """
    random = np.random.default_rng(seed)
    drawn: set[Picture] = set()
    for _, of_character in _by_character(pictures):
        count = min(round(val_share * len(of_character)), len(of_character) - 1)
        drawn.update(of_character[i] for i in random.permutation(len(of_character))[:count])
    return [_put(p, "val" if p in drawn else "train") for p in pictures]


def fold_of(pictures: Sequence[Picture], folds: int, seed: int) -> list[int]:
    """Deal the scenes of each character into folds of about equal size: one number from 0 for each picture.

    The largest scenes are dealt first, each to the fold that holds fewest of the character's pictures.
    """
    random = np.random.default_rng(seed)
    fold: dict[tuple[str, str], int] = {}
    for character, of_character in _by_character(pictures):
        size = Counter(p.scene for p in of_character)
        held = [0] * folds
        first = int(random.integers(folds))
        shuffled = [str(scene) for scene in random.permutation(sorted(size))]
        for scene in sorted(shuffled, key=lambda s: -size[s]):
            emptiest = min(range(folds), key=lambda f: (held[f], (f - first) % folds))
            fold[character, scene] = emptiest
            held[emptiest] += size[scene]
    return [fold[p.character, p.scene] for p in pictures]


def _by_character(pictures: Sequence[Picture]) -> list[tuple[str, list[Picture]]]:
    groups: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        groups[picture.character].append(picture)
    return sorted(groups.items())


def _put(picture: Picture, split: str) -> Picture:
    return dataclasses.replace(picture, split=split)
