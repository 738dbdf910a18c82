"""List, split and load the pictures of a data set."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from simpsons_play.core.errors import DataError
from simpsons_play.core.foreign_files import clause_of
from simpsons_play.core.frames import Image
from simpsons_play.core.names import counted, letters_of
from simpsons_play.inference.model_card import SplitRecord
from simpsons_play.inference.preprocess import to_square
from simpsons_play.inference.resizing import STRETCHED, Resizing
from simpsons_play.sources.images import read_image
from simpsons_training.config import Split, TrainConfig
from simpsons_training.duplicates import Fingerprint, fingerprint, group_near_duplicates
from simpsons_training.listing import SCENES_OF_TABLE, Listing, list_pictures, some
from simpsons_training.picture_folders import is_archive
from simpsons_training.splits import split_at_random, split_by_scenes
from simpsons_training.table import Picture
from simpsons_training.truncation import is_truncated

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
        is_drawn: Whether some of them were drawn, and not all split by tables.
        record: How they were split, for a model card; None if unknown.
        notes: Lines for the user on how the folders were read.
        unreadable: Files that cannot be read, which are left out.
        fingerprints: Fingerprints of the pictures that were read.
        folders: Folders that they were listed from.
    """

    labels: tuple[str, ...]
    pictures: tuple[Picture, ...]
    how_split: str
    is_drawn: bool = False
    record: SplitRecord | None = None
    notes: tuple[str, ...] = ()
    unreadable: tuple[Path, ...] = ()
    fingerprints: Mapping[Path, Fingerprint] = field(default_factory=dict, repr=False, compare=False)
    folders: tuple[Path, ...] = ()

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
        """The pictures as a pandas DataFrame; see `pictures_frame`."""
        from simpsons_training.pictures_frame import pictures_frame

        return pictures_frame(self.pictures)

    def __repr__(self) -> str:
        return f"<PictureSet: {self.summary}>"

    @property
    def left_out(self) -> list[str]:
        """A line for the user on the pictures that cannot be read, if there are any."""
        if not self.unreadable:
            return []
        total = len(self.pictures) + len(self.unreadable)
        return [
            f"{len(self.unreadable):,} of {counted(total, 'picture')} cannot be read and "
            f"{'is' if len(self.unreadable) == 1 else 'are'} left out: {some(self.unreadable)}"
        ]

    @property
    def too_few(self) -> list[str]:
        """Lines for the user on characters with too few pictures to train on or to validate."""
        lines = []
        count = {split: Counter(p.character for p in self.select(split, known=True)) for split in _PURPOSE}
        for split, purpose in _PURPOSE.items():
            other = sum((n for name, n in count.items() if name != split), Counter[str]())
            if few := [f"{name} ({other[name]:,})" for name in self.labels if not count[split][name]]:
                lines.append(f"too few pictures to {purpose}: {some(few)}")
        return lines


_PURPOSE = {"train": "train on", "val": "validate"}


def read_pictures(
    *folders: Path,
    split: Split = _DEFAULTS.split,
    val_share: float = _DEFAULTS.val_share,
    seed: int = _DEFAULTS.seed,
    remedy: str = "add a folder for another",
    on_picture: Callable[[], object] = lambda: None,
) -> PictureSet:
    """List the pictures of folders and split them; see `list_pictures` for their layout.

    Args:
        folders: Folders of the pictures.
        split: `given` takes the split of the tables, and draws scenes of folders without one; `scenes` draws
            whole scenes for validation, `random` single pictures, as in the article.
        val_share: Share of each character's validation pictures, if the split is drawn; 0-1.
        seed: Random seed of a drawn split.
        remedy: What to do about pictures of a single character, as the end of an error message.
        on_picture: Called after each picture without a scene, which is read to find near duplicates.

    Returns:
        The pictures without those of them that cannot be read.

    Raises:
        DataError: A folder does not exist, there are no pictures, fewer than two characters or an invalid
            table.
    """
    listing = list_pictures(*folders)
    found = split_listing(listing, split=split, val_share=val_share, seed=seed, on_picture=on_picture)
    if len(found.labels) < 2:
        raise DataError(
            f"{listing.name} has pictures of {counted(len(found.labels), 'character')}, but at least two are "
            f"needed; {remedy}"
        )
    for part in ("train", "val"):
        if not found.select(part, known=True):
            remedy = "add some to its table, or use --split scenes"
            if found.is_drawn:
                remedy = "add pictures of other scenes, or use --split random with several of each"
                if split == "random":
                    remedy = f"{'raise' if part == 'val' else 'lower'} --val-share, or add pictures"
            raise DataError(
                f"{listing.name} has no pictures of known characters in the split {part!r}; {remedy}"
            )
    return found


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


def split_listing(
    listing: Listing,
    *,
    split: Split,
    val_share: float,
    seed: int,
    on_picture: Callable[[], object] = lambda: None,
) -> PictureSet:
    """Split the pictures of a listing, of any number of characters; see `read_pictures`.

    Raises:
        DataError: There are no pictures, or none of them can be read.
    """
    if not listing.pictures:
        archives = [path.name for folder in listing.folders for path in folder.iterdir() if is_archive(path)]
        remedy = (
            f"unpack {archives[0]}" if archives else "put those of each character into a folder with its name"
        )
        raise DataError(f"{listing.name} contains no folders with pictures; {remedy}")
    fingerprints, unreadable = _read([p.path for p in listing.pictures if not p.scene], {}, on_picture)
    readable = [p for p in listing.pictures if p.path not in unreadable]
    if not readable:
        raise DataError(
            f"none of the {len(listing.pictures):,} pictures in {listing.name} can be read; replace them"
        )
    pictures = with_scenes(readable, [fingerprints[p.path] for p in readable if not p.scene])
    found = split_pictures(pictures, listing, split=split, val_share=val_share, seed=seed)
    return dataclasses.replace(found, unreadable=tuple(unreadable), fingerprints=fingerprints)


def without_unreadable(found: PictureSet, *, on_picture: Callable[[], object] = lambda: None) -> PictureSet:
    """Read the pictures that were not read yet, since a table lists them, and leave out unreadable ones.

    Args:
        found: Pictures with their split.
        on_picture: Called after each of them.

    Raises:
        DataError: No picture can be read.
    """
    fingerprints, unreadable = _read([p.path for p in found.pictures], found.fingerprints, on_picture)
    pictures = tuple(p for p in found.pictures if p.path not in unreadable)
    if not pictures:
        raise DataError(f"none of {counted(len(unreadable), 'picture')} can be read, such as {unreadable[0]}")
    return dataclasses.replace(
        found,
        pictures=pictures,
        unreadable=(*found.unreadable, *unreadable),
        fingerprints={**found.fingerprints, **fingerprints},
    )


def _read(
    paths: Iterable[Path], read: Mapping[Path, Fingerprint], on_picture: Callable[[], object]
) -> tuple[dict[Path, Fingerprint], list[Path]]:
    """Fingerprints of pictures that are not among those read before, and the paths of unreadable ones."""
    fingerprints: dict[Path, Fingerprint] = {}
    unreadable: dict[Path, None] = {}
    for path in paths:
        if path not in read and path not in fingerprints and path not in unreadable:
            try:
                fingerprints[path] = fingerprint(read_picture(path))
            except DataError:
                unreadable[path] = None
            on_picture()
    return fingerprints, list(unreadable)


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
    given = {bool(p.split if split == "given" else p.scene) for p in listing.pictures}
    sources = [*(listing.split_by if split == "given" else (SCENES_OF_TABLE,))] if True in given else []
    sources += ["near duplicates"] if False in given else []
    how_split, drawn_how = f"by {' and '.join(sources)}", f", seed {seed}"
    if split == "random":
        pictures, how_split = split_at_random(pictures, val_share, seed), f"at random{drawn_how}"
    elif split == "scenes":
        pictures, how_split = split_by_scenes(pictures, val_share, seed), how_split + drawn_how
    elif False in given:
        drawn = iter(split_by_scenes([p for p in pictures if not p.split], val_share, seed))
        pictures, how_split = [p if p.split else next(drawn) for p in pictures], how_split + drawn_how
    folders = tuple(folder.resolve().name for folder in listing.folders)
    record = SplitRecord(split, val_share, seed, folders, len(pictures), _checksum(pictures))
    labels = tuple(sorted({p.character for p in pictures if p.known}))
    is_drawn = split != "given" or False in given
    return PictureSet(
        labels, tuple(pictures), how_split, is_drawn, record, listing.notes, folders=listing.folders
    )


def spelled_as(pictures: PictureSet, labels: Sequence[str]) -> PictureSet:
    """The pictures with the labels of a network where only the spelling of their characters differs."""
    spelled = {letters_of(label): label for label in labels}
    found = [
        dataclasses.replace(p, character=spelled.get(letters_of(p.character), p.character)) if p.known else p
        for p in pictures.pictures
    ]
    names = tuple(sorted({p.character for p in found if p.known}))
    return dataclasses.replace(pictures, labels=names, pictures=tuple(found))


def _checksum(pictures: Iterable[Picture]) -> str:
    """Checksum of which picture, by name and size, is on which side, wherever the folders are."""
    lines = sorted(f"{p.split}/{p.known:d}/{p.character}/{p.path.name}/{_size(p.path)}" for p in pictures)
    return sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # a table may list files that do not exist
        return 0


def read_picture(path: Path) -> Image:
    """Read a picture as the player does, but no incomplete one: (H, W, 3) uint8 BGR.

    Raises:
        DataError: The file cannot be read, or ends too early.
    """
    try:
        image = read_image(path)
    except OSError as error:
        raise DataError(f"{path}: {clause_of(error)}; remove or replace it") from error
    if image is None:
        raise DataError(f"{path} is not a readable picture; remove or replace it")
    if is_truncated(path, image):
        raise DataError(f"{path} ends too early, so that a part of the picture is missing; replace it")
    return image


def load_images(
    pictures: Sequence[Picture],
    size_px: int,
    *,
    resizing: Resizing = STRETCHED,
    on_picture: Callable[[], object] = lambda: None,
) -> Image:
    """Read pictures, cropped and scaled to the network's input size: (N, size_px, size_px, 3) uint8 BGR.

    Raises:
        DataError: A picture cannot be read.
    """
    images = np.empty((len(pictures), size_px, size_px, 3), np.uint8)
    for i, picture in enumerate(pictures):
        images[i] = to_square(read_picture(picture.path), size_px, picture.crop, resizing=resizing)
        on_picture()
    return images


def label_indices(pictures: Sequence[Picture], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """(N,) int64: index of each picture's character in `labels`, -1 for unknown people."""
    index = {label: i for i, label in enumerate(labels)}
    return np.array([index[p.character] if p.known else -1 for p in pictures], dtype=np.int64)
