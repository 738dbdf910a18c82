"""Check annotated boxes of characters against detected heads.

Many boxes of the first public data set were drawn on a smaller copy of the picture: they are too small and
too far towards the upper left. Others enclose something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from simpsons_play.core.geometry import Box
from simpsons_training.dataset import read_picture
from simpsons_training.detection.head_detector import HeadDetector
from simpsons_training.detection.predict import HeadDetections
from simpsons_training.detection.pseudo_labels import MIN_SCORE, classify_heads, pseudo_label
from simpsons_training.detection.scenes import Head
from simpsons_training.evaluation.predictor import Predictor
from simpsons_training.table import Picture

_BATCH_SIZE = 64
_MIN_SHARE_INSIDE = 0.75
"""Minimum share of a head's area, centre included, that must lie inside its box."""

_SCALES = tuple(float(s) for s in np.geomspace(1.1, 4.0, 30))
"""Candidate scale factors between the picture and the smaller copy."""


class Verdict(StrEnum):
    """Result of checking a box."""

    GOOD = "good"
    SMALL_COPY = "clicked on a smaller copy"
    ELSEWHERE = "round something else"
    NO_HEAD = "no head of the character found"


@dataclass(frozen=True, slots=True)
class CheckedBox:
    """A checked box.

    Attributes:
        picture: The picture with its original box.
        verdict: Result of the check.
        box: The usable box in pixels of the picture, corrected if necessary; None if there is none.
        scale: Scale factor of the correction, 1 for a good box; None if it cannot be corrected.
        head: Detected head of the character, if any.
    """

    picture: Picture
    verdict: Verdict
    box: Box | None
    scale: float | None
    head: Head | None


def check_boxes(
    detector: HeadDetector,
    predictor: Predictor,
    pictures: Sequence[Picture],
    *,
    on_picture: Callable[[], object] = lambda: None,
) -> Iterator[CheckedBox]:
    """Check the boxes of pictures.

    Args:
        detector: A detector.
        predictor: A classifier, to identify the heads.
        pictures: Pictures of known characters; those without a box are skipped.
        on_picture: Called after each picture.

    Raises:
        DataError: A picture cannot be read.
    """
    boxed = [p for p in pictures if p.box is not None and p.character in predictor.card.labels]
    for start in range(0, len(boxed), _BATCH_SIZE):
        chunk = boxed[start : start + _BATCH_SIZE]
        images = [read_picture(picture.path) for picture in chunk]
        for picture, image, found in zip(chunk, images, detector.detect(images), strict=True):
            kept = found.scores >= MIN_SCORE
            heads = HeadDetections(found.boxes[kept], found.scores[kept], found.probabilities[kept])
            probabilities = classify_heads(predictor, image, heads.boxes)
            own = pseudo_label(heads, probabilities, predictor.card.labels.index(picture.character))
            yield check_box(picture, own[0] if own else None, image.shape[1], image.shape[0])
            on_picture()


def check_box(picture: Picture, head: Head | None, width: int, height: int) -> CheckedBox:
    """Check one box against the head of its character.

    Args:
        picture: A picture with a box.
        head: Head of its character, in pixels of the picture.
        width: Width of the picture in pixels.
        height: Height of the picture in pixels.

    Raises:
        ValueError: The picture has no box.
    """
    box = picture.box
    if box is None:
        raise ValueError(f"{picture.path} has no box")
    if head is None:
        return CheckedBox(picture, Verdict.NO_HEAD, None, None, None)
    if _share_inside(head, box) >= _MIN_SHARE_INSIDE:
        return CheckedBox(picture, Verdict.GOOD, box, 1.0, head)
    candidates = [(scale, _scaled(box, scale, width, height)) for scale in _SCALES]
    rated = [
        (_share_inside(head, larger), -scale, larger) for scale, larger in candidates if larger is not None
    ]
    best = max(rated, default=None, key=lambda row: (round(row[0], 1), row[1]))
    if best is not None and best[0] >= _MIN_SHARE_INSIDE:
        return CheckedBox(picture, Verdict.SMALL_COPY, best[2], -best[1], head)
    return CheckedBox(picture, Verdict.ELSEWHERE, None, None, head)


def _share_inside(head: Head, box: Box) -> float:
    """Share of a head's area inside a box; 0 if its centre lies outside."""
    x, y = (head.x_min + head.x_max) / 2, (head.y_min + head.y_max) / 2
    if not (box.x_min <= x <= box.x_max and box.y_min <= y <= box.y_max):
        return 0.0
    width = min(head.x_max, box.x_max) - max(head.x_min, box.x_min)
    height = min(head.y_max, box.y_max) - max(head.y_min, box.y_min)
    return max(0.0, width) * max(0.0, height) / (head.width * head.height)


def _scaled(box: Box, scale: float, width: int, height: int) -> Box | None:
    """Scale a box up and clip it to the picture; None if it would start outside."""
    x_min, y_min = round(box.x_min * scale), round(box.y_min * scale)
    x_max, y_max = min(width, round(box.x_max * scale)), min(height, round(box.y_max * scale))
    return Box(x_min, y_min, x_max, y_max) if x_min < x_max and y_min < y_max else None
