"""The rest of the frame: parts of pictures beside the character, which show nobody to be named."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Probabilities
from simpsons_training.dataset import read_picture
from simpsons_training.table import Picture

BACKGROUND = "background"
"""The `character` of such pictures."""

_DOUBTFUL = 0.3
"""From this probability on: five times that of one of eighteen characters by chance."""

_LEAST = 0.3
"""Of the picture's width and height: what is narrower shows too little to be taken for a frame."""


def backgrounds_of(pictures: Iterable[Picture]) -> list[Picture]:
    """The largest part left of, right of or above the box of each picture that has one.

    Not below, where the rest of the character is. The boxes are taken at their word, and only the character
    in the box is known: other people may be on what is left.

    Returns:
        Pictures with a `crop`, not known, of the same scene and split; none for those without a box, or with
        a box that leaves less than three tenths of the picture's sides.
    """
    found = []
    for picture in pictures:
        if picture.box is None:
            continue
        height, width = read_picture(picture.path).shape[:2]
        if (crop := _beside(picture.box, width, height)) is not None:
            found.append(
                dataclasses.replace(
                    picture,
                    character=BACKGROUND,
                    known=False,
                    box=None,
                    crop=crop,
                    beside=picture.character,
                )
            )
    return found


def is_doubtful(picture: Picture, labels: Sequence[str], probabilities: Probabilities) -> bool:
    """Whether a network sees, beside a box, the very character that should be in it.

    Then the box is wrong, or the character is there twice; that it is taken by chance for this one of all
    characters is rare. Of the boxes of the first public data set about a quarter are wrong.

    Args:
        picture: from `backgrounds_of`; of others nothing is doubtful.
        labels: what the network calls its outputs (K names).
        probabilities: (K,) of this picture.
    """
    return picture.beside in labels and bool(probabilities[labels.index(picture.beside)] >= _DOUBTFUL)


def _beside(box: Box, width: int, height: int) -> Box | None:
    box = Box(*(min(v, m) for v, m in zip(dataclasses.astuple(box), (width, height) * 2, strict=True)))
    parts = [
        Box(0, 0, box.x_min, height),
        Box(box.x_max, 0, width, height),
        Box(0, 0, width, box.y_min),
    ]
    enough = [p for p in parts if p.width >= _LEAST * width and p.height >= _LEAST * height]
    return max(enough, key=lambda p: p.width * p.height, default=None)
