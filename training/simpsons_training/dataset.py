"""Folders of pictures -> arrays, split by scene."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simpsons_play.errors import DataError
from simpsons_play.preprocess import to_square
from simpsons_play.sources.images import EXTENSIONS, read_image
from simpsons_play.types import Image
from simpsons_training.config import TrainConfig
from simpsons_training.duplicates import group_near_duplicates
from simpsons_training.table import OTHERS, TABLE_NAME, Picture, read_table

_DEFAULTS = TrainConfig()


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Pictures with the names they teach.

    Attributes:
        labels: the known characters, sorted.
        pictures: all pictures, known or not.
        how_split: one phrase on where the split comes from.
    """

    labels: tuple[str, ...]
    pictures: tuple[Picture, ...]
    how_split: str

    def select(self, split: str, *, known: bool) -> list[Picture]:
        """The pictures of one split, either of the characters to name or of the others."""
        return [p for p in self.pictures if p.split == split and p.known == known]


def read_pictures(
    folder: Path, *, val_share: float = _DEFAULTS.val_share, seed: int = _DEFAULTS.seed
) -> PictureSet:
    """Find the pictures of a folder and split them.

    A `pictures.csv` in it (columns `file, character, scene, split`) is taken at its word. Without one, every
    sub-folder is a character (or, where there is a `characters` folder, every folder in that, and those of
    `others` are people not to be named); near duplicates count as one scene, and whole scenes are drawn for
    validation.

    Args:
        folder: where the pictures lie.
        val_share: share of each character's pictures to validate on, where no table says; 0-1.
        seed: where chance starts, for that draw.

    Raises:
        DataError: no such folder, no pictures, fewer than two characters, a broken table, or a picture that
            cannot be read.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; give the folder that holds the pictures")
    table = folder / TABLE_NAME
    if table.is_file():
        pictures, how_split = read_table(table), f"by the scenes of {table.name}"
    else:
        pictures, how_split = _read_folders(folder, val_share, seed), "by near duplicates"
    labels = tuple(sorted({p.character for p in pictures if p.known}))
    if len(labels) < 2:
        raise DataError(
            f"{folder} holds pictures of {len(labels)} characters; give at least two folders, one for each"
        )
    for split in ("train", "val"):
        if not any(p.split == split and p.known for p in pictures):
            raise DataError(f"{folder} holds no pictures for the split {split!r}")
    return PictureSet(labels, tuple(pictures), how_split)


def _read_folders(folder: Path, val_share: float, seed: int) -> list[Picture]:
    random = np.random.default_rng(seed)
    known_root = folder / "characters" if (folder / "characters").is_dir() else folder
    pictures: list[Picture] = []
    for root, known in ((known_root, True), (folder / OTHERS, False)):
        if not root.is_dir():
            continue
        for character in sorted(p for p in root.iterdir() if p.is_dir() and p.name != OTHERS):
            files = sorted(p for p in character.iterdir() if p.suffix.lower() in EXTENSIONS and p.is_file())
            if not files:
                continue
            scenes = group_near_duplicates(_read(file) for file in files)
            chosen = _draw_scenes(scenes, val_share, random)
            pictures += [
                Picture(
                    file,
                    character.name,
                    known,
                    f"{character.name}-{scene:04d}",
                    "val" if scene in chosen else "train",
                )
                for file, scene in zip(files, scenes, strict=True)
            ]
    return pictures


def _draw_scenes(scenes: Sequence[int], val_share: float, random: np.random.Generator) -> set[int]:
    """Scenes, in random order, until they hold the share of pictures asked for; never all of them."""
    size: dict[int, int] = defaultdict(int)
    for scene in scenes:
        size[scene] += 1
    order = random.permutation(sorted(size))
    chosen: set[int] = set()
    count = 0
    for scene in order[:-1]:
        if count >= val_share * len(scenes):
            break
        if count + size[scene] <= 2 * val_share * len(scenes) + 1:
            chosen.add(int(scene))
            count += size[scene]
    return chosen


def _read(path: Path) -> Image:
    """(H, W, 3) uint8 BGR, as the player reads it; what cannot be read is an error, not a gap in the data."""
    try:
        image = read_image(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; remove it or mend it") from error
    if image is None:
        raise DataError(f"{path} is not a picture that can be read; remove it or mend it")
    return image


def load_images(
    pictures: Sequence[Picture], size_px: int, *, on_picture: Callable[[], object] = lambda: None
) -> Image:
    """Read pictures as the network sees them: (N, size_px, size_px, 3) uint8 BGR.

    Raises:
        DataError: a picture cannot be read.
    """
    images = np.empty((len(pictures), size_px, size_px, 3), np.uint8)
    for i, picture in enumerate(pictures):
        images[i] = to_square(_read(picture.path), size_px)
        on_picture()
    return images


def label_indices(pictures: Sequence[Picture], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """(N,) int64: the index of each picture's character in `labels`, -1 for somebody not to be named."""
    index = {label: i for i, label in enumerate(labels)}
    return np.array([index[p.character] if p.known else -1 for p in pictures], dtype=np.int64)
