"""Folders of pictures -> arrays, split by scene."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_play.errors import DataError
from simpsons_play.preprocess import to_square
from simpsons_play.types import Image
from simpsons_training.duplicates import group_near_duplicates

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
_OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture and what is known of it.

    Attributes:
        path: where it lies.
        character: who is on it.
        known: the character is one the network learns to name; else it is somebody it must not name.
        scene: pictures of one scene share it; scenes never straddle a split.
        split: `train` or `val`.
    """

    path: Path
    character: str
    known: bool
    scene: str
    split: str


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


def read_pictures(folder: Path, *, val_share: float = 0.15, seed: int = 0) -> PictureSet:
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
        DataError: no such folder, no pictures, fewer than two characters, or a broken table.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; give the folder that holds the pictures")
    table = folder / "pictures.csv"
    if table.is_file():
        pictures, how_split = _read_table(table), f"by the scenes of {table.name}"
    else:
        pictures, how_split = _read_folders(folder, val_share, seed), "by near duplicates"
    labels = tuple(sorted({p.character for p in pictures if p.known}))
    if len(labels) < 2:
        raise DataError(f"{folder} holds pictures of {len(labels)} characters; a network needs at least two")
    for split in ("train", "val"):
        if not any(p.split == split and p.known for p in pictures):
            raise DataError(f"{folder} holds no pictures for the split {split!r}")
    return PictureSet(labels, tuple(pictures), how_split)


def _read_table(table: Path) -> list[Picture]:
    pictures = []
    with table.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if missing := {"file", "character", "scene", "split"} - set(reader.fieldnames or ()):
            raise DataError(f"{table} lacks the columns {', '.join(sorted(missing))}")
        for row in reader:
            if row["split"] not in ("train", "val"):
                raise DataError(
                    f"{table}, line {reader.line_num}: split must be train or val, not {row['split']!r}"
                )
            known = Path(row["file"]).parts[0] != _OTHERS
            pictures.append(
                Picture(table.parent / row["file"], row["character"], known, row["scene"], row["split"])
            )
    return pictures


def _read_folders(folder: Path, val_share: float, seed: int) -> list[Picture]:
    random = np.random.default_rng(seed)
    known_root = folder / "characters" if (folder / "characters").is_dir() else folder
    pictures: list[Picture] = []
    for root, known in ((known_root, True), (folder / _OTHERS, False)):
        if not root.is_dir():
            continue
        for character in sorted(p for p in root.iterdir() if p.is_dir() and p.name != _OTHERS):
            files = sorted(p for p in character.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES)
            if not files:
                continue
            scenes = group_near_duplicates([read_image(file) for file in files])
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


def read_image(path: Path) -> Image:
    """Read one picture: (H, W, 3) uint8 BGR, any file name.

    Raises:
        DataError: it cannot be read as a picture.
    """
    try:
        packed = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    image = cv2.imdecode(packed, cv2.IMREAD_COLOR) if packed.size else None
    if image is None:
        raise DataError(f"{path} is not a picture that can be read; remove it or mend it")
    return np.asarray(image, np.uint8)


def load_images(
    pictures: Sequence[Picture], size_px: int, *, on_picture: Callable[[], object] = lambda: None
) -> Image:
    """Read pictures as the network sees them: (N, size_px, size_px, 3) uint8 BGR.

    Raises:
        DataError: a picture cannot be read.
    """
    images = np.empty((len(pictures), size_px, size_px, 3), np.uint8)
    for i, picture in enumerate(pictures):
        images[i] = to_square(read_image(picture.path), size_px)
        on_picture()
    return images


def label_indices(pictures: Sequence[Picture], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """(N,) int64: the index of each picture's character in `labels`, -1 for somebody not to be named."""
    index = {label: i for i, label in enumerate(labels)}
    return np.array([index[p.character] if p.known else -1 for p in pictures], dtype=np.int64)
