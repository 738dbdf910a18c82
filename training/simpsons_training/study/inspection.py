"""Read every picture of a data set once: measurements, near duplicates, unreadable files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_training.dataset import PictureSet, read_picture, split_pictures, with_scenes
from simpsons_training.duplicates import Fingerprint, NearPairs, fingerprint, near_pairs
from simpsons_training.listing import Listing
from simpsons_training.study.config import StudyConfig
from simpsons_training.table import Picture


@dataclass(frozen=True, slots=True)
class Measures:
    """Measurements of one picture.

    Attributes:
        width: Width in pixels.
        height: Height in pixels.
        brightness: Mean over all pixels and channels, 0-255.
    """

    width: int
    height: int
    brightness: float

    @property
    def aspect(self) -> float:
        """Width divided by height."""
        return self.width / self.height


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A picture file that cannot be read.

    Attributes:
        path: Path of the file.
        reason: Error message, starting with the path.
    """

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """The result of an inspection.

    Attributes:
        folder: Folder that contains all pictures.
        found: The N readable pictures, with scenes and split.
        measures: Measurements of each of them.
        near: Pairs of near duplicates, as indices into `found.pictures`.
        unreadable: Unreadable files.
    """

    folder: Path
    found: PictureSet
    measures: tuple[Measures, ...]
    near: NearPairs
    unreadable: tuple[Unreadable, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """The N readable pictures."""
        return self.found.pictures


def inspect(
    listing: Listing, config: StudyConfig, *, on_picture: Callable[[], object] = lambda: None
) -> Inspection:
    """Read every picture once, find near duplicates and split.

    Args:
        listing: Pictures to read.
        config: How to split.
        on_picture: Called after each picture.

    Raises:
        DataError: No picture can be read.
    """
    readable: list[Picture] = []
    measures: list[Measures] = []
    fingerprints: list[Fingerprint] = []
    unreadable: list[Unreadable] = []
    for picture in listing.pictures:
        try:
            image = read_picture(picture.path)
        except DataError as error:
            unreadable.append(Unreadable(picture.path, str(error)))
        else:
            picture_print = fingerprint(image)
            readable.append(picture)
            fingerprints.append(picture_print)
            # Thumbnails average areas, so that their mean brightness is that of the picture.
            measures.append(Measures(image.shape[1], image.shape[0], float(picture_print.thumbnail.mean())))
        on_picture()
    if not readable:
        if listing.pictures:
            raise DataError(
                f"none of the {len(listing.pictures):,} pictures in {listing.name} can be read; replace them"
            )
        raise DataError(f"{listing.name} contains no pictures; add a folder for each character")
    without = [picture_print for p, picture_print in zip(readable, fingerprints, strict=True) if not p.scene]
    found = split_pictures(
        with_scenes(readable, without),
        listing,
        split=config.split,
        val_share=config.val_share,
        seed=config.seed,
    )
    found = replace(
        found,
        unreadable=tuple(dict.fromkeys(file.path for file in unreadable)),
        fingerprints={p.path: read for p, read in zip(readable, fingerprints, strict=True)},
    )
    return Inspection(listing.root, found, tuple(measures), near_pairs(fingerprints), tuple(unreadable))
