"""Background crops: parts of pictures next to the character's box, used as pictures without a character."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from simpsons_play.core.geometry import Box
from simpsons_play.core.results import Probabilities
from simpsons_training.dataset import read_picture
from simpsons_training.table import Picture

BACKGROUND = "background"
"""The `character` of background crops."""

_SEEN = 0.3
"""Probability at which a character counts as visible: five times chance for eighteen characters."""

_MIN_SHARE = 0.3
"""Minimum share of the picture's width and height; smaller crops do not look like a frame."""


def background_crops(pictures: Iterable[Picture]) -> list[Picture]:
    """Crop the largest area left of, right of or above the box of each picture that has one.

    The area below shows the character's body. Boxes are assumed to be correct, and other characters may be
    visible in a crop.

    Returns:
        Unknown pictures with a `crop`, of the same scene and split. Pictures without a box, or with a box
        that leaves less than 30 % of a side, have none.
    """
    crops = []
    for picture in pictures:
        if picture.box is None:
            continue
        height, width = read_picture(picture.path).shape[:2]
        if (crop := _background_box(picture.box, width, height)) is not None:
            crops.append(
                dataclasses.replace(
                    picture,
                    character=BACKGROUND,
                    known=False,
                    box=None,
                    crop=crop,
                    next_to=picture.character,
                )
            )
    return crops


def shows_own_character(picture: Picture, labels: Sequence[str], probabilities: Probabilities) -> bool:
    """Whether a network recognises, in a background crop, the character that should be in the box.

    If so, the box is wrong or the character is on the picture twice; a chance confusion with this very
    character is rare. About a quarter of the boxes of the first public data set are wrong.

    Args:
        picture: Any picture; the result is False for all but background crops.
        labels: The K labels of the network.
        probabilities: (K,) probabilities of the picture.
    """
    return picture.next_to in labels and bool(probabilities[labels.index(picture.next_to)] >= _SEEN)


def _background_box(box: Box, width: int, height: int) -> Box | None:
    box = Box(*(min(v, m) for v, m in zip(dataclasses.astuple(box), (width, height) * 2, strict=True)))
    areas = [
        Box(0, 0, box.x_min, height),
        Box(box.x_max, 0, width, height),
        Box(0, 0, width, box.y_min),
    ]
    large_enough = [p for p in areas if p.width >= _MIN_SHARE * width and p.height >= _MIN_SHARE * height]
    return max(large_enough, key=lambda p: p.width * p.height, default=None)
