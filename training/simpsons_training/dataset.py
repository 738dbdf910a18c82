"""List, split and load the pictures of a data set."""

from __future__ import annotations

import dataclasses
import os
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Image
from simpsons_play.core.names import counted
from simpsons_play.core.optional import data_package
from simpsons_play.inference.preprocess import to_square
from simpsons_play.sources.endings import PICTURES, is_hidden
from simpsons_play.sources.images import read_image
from simpsons_training.config import Split, TrainConfig
from simpsons_training.duplicates import Fingerprint, fingerprint, group_near_duplicates
from simpsons_training.splits import split_at_random, split_by_scenes
from simpsons_training.table import OTHERS, TABLE_NAME, Picture, read_table

if TYPE_CHECKING:
    import pandas

_DEFAULTS = TrainConfig()


@dataclass(frozen=True, slots=True, repr=False)
class PictureSet:
    """A data set with its labels and split.

    Attributes:
        labels: Names of the known characters, sorted.
        pictures: Pictures of known characters and of others.
        how_split: One phrase on how the pictures were split.
    """

    labels: tuple[str, ...]
    pictures: tuple[Picture, ...]
    how_split: str

    def select(self, split: str, *, known: bool) -> list[Picture]:
        """Select the pictures of one side of the split, of known characters or of others."""
        return [p for p in self.pictures if p.split == split and p.known == known]

    @property
    def summary(self) -> str:
        """How many pictures there are, and how they are split."""
        train, val = (len(self.select(split, known=True)) for split in ("train", "val"))
        return (
            f"{train:,} pictures to train on, {val:,} to validate on, "
            f"{counted(len(self.labels), 'character')}, split {self.how_split}"
        )

    def to_pandas(self) -> pandas.DataFrame:
        """The pictures as a pandas DataFrame: file, character, known, scene, split, x_min to y_max (the box).

        Raises:
            DependencyError: pandas is not installed.
        """
        pandas = data_package("pandas", "to_pandas()")
        columns = {
            "file": [os.fspath(p.path) for p in self.pictures],
            "character": pandas.Categorical([p.character for p in self.pictures]),
            "known": [p.known for p in self.pictures],
            "scene": [p.scene for p in self.pictures],
            "split": pandas.Categorical([p.split for p in self.pictures], categories=["train", "val"]),
        }
        for side in ("x_min", "y_min", "x_max", "y_max"):
            sides = [None if p.box is None else getattr(p.box, side) for p in self.pictures]
            columns[side] = pandas.array(sides, dtype="Int32")
        return pandas.DataFrame(columns)

    def __repr__(self) -> str:
        return f"<PictureSet: {self.summary}>"


@dataclass(frozen=True, slots=True)
class Listing:
    """The pictures of one or more folders before any of them is read.

    Attributes:
        folders: The folders.
        pictures: All pictures; those of a folder without a table have neither scene nor split.
    """

    folders: tuple[Path, ...]
    pictures: tuple[Picture, ...]

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


def read_pictures(
    *folders: Path,
    split: Split = _DEFAULTS.split,
    val_share: float = _DEFAULTS.val_share,
    seed: int = _DEFAULTS.seed,
    remedy: str = "add a folder for another",
) -> PictureSet:
    """List the pictures of folders and split them; see `list_pictures` for their layout.

    Args:
        folders: Folders of the pictures.
        split: `given` takes the split of the tables, and draws scenes of folders without one; `scenes` draws
            whole scenes for validation, `random` single pictures, as in the article.
        val_share: Share of each character's validation pictures, if the split is drawn; 0-1.
        seed: Random seed of a drawn split.
        remedy: What to do about pictures of a single character, as the end of an error message.

    Raises:
        DataError: A folder does not exist, there are no pictures, fewer than two characters or an invalid
            table, or a picture cannot be read.
    """
    listing = list_pictures(*folders)
    found = split_listing(listing, split=split, val_share=val_share, seed=seed)
    if len(found.labels) < 2:
        raise DataError(
            f"{listing.name} has pictures of {counted(len(found.labels), 'character')}, but at least two are "
            f"needed; {remedy}"
        )
    for part in ("train", "val"):
        if not found.select(part, known=True):
            raise DataError(
                f"{listing.name} has no pictures of known characters in the split {part!r}; add some to its "
                "table, or use --split scenes"
            )
    return found


def list_pictures(*folders: Path) -> Listing:
    """List the pictures of one or more folders without reading them.

    A folder has a `pictures.csv` (columns `file, character, scene, split`) or one sub-folder per character;
    the latter may be inside a `characters` folder, next to an `others` folder of unknown people. Scenes of
    different folders are different scenes. A character who is known in one folder is known in all.

    Raises:
        DataError: A folder does not exist, or its table is invalid.
    """
    unique = tuple({folder.resolve(): folder for folder in folders}.values())
    pictures: list[Picture] = []
    for number, folder in enumerate(unique):
        if not folder.is_dir():
            raise DataError(f"{folder} is not a folder; give the folder of the pictures")
        table = folder / TABLE_NAME
        listed = read_table(table) if table.is_file() else _list_folders(folder)
        if len(unique) > 1:
            # No near-duplicate scene has a slash, since it begins with the name of a folder.
            listed = [dataclasses.replace(p, scene=p.scene and f"{number}/{p.scene}") for p in listed]
        pictures += listed
    if len(unique) > 1:
        known = {p.character for p in pictures if p.known}
        pictures = [dataclasses.replace(p, known=p.character in known) for p in pictures]
    return Listing(unique, tuple(pictures))


def with_scenes(pictures: Sequence[Picture], fingerprints: Sequence[Fingerprint]) -> list[Picture]:
    """Assign scenes to pictures without one: near duplicates of one character form a scene.

    Args:
        pictures: All pictures.
        fingerprints: Fingerprints of those without a scene, in their order.
    """
    scenes = [picture.scene for picture in pictures]
    of_character: defaultdict[tuple[bool, str], list[tuple[int, Fingerprint]]] = defaultdict(list)
    without = (i for i, scene in enumerate(scenes) if not scene)
    for i, picture_print in zip(without, fingerprints, strict=True):
        of_character[pictures[i].known, pictures[i].character].append((i, picture_print))
    for (_, character), members in of_character.items():
        numbers = group_near_duplicates(picture_print for _, picture_print in members)
        for (i, _), number in zip(members, numbers, strict=True):
            scenes[i] = f"{character}-{number:04d}"
    return [dataclasses.replace(p, scene=scene) for p, scene in zip(pictures, scenes, strict=True)]


def split_listing(listing: Listing, *, split: Split, val_share: float, seed: int) -> PictureSet:
    """Split the pictures of a listing, of any number of characters; see `read_pictures`.

    Raises:
        DataError: There are no pictures, or one cannot be read.
    """
    if not listing.pictures:
        raise DataError(
            f"{listing.name} contains no folders with pictures; put those of each character into a folder "
            "with its name"
        )
    fingerprints = [fingerprint(read_picture(p.path)) for p in listing.pictures if not p.scene]
    pictures = with_scenes(listing.pictures, fingerprints)
    return split_pictures(pictures, listing, split=split, val_share=val_share, seed=seed)


def split_pictures(
    pictures: Sequence[Picture], listing: Listing, *, split: Split, val_share: float, seed: int
) -> PictureSet:
    """Split pictures that have scenes; see `read_pictures`.

    Args:
        pictures: Pictures of known characters and of others.
        listing: Where they are from; it tells which scenes are near duplicates.
        split: How to split.
        val_share: Share of each character's validation pictures, if the split is drawn; 0-1.
        seed: Random seed of a drawn split.
    """
    given = {bool(p.split) for p in listing.pictures}
    scenes = f"the scenes of {TABLE_NAME}"
    sources = [source for has, source in ((True, scenes), (False, "near duplicates")) if has in given]
    how_split, drawn_how = f"by {' and '.join(sources)}", f", seed {seed}"
    if split == "random":
        pictures, how_split = split_at_random(pictures, val_share, seed), f"at random{drawn_how}"
    elif split == "scenes":
        pictures, how_split = split_by_scenes(pictures, val_share, seed), how_split + drawn_how
    elif False in given:
        drawn = iter(split_by_scenes([p for p in pictures if not p.split], val_share, seed))
        pictures, how_split = [p if p.split else next(drawn) for p in pictures], how_split + drawn_how
    return PictureSet(tuple(sorted({p.character for p in pictures if p.known})), tuple(pictures), how_split)


def _list_folders(folder: Path) -> list[Picture]:
    """List the pictures of a folder without a table."""
    known_root = folder / "characters" if (folder / "characters").is_dir() else folder
    pictures: list[Picture] = []
    for root, known in ((known_root, True), (folder / OTHERS, False)):
        if not root.is_dir():
            continue
        characters = (p for p in root.iterdir() if p.is_dir() and p.name != OTHERS and not is_hidden(p))
        for character in sorted(characters):
            name = unicodedata.normalize("NFC", character.name)
            files = (p for p in character.iterdir() if p.suffix.lower() in PICTURES and p.is_file())
            pictures += [Picture(file, name, known, "", "") for file in sorted(files) if not is_hidden(file)]
    return pictures


def read_picture(path: Path) -> Image:
    """Read a picture as the player does: (H, W, 3) uint8 BGR.

    Raises:
        DataError: The file cannot be read.
    """
    try:
        image = read_image(path)
    except OSError as error:
        raise DataError(f"{path}: {clause_of(error)}; remove or replace it") from error
    if image is None:
        raise DataError(f"{path} is not a readable picture; remove or replace it")
    return image


def load_images(
    pictures: Sequence[Picture], size_px: int, *, on_picture: Callable[[], object] = lambda: None
) -> Image:
    """Read pictures, cropped and scaled to the network's input size: (N, size_px, size_px, 3) uint8 BGR.

    Raises:
        DataError: A picture cannot be read.
    """
    images = np.empty((len(pictures), size_px, size_px, 3), np.uint8)
    for i, picture in enumerate(pictures):
        images[i] = to_square(read_picture(picture.path), size_px, picture.crop)
        on_picture()
    return images


def label_indices(pictures: Sequence[Picture], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """(N,) int64: index of each picture's character in `labels`, -1 for unknown people."""
    index = {label: i for i, label in enumerate(labels)}
    return np.array([index[p.character] if p.known else -1 for p in pictures], dtype=np.int64)
