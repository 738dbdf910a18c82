"""List the pictures of several folders without reading them."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.names import CHARACTERS_BGR, counted, letters_of
from simpsons_training.picture_folders import distinct, find_pictures
from simpsons_training.table import TABLE_NAME, Picture

_SHOWN = 5


SCENES_OF_TABLE = f"the scenes of {TABLE_NAME}"


@dataclass(frozen=True, slots=True)
class Listing:
    """The pictures of one or more folders before any of them is read.

    Attributes:
        folders: The folders.
        pictures: All pictures; those of a folder without a table have no scene.
        notes: Lines for the user on how the folders were read.
        split_by: What splits those pictures that are split, for messages.
    """

    folders: tuple[Path, ...]
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...] = ()
    split_by: tuple[str, ...] = (SCENES_OF_TABLE,)

    @property
    def name(self) -> str:
        """The folders, for messages."""
        return " and ".join(map(str, self.folders))

    @property
    def root(self) -> Path:
        """The folder that contains all pictures."""
        if len(self.folders) == 1:
            return self.folders[0]
        return Path(os.path.commonpath([folder.resolve() for folder in self.folders]))


def list_pictures(*folders: Path) -> Listing:
    """List the pictures of one or more folders without reading them; see `picture_folders.pictures_of`.

    Scenes of different folders are different scenes. A character who is known in one folder is known in all,
    and names that differ only in case, spaces or punctuation are one character. A picture that is in
    several folders is listed once.

    Raises:
        DataError: A folder does not exist, its table is invalid, or it is not clear which pictures are meant.
    """
    unique = tuple({folder.resolve(): folder for folder in folders}.values())
    pictures: list[Picture] = []
    notes: list[str] = []
    passed_over: list[Path] = []
    empty: list[Path] = []
    unused: list[Path] = []
    split_by: list[str] = []
    repeated = 0
    for number, folder in enumerate(unique):
        found = find_pictures(folder)
        listed = distinct(found.pictures, pictures)
        if len(unique) > 1:
            # No near-duplicate scene has a slash, since it begins with the name of a folder.
            listed = [dataclasses.replace(p, scene=p.scene and f"{number}/{p.scene}") for p in listed]
        pictures += listed
        repeated += len(found.pictures) - len(listed)
        passed_over += found.passed_over
        if found.used:
            notes.append(f"{folder}: using the pictures in {found.used}")
        if found.kept:
            notes.append(f"pictures in {found.kept} are kept for an evaluation after the training")
        split_by += [found.split_by or SCENES_OF_TABLE] if any(p.split for p in found.pictures) else []
        empty += found.empty
        unused += found.unused
    characters = {letters_of(picture.character) for picture in pictures}
    if empty := [path for path in empty if letters_of(path.name) not in characters]:
        notes.append(f"no pictures in {some(empty)}")
    if unused:
        notes.append(
            f"pictures in {some(unused)} are not used; put those of a character directly into its folder"
        )
    if repeated:
        verb = "is" if repeated == 1 else "are"
        notes.append(f"{counted(repeated, 'picture')} {verb} in several folders and counted once")
    if passed_over:
        notes.append(f"{counted(len(passed_over), 'file')} passed over: {_by_suffix(passed_over)}")
    pictures, merged = _with_one_spelling(pictures)
    if len(unique) > 1:
        known = {p.character for p in pictures if p.known}
        pictures = [dataclasses.replace(p, known=p.character in known) for p in pictures]
    return Listing(unique, tuple(pictures), (*notes, *merged), tuple(dict.fromkeys(split_by)))


def _by_suffix(paths: Iterable[Path]) -> str:
    """`10 .heic, 2 .txt`."""
    counts = sorted(Counter(path.suffix.lower() or "without suffix" for path in paths).items())
    return ", ".join(f"{count:,} {suffix}" for suffix, count in counts)


def _with_one_spelling(pictures: Sequence[Picture]) -> tuple[list[Picture], list[str]]:
    """The pictures with one name for each character, and a note on each that has several.

    It is that of the included models, or else the most frequent one.
    """
    names: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for picture in pictures:
        names[letters_of(picture.character)][picture.character] += 1
    name_of: dict[str, str] = {}
    notes = []
    for counts in names.values():
        best = max(counts, key=lambda name: (name in CHARACTERS_BGR, counts[name], name))
        name_of |= dict.fromkeys(counts, best)
        if len(counts) > 1:
            notes.append(f"{' and '.join(sorted(counts))} are one character, {best}")
    return [dataclasses.replace(p, character=name_of[p.character]) for p in pictures], notes


def some(things: Sequence[object]) -> str:
    """The first few things, separated by commas."""
    shown = ", ".join(map(str, things[:_SHOWN]))
    return shown + (f" and {len(things) - _SHOWN:,} more" if len(things) > _SHOWN else "")
