"""Boxes that people have drawn round characters, held against the heads that a detector finds.

Many boxes of the first public data set were clicked on a smaller copy of the picture, so that they lie too
far up and left and are too small, and some are round something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simpsons_play.core.geometry import Box
from simpsons_training.dataset import read_picture
from simpsons_training.detection.finder import FoundHeads
from simpsons_training.detection.labelling import LEAST, label_heads, name_heads
from simpsons_training.detection.opening import HeadFinder
from simpsons_training.detection.scenes import Head
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.table import Picture

_AT_ONCE = 64
_HOLDS = 0.75
"""A box holds a head when so much of the head's area lies in it, and its middle."""

_SCALES = tuple(float(s) for s in np.geomspace(1.1, 4.0, 30))
"""How much smaller the copy may have been on which a box was clicked."""


class Verdict(StrEnum):
    """What is the matter with a box."""

    GOOD = "good"
    SMALL_COPY = "clicked on a smaller copy"
    ELSEWHERE = "round something else"
    NO_HEAD = "no head of the character found"


@dataclass(frozen=True, slots=True)
class JudgedBox:
    """A box and what is known of it.

    Attributes:
        picture: with its box.
        verdict: on it.
        box: as it should be, in pixels of the picture; None where that is not known.
        scale: by which it was mended; 1 where it was good, None where it cannot be mended.
        head: of the character; None where none was found.
    """

    picture: Picture
    verdict: Verdict
    box: Box | None
    scale: float | None
    head: Head | None


def judge_boxes(
    finder: HeadFinder,
    predictor: Predictor,
    pictures: Sequence[Picture],
    *,
    on_picture: Callable[[], object] = lambda: None,
) -> Iterator[JudgedBox]:
    """Hold the box of each picture that has one against the head of its character.

    Args:
        finder: a detector.
        predictor: a classifier, to tell whose head is whose.
        pictures: of known characters; those without a box are passed over.
        on_picture: called after each.

    Raises:
        DataError: a picture cannot be read.
    """
    boxed = [p for p in pictures if p.box is not None and p.character in predictor.card.labels]
    for start in range(0, len(boxed), _AT_ONCE):
        some = boxed[start : start + _AT_ONCE]
        images = [read_picture(picture.path) for picture in some]
        for picture, image, found in zip(some, images, finder.find(images), strict=True):
            plain = found.scores >= LEAST
            heads = FoundHeads(found.boxes[plain], found.scores[plain], found.names[plain])
            named = name_heads(predictor, image, heads.boxes)
            own = label_heads(heads, named, predictor.card.labels.index(picture.character))
            yield judge_box(picture, own[0] if own else None, image.shape[1], image.shape[0])
            on_picture()


def judge_box(picture: Picture, head: Head | None, width: int, height: int) -> JudgedBox:
    """Judge one box by where its character's head is.

    Args:
        picture: with a box.
        head: of its character, in pixels of the picture.
        width: of the picture, in pixels.
        height: of the picture, in pixels.

    Raises:
        ValueError: the picture has no box.
    """
    box = picture.box
    if box is None:
        raise ValueError(f"{picture.path} has no box")
    if head is None:
        return JudgedBox(picture, Verdict.NO_HEAD, None, None, None)
    if _held(head, box) >= _HOLDS:
        return JudgedBox(picture, Verdict.GOOD, box, 1.0, head)
    tried = [(scale, _scaled(box, scale, width, height)) for scale in _SCALES]
    held = [(_held(head, bigger), -scale, bigger) for scale, bigger in tried if bigger is not None]
    best = max(held, default=None, key=lambda row: (round(row[0], 1), row[1]))
    if best is not None and best[0] >= _HOLDS:
        return JudgedBox(picture, Verdict.SMALL_COPY, best[2], -best[1], head)
    return JudgedBox(picture, Verdict.ELSEWHERE, None, None, head)


def _held(head: Head, box: Box) -> float:
    """Share of a head's area that lies in a box; 0 where its middle does not."""
    x, y = (head.x_min + head.x_max) / 2, (head.y_min + head.y_max) / 2
    if not (box.x_min <= x <= box.x_max and box.y_min <= y <= box.y_max):
        return 0.0
    wide = min(head.x_max, box.x_max) - max(head.x_min, box.x_min)
    high = min(head.y_max, box.y_max) - max(head.y_min, box.y_min)
    return max(0.0, wide) * max(0.0, high) / (head.width * head.height)


def _scaled(box: Box, scale: float, width: int, height: int) -> Box | None:
    """The box in a picture that is so much larger; None where it would begin outside."""
    x_min, y_min = round(box.x_min * scale), round(box.y_min * scale)
    x_max, y_max = min(width, round(box.x_max * scale)), min(height, round(box.y_max * scale))
    return Box(x_min, y_min, x_max, y_max) if x_min < x_max and y_min < y_max else None
