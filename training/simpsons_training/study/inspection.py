"""One pass over all pictures: what is measured of each, and which cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simpsons_play.core.errors import DataError
from simpsons_training.dataset import Listing, PictureSet, read_picture, split_pictures, with_scenes
from simpsons_training.duplicates import Fingerprint, NearPairs, fingerprint, near_pairs
from simpsons_training.study.config import StudyConfig
from simpsons_training.table import Picture


@dataclass(frozen=True, slots=True)
class Measures:
    """What is measured of one picture.

    Attributes:
        width: in pixels.
        height: in pixels.
        brightness: mean of all pixels and channels, 0-255.
    """

    width: int
    height: int
    brightness: float

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that should be a picture and cannot be read.

    Attributes:
        path: where it lies.
        reason: what is wrong with it, in words that begin with the path.
    """

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Inspection:
    """A folder of pictures, looked through.

    Attributes:
        folder: that they lie in.
        found: the N pictures that can be read, with scenes and split.
        measures: of each (N).
        near: pairs of near duplicates, by their indices in `found.pictures`.
        unreadable: the others.
    """

    folder: Path
    found: PictureSet
    measures: tuple[Measures, ...]
    near: NearPairs
    unreadable: tuple[Unreadable, ...]

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Those that can be read (N)."""
        return self.found.pictures


def inspect(
    listing: Listing, config: StudyConfig, *, on_picture: Callable[[], object] = lambda: None
) -> Inspection:
    """Read every picture of a folder once, find near duplicates and split.

    Args:
        listing: what there should be.
        config: how to split.
        on_picture: called after each.

    Raises:
        DataError: there is no picture that can be read.
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
            mark = fingerprint(image)
            readable.append(picture)
            fingerprints.append(mark)
            # Areas are averaged, so that the thumbnail is as bright as the picture.
            measures.append(Measures(image.shape[1], image.shape[0], float(mark.thumbnail.mean())))
        on_picture()
    if not readable:
        if listing.pictures:
            what = (
                f"none of the {len(listing.pictures):,} pictures in {listing.folder} can be read; mend them"
            )
            raise DataError(what)
        raise DataError(f"{listing.folder} holds no pictures; put a folder into it for each character")
    if listing.table is None:
        readable = with_scenes(readable, fingerprints)
    found = split_pictures(
        readable, listing.table, split=config.split, val_share=config.val_share, seed=config.seed
    )
    return Inspection(listing.folder, found, tuple(measures), near_pairs(fingerprints), tuple(unreadable))
