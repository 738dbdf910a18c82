"""Which pictures to learn from and which to judge on: drawn by scene, or one by one as the article did."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from simpsons_training.table import Picture


def split_by_scenes(pictures: Sequence[Picture], val_share: float, seed: int) -> list[Picture]:
    """Draw whole scenes for validation, in random order, for one character after another.

    Args:
        pictures: in any order; their own split is not looked at. A scene may show several characters.
        val_share: scenes are drawn until they hold this share of the character's pictures, but never all of
            any character's scenes, and none that would take twice the share of any; 0-1.
        seed: where chance starts.

    Returns:
        The same pictures in the same order, with their new split. No scene straddles.
    """
    random = np.random.default_rng(seed)
    characters = _by_character(pictures)
    size = {character: Counter(p.scene for p in of_character) for character, of_character in characters}
    most = {character: 2 * val_share * len(of_character) + 1 for character, of_character in characters}
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
            touched = shown[scene]
            if scene not in drawn and all(
                scenes_left[c] > 1 and count[c] + size[c][scene] <= most[c] for c in touched
            ):
                drawn.add(scene)
                count.update({c: size[c][scene] for c in touched})
                for c in touched:
                    scenes_left[c] -= 1
    return [_put(p, "val" if p.scene in drawn else "train") for p in pictures]


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

    The largest scenes are dealt first, each to the fold that holds fewest of the character's pictures. A
    scene of several characters is dealt once.
    """
    random = np.random.default_rng(seed)
    fold: dict[str, int] = {}
    for _, of_character in _by_character(pictures):
        size = Counter(p.scene for p in of_character)
        held = [0] * folds
        for scene in size.keys() & fold.keys():
            held[fold[scene]] += size[scene]
        first = int(random.integers(folds))
        shuffled = [str(scene) for scene in random.permutation(sorted(size)) if scene not in fold]
        for scene in sorted(shuffled, key=lambda s: -size[s]):
            emptiest = min(range(folds), key=lambda f: (held[f], (f - first) % folds))
            fold[scene] = emptiest
            held[emptiest] += size[scene]
    return [fold[p.scene] for p in pictures]


def _by_character(pictures: Sequence[Picture]) -> list[tuple[str, list[Picture]]]:
    groups: defaultdict[str, list[Picture]] = defaultdict(list)
    for picture in pictures:
        groups[picture.character].append(picture)
    return sorted(groups.items())


def _put(picture: Picture, split: str) -> Picture:
    return dataclasses.replace(picture, split=split)
