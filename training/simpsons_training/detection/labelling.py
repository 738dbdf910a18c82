"""Heads for pictures on which nobody marked any: a detector finds them, and the picture says whose one is.

A picture of a known character has that character's name and no more. Of the heads a teacher finds in it, the
one that detector and classifier take most for that character gets the name; other heads get a name only where
the classifier is sure of one, count as somebody else where both see nobody they know, and else stay unnamed,
so that they teach where heads are and not whose (Lee 2013, "Pseudo-Label"; for detectors Sohn et al. 2020,
arXiv:2005.04757).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.inference.preprocess import to_square
from simpsons_training.detection.finder import FoundHeads
from simpsons_training.detection.scenes import SOMEBODY, UNKNOWN, Head, overlaps
from simpsons_training.evaluation.predictor import Predictor

Floats = npt.NDArray[np.float32]

LEAST = 0.25
"""What is less sure is taken for no head at all: mostly hands."""

_PLAIN, _PLAIN_OTHERS = 0.5, 0.4
"""From here on a head is there for sure; below, nothing is learned from the place."""

_SURE_NAME = 0.85
_NO_NAME, _STRANGER = 0.25, 0.3
"""A head is somebody else's where the classifier is surer of nobody than this, and the teacher of that."""

_SURE_OF_OTHERS = 0.93
_SAME_HEAD = 0.5

_CROPS = ((0.3, 0.18, 0.3), (0.3, 0.18, 0.6), (0.5, 0.3, 1.0))
"""What the classifier sees of a head: so many of its widths more at each side, heights above, and below. It
named 96 % of the marked heads right with the first two and 95 % with the third; bare heads 92 %."""


def name_heads(predictor: Predictor, image: Image, boxes: Floats) -> Floats:
    """What a classifier says of heads, mean over three crops of each: (M, 4) boxes -> (M, L)."""
    if not len(boxes):
        return np.zeros((0, len(predictor.card.labels)), np.float32)
    crops = [
        to_square(image, predictor.card.size_px, _around(box, crop, image.shape[1], image.shape[0]))
        for box in boxes
        for crop in _CROPS
    ]
    said = predictor.run(np.stack(crops)).reshape(len(boxes), len(_CROPS), -1)
    return np.asarray(said.mean(axis=1), np.float32)


def label_heads(found: FoundHeads, named: Floats, character: int | None) -> tuple[Head, ...] | None:
    """Give the heads of one picture their names.

    Args:
        found: by the teacher, as sure as `LEAST` or more.
        named: (M, L), from `name_heads`.
        character: index of who is on the picture; None for somebody who is not to be named.

    Returns:
        None where the head that the picture is about was not found.
    """
    if character is None:
        strangers = tuple(
            _head(box, SOMEBODY if row.max() < _SURE_OF_OTHERS else UNKNOWN, score >= _PLAIN_OTHERS)
            for box, score, row in zip(found.boxes, found.scores, named, strict=True)
        )
        return strangers if any(head.sure for head in strangers) else None
    own = _own_head(found, named, character)
    if own is None:
        return None
    heads = [_head(found.boxes[own], character, True)]
    same = overlaps(found.boxes, heads[0]) > _SAME_HEAD
    for i, (box, score, row, names) in enumerate(
        zip(found.boxes, found.scores, named, found.names, strict=True)
    ):
        if i == own or same[i]:
            continue
        best = int(row.argmax())
        label = UNKNOWN
        if row[best] >= _SURE_NAME and best != character and names[best] > 0.3:
            label = best
        elif row.max() < _NO_NAME and names[-1] > _STRANGER:
            label = SOMEBODY
        heads.append(_head(box, label, score >= _PLAIN))
    return tuple(heads)


def _own_head(found: FoundHeads, named: Floats, character: int) -> int | None:
    """Which head is the character's; None where none is."""
    if not len(found.scores):
        return None
    by_classifier, by_teacher = named[:, character], found.names[:, character]
    best = int((found.scores * (0.15 + by_classifier + 0.5 * by_teacher)).argmax())
    alone = len(found.scores) == 1 and found.scores[best] >= 0.4
    plain = found.scores[best] > _PLAIN and by_classifier[best] >= 0.1
    agreed = by_classifier[best] >= 0.25 or by_teacher[best] >= 0.5
    return best if alone or plain or agreed else None


def _head(box: Floats, label: int, sure: bool) -> Head:
    x_min, y_min, x_max, y_max = (float(side) for side in box)
    return Head(x_min, y_min, x_max, y_max, label, bool(sure))


def _around(box: Floats, crop: tuple[float, float, float], width: int, height: int) -> Box:
    beside, above, below = crop
    wide, high = box[2] - box[0], box[3] - box[1]
    x_min, y_min = max(0, int(box[0] - beside * wide)), max(0, int(box[1] - above * high))
    x_max, y_max = min(width, int(box[2] + beside * wide)), min(height, int(box[3] + below * high))
    return Box(min(x_min, width - 1), min(y_min, height - 1), max(x_max, x_min + 1), max(y_max, y_min + 1))
