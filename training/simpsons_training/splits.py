"""Draw training and validation pictures, by scene or one by one as in the article."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from simpsons_training.table import Picture


def split_by_scenes(pictures: Sequence[Picture], val_share: float, seed: int) -> list[Picture]:
    """Draw whole scenes for validation, in random order, for one character after another.

    Args:
        pictures: Pictures in any order; their current split is ignored. A scene may show several characters.
        val_share: Scenes are drawn until they contain this share of the character's pictures, but never all
            scenes of a character, and never more than about twice the share of any character; 0-1.
        seed: Random seed.

    Returns:
        The same pictures in the same order with their new split. No scene is on both sides.
    """
    random = np.random.default_rng(seed)
    characters = _by_character(pictures)
    size = {character: Counter(p.scene for p in of_character) for character, of_character in characters}
    limit = {character: 2 * val_share * len(of_character) + 1 for character, of_character in characters}
    shown: defaultdict[str, set[str]] = defaultdict(set)
    for picture in pictures:
        shown[picture.scene].add(picture.character)
    drawn: set[str] = set()
    count: Counter[str] = Counter()
    scenes_left = {character: len(scenes) for character, scenes in size.items()}
    for character, of_character in characters:
        for scene in map(str, random.permutation(sorted(size[character]))):
            if count[character] >= val_share * len(of_character):
                break
            affected = shown[scene]
            if scene not in drawn and all(
                scenes_left[c] > 1 and count[c] + size[c][scene] <= limit[c] for c in affected
            ):
                drawn.add(scene)
                count.update({c: size[c][scene] for c in affected})
                for c in affected:
                    scenes_left[c] -= 1
    return [_with_split(p, "val" if p.scene in drawn else "train") for p in pictures]


def split_at_random(pictures: Sequence[Picture], val_share: float, seed: int) -> list[Picture]:
    """Draw single pictures for validation, a share of each character's, regardless of scenes.

    Neighbouring frames of a shot end up on both sides, so that validation metrics overestimate the accuracy
    on new scenes. Use this only for comparison with results that were measured the same way.

    Args:
        pictures: Pictures in any order; their current split is ignored.
        val_share: Share of each character's pictures; 0-1.
        seed: Random seed.

    Returns:
        The same pictures in the same order with their new split.
    """
    random = np.random.default_rng(seed)
    drawn: set[Picture] = set()
    for _, of_character in _by_character(pictures):
        count = min(round(val_share * len(of_character)), len(of_character) - 1)
        drawn.update(of_character[i] for i in random.permutation(len(of_character))[:count])
    return [_with_split(p, "val" if p in drawn else "train") for p in pictures]


def assign_folds(pictures: Sequence[Picture], folds: int, seed: int) -> list[int]:
    """Assign the scenes of each character to folds of about equal size; returns the fold of each picture.

    The largest scenes are assigned first, each to the fold with the fewest pictures of the character. A scene
    of several characters is assigned once.
    """
    random = np.random.default_rng(seed)
    fold: dict[str, int] = {}
    for _, of_character in _by_character(pictures):
        size = Counter(p.scene for p in of_character)
        load = [0] * folds
        for scene in size.keys() & fold.keys():
            load[fold[scene]] += size[scene]
        first = int(random.integers(folds))
        shuffled = [str(scene) for scene in random.permutation(sorted(size)) if scene not in fold]
        for scene in sorted(shuffled, key=lambda s: -size[s]):
            emptiest = min(range(folds), key=lambda f: (load[f], (f - first) % folds))
            fold[scene] = emptiest
            load[emptiest] += size[scene]
    return [fold[p.scene] for p in pictures]


def _by_character(pictures: Sequence[Picture]) -> list[tuple[str, list[Picture]]]:
    groups: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        groups[picture.character].append(picture)
    return sorted(groups.items())


def _with_split(picture: Picture, split: str) -> Picture:
    return dataclasses.replace(picture, split=split)
