"""Labelled pictures by which the input convention of a network is found out and its accuracy is checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simpsons_export.pictures import data_folder
from simpsons_play.core.errors import DataError
from simpsons_play.core.frames import Image
from simpsons_play.core.label_search import exact_labels, meant_labels
from simpsons_play.inference.preprocess import to_square
from simpsons_play.inference.resizing import STRETCHED, Resizing
from simpsons_training.dataset import read_picture
from simpsons_training.listing import list_pictures
from simpsons_training.table import Picture

MAX_PICTURES = 500
"""The standard error of an accuracy is then at most 2.2 points; more pictures take longer."""

_MIN_PICTURES, _MIN_CHARACTERS = 8, 2
_LISTED = 5


@dataclass(frozen=True, slots=True, eq=False)
class LabelledImages:
    """Pictures whose characters a network knows, in an order in which any first part is balanced.

    Attributes:
        images: (N, S, S, 3) uint8 BGR.
        truth: (N,) index of the character in the labels of the network.
        folder: Where they are from.
    """

    images: Image
    truth: npt.NDArray[np.int64]
    folder: Path

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.truth)


@dataclass(frozen=True, slots=True)
class LabelledFolder:
    """The labelled pictures of a folder before any of them is read.

    Attributes:
        folder: The folder.
        pictures: Pictures of characters; the validation pictures, if it has a table with some.
        problem: One clause on why there are none, and what to give instead; empty if there are some.
    """

    folder: Path
    pictures: tuple[Picture, ...]
    problem: str = ""

    @property
    def characters(self) -> tuple[str, ...]:
        """The characters in alphabetical order, as Keras and torchvision number the folders of a data set."""
        return tuple(sorted({picture.character for picture in self.pictures}))

    def images(
        self,
        labels: Sequence[str],
        fit: int | Callable[[Image], Image],
        *,
        resizing: Resizing = STRETCHED,
        count: int = MAX_PICTURES,
    ) -> LabelledImages | None:
        """Read pictures, as many of each character as possible.

        Args:
            labels: Labels of the network, matched by their names in any spelling.
            fit: Size of the pictures in pixels (S); or what brings whole pictures (H, W, 3) to one size.
            resizing: How pictures become squares of this size.
            count: Maximum number of pictures.

        Pictures that cannot be read are left out.

        Returns:
            None if there are too few pictures of these labels to tell anything.
        """
        of_character = _matches(self.characters, labels)
        groups: defaultdict[int, list[Picture]] = defaultdict(list)
        for picture in self.pictures:
            if picture.character in of_character:
                groups[of_character[picture.character]].append(picture)
        random = np.random.default_rng(0)
        shuffled = [
            [(p, i) for p in random.permutation(np.array(group, object))] for i, group in groups.items()
        ]
        images, truth = [], []
        for picture, index in filter(None, chain(*zip_longest(*shuffled))):
            with suppress(DataError):
                image = read_picture(picture.path)
                images.append(
                    fit(image) if callable(fit) else to_square(image, fit, picture.crop, resizing=resizing)
                )
                truth.append(index)
            if len(images) == count:
                break
        if len(images) < _MIN_PICTURES or len(set(truth)) < _MIN_CHARACTERS:
            return None
        return LabelledImages(np.stack(images), np.array(truth, np.int64), self.folder)


def why_unknown(folder: LabelledFolder | None, labels: Sequence[str], *, tried: bool) -> str:
    """One clause on why pictures did not tell what a network was trained on.

    Args:
        folder: The labelled pictures, if there are any.
        labels: Labels of the network.
        tried: Whether conventions were tried on them.
    """
    if folder is None:
        return "with labelled --pictures, that is found out"
    if tried:
        return f"on the pictures of {folder.folder}, none of those tried is better than guessing"
    if not folder.pictures:
        return f"the pictures could tell, but {folder.problem}"
    characters = folder.characters
    if not _matches(characters, labels):
        others = ", ".join(characters[:_LISTED]) + (" ..." if len(characters) > _LISTED else "")
        return f"{folder.folder} cannot tell: it has pictures of {others}, none of its labels"
    return (
        f"{folder.folder} cannot tell: it needs {_MIN_PICTURES} pictures of {_MIN_CHARACTERS} of its labels"
    )


def labelled_folder(folder: Path | None) -> LabelledFolder | None:
    """The labelled pictures of a folder, or of that of the environment variable SIMPSONS_DATA.

    Returns:
        None if there is no folder. If its pictures have no labels, none are in the result.

    Raises:
        ExportError: The folder does not exist.
    """
    folder = data_folder(folder)
    if folder is None:
        return None
    problem = f"{folder} has no folder for each character"
    try:
        pictures = [picture for picture in list_pictures(folder).pictures if picture.known]
    except DataError as error:
        pictures, problem = [], str(error)
    held_out = [picture for picture in pictures if picture.split == "val"]
    return LabelledFolder(folder, tuple(held_out or pictures), "" if pictures else problem)


def _matches(characters: Sequence[str], labels: Sequence[str]) -> dict[str, int]:
    """Character -> index of the label that means it; characters without one are left out."""
    found: dict[str, int] = {}
    for character in characters:
        exact = exact_labels(character, labels)
        if len(exact) == 1:
            found[character] = labels.index(exact[0])
    taken = set(found.values())
    for index, label in enumerate(labels):
        meant = [] if index in taken else meant_labels(label, [c for c in characters if c not in found])
        if len(meant) == 1:
            found[meant[0]] = index
    return found
