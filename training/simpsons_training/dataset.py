"""List, split and load the pictures of a data set."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Image
from simpsons_play.inference.preprocess import to_square
from simpsons_play.sources.endings import PICTURES
from simpsons_play.sources.images import read_image
from simpsons_training.config import Split, TrainConfig
from simpsons_training.duplicates import Fingerprint, fingerprint, group_near_duplicates
from simpsons_training.splits import split_at_random, split_by_scenes
from simpsons_training.table import OTHERS, TABLE_NAME, Picture, read_table

_DEFAULTS = TrainConfig()


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Listing:
    """The pictures of a folder before any of them is read.

    Attributes:
        folder: The folder.
        pictures: All pictures; without a table they have no scene, and all are in `train`.
        table: Table that lists the pictures, if there is one.
    """

    folder: Path
    pictures: tuple[Picture, ...]
    table: Path | None


def read_pictures(
    folder: Path,
    *,
    split: Split = _DEFAULTS.split,
    val_share: float = _DEFAULTS.val_share,
    seed: int = _DEFAULTS.seed,
) -> PictureSet:
    """List the pictures of a folder and split them.

    The folder has a `pictures.csv` (columns `file, character, scene, split`) or one sub-folder per character;
    the latter may be inside a `characters` folder, next to an `others` folder of unknown people. Without a
    table, near duplicates form a scene.

    Args:
        folder: Folder of the pictures.
        split: `given` takes the split of the table, or `scenes` without one; `scenes` draws whole scenes for
            validation, `random` single pictures, as in the article.
        val_share: Share of each character's validation pictures, if the split is drawn; 0-1.
        seed: Random seed of a drawn split.

    Raises:
        DataError: The folder does not exist, has no pictures, fewer than two characters or an invalid table,
            or a picture cannot be read.
    """
    listing = list_pictures(folder)
    pictures: Sequence[Picture] = listing.pictures
    if listing.table is None:
        pictures = with_scenes(pictures, [fingerprint(read_picture(p.path)) for p in pictures])
    found = split_pictures(pictures, listing.table, split=split, val_share=val_share, seed=seed)
    if len(found.labels) < 2:
        raise DataError(
            f"{folder} has pictures of {len(found.labels)} characters; training needs at least two, "
            "with a folder for each"
        )
    for part in ("train", "val"):
        if not found.select(part, known=True):
            raise DataError(
                f"{folder} has no pictures of known characters in the split {part!r}; add some to its table, "
                "or use --split scenes"
            )
    return found


def list_pictures(folder: Path) -> Listing:
    """List the pictures of a folder without reading them.

    Raises:
        DataError: The folder does not exist, or its table is invalid.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; give the folder of the pictures")
    table = folder / TABLE_NAME
    if table.is_file():
        return Listing(folder, tuple(read_table(table)), table)
    return Listing(folder, tuple(_list_folders(folder)), None)


def with_scenes(pictures: Sequence[Picture], fingerprints: Sequence[Fingerprint]) -> list[Picture]:
    """Assign scenes: near duplicates of one character form a scene."""
    scenes = [""] * len(pictures)
    of_character: defaultdict[tuple[bool, str], list[int]] = defaultdict(list)
    for i, picture in enumerate(pictures):
        of_character[picture.known, picture.character].append(i)
    for (_, character), indices in of_character.items():
        for i, number in zip(indices, group_near_duplicates(fingerprints[i] for i in indices), strict=True):
            scenes[i] = f"{character}-{number:04d}"
    return [dataclasses.replace(p, scene=scene) for p, scene in zip(pictures, scenes, strict=True)]


def split_pictures(
    pictures: Sequence[Picture], table: Path | None, *, split: Split, val_share: float, seed: int
) -> PictureSet:
    """Split pictures that have scenes; see `read_pictures`.

    Args:
        pictures: Pictures of known characters and of others.
        table: Table with their scenes and split; None if near duplicates form the scenes.
        split: How to split.
        val_share: Share of each character's validation pictures, if the split is drawn; 0-1.
        seed: Random seed of a drawn split.
    """
    source = "near duplicates" if table is None else f"the scenes of {table.name}"
    if split == "random":
        pictures, how_split = split_at_random(pictures, val_share, seed), f"at random, seed {seed}"
    elif split == "scenes" or table is None:
        pictures, how_split = split_by_scenes(pictures, val_share, seed), f"by {source}, seed {seed}"
    else:
        how_split = f"by {source}"
    return PictureSet(tuple(sorted({p.character for p in pictures if p.known})), tuple(pictures), how_split)


def _list_folders(folder: Path) -> list[Picture]:
    """List the pictures of a folder without a table."""
    known_root = folder / "characters" if (folder / "characters").is_dir() else folder
    pictures: list[Picture] = []
    for root, known in ((known_root, True), (folder / OTHERS, False)):
        if not root.is_dir():
            continue
        for character in sorted(p for p in root.iterdir() if p.is_dir() and p.name != OTHERS):
            files = sorted(p for p in character.iterdir() if p.suffix.lower() in PICTURES and p.is_file())
            pictures += [Picture(file, character.name, known, "", "train") for file in files]
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
