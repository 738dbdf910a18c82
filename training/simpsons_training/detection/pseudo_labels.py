"""Pseudo-labels: heads for pictures without annotations.

Such a picture only has the name of one character. Of the heads that the teacher model detects in it, the one
that detector and classifier most likely take for this character gets the name. Another head gets a label only
if the classifier is certain, counts as another person if both models reject all characters, and otherwise
stays unlabelled, so that it trains the objectness alone (Lee 2013, "Pseudo-Label"; for detectors Sohn et al.
2020, arXiv:2005.04757).

"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import Box
from simpsons_play.inference.preprocess import to_square
from simpsons_training.detection.predict import HeadDetections
from simpsons_training.detection.scenes import OTHER, UNLABELLED, Head, overlaps
from simpsons_training.evaluation.predictor import Predictor

Floats = npt.NDArray[np.float32]

MIN_SCORE = 0.25
"""Detections with a lower score are dropped; most of them are hands."""

_CERTAIN_SCORE, _CERTAIN_SCORE_OTHERS = 0.5, 0.4
"""Minimum score of a certain head; the region of a less certain one is ignored in the loss."""

_CERTAIN_LABEL, _TEACHER_AGREES = 0.85, 0.3
"""A head is labelled if the classifier's probability and the teacher's reach these."""

_NO_LABEL, _TEACHER_OTHER = 0.25, 0.3
"""A head is another person's if no label reaches the first and the teacher's "other" exceeds the second."""

_CERTAIN_LABEL_OTHERS = 0.93
_SAME_HEAD_IOU = 0.5

_CROPS = ((0.3, 0.18, 0.3), (0.3, 0.18, 0.6), (0.5, 0.3, 1.0))
"""Crops for the classifier: margins left and right, above, and below, in widths and heights of the head. The
first two classified 96 % of the annotated heads correctly and the third 95 %; without margins it was 92 %."""


def classify_heads(predictor: Predictor, image: Image, boxes: Floats) -> Floats:
    """Classify heads: (M, 4) boxes -> (M, K) probabilities, the mean over three crops of each head."""
    if not len(boxes):
        return np.zeros((0, len(predictor.card.labels)), np.float32)
    card, (height, width) = predictor.card, image.shape[:2]
    crops = [
        to_square(image, card.size_px, _expand(box, margins, width, height), resizing=card.resizing)
        for box in boxes
        for margins in _CROPS
    ]
    outputs = predictor.run(np.stack(crops)).reshape(len(boxes), len(_CROPS), -1)
    return np.asarray(outputs.mean(axis=1), np.float32)


def pseudo_label(
    detections: HeadDetections, probabilities: Floats, character: int | None
) -> tuple[Head, ...] | None:
    """Label the heads of one picture.

    Args:
        detections: Detections of the teacher model with a score of at least `MIN_SCORE`.
        probabilities: (M, K) from `classify_heads`.
        character: Label index of the character on the picture; None for an unknown person.

    Returns:
        None if the head of the person on the picture was not detected.
    """
    if character is None:
        others = tuple(
            _head(
                box,
                OTHER if row.max() < _CERTAIN_LABEL_OTHERS else UNLABELLED,
                score >= _CERTAIN_SCORE_OTHERS,
            )
            for box, score, row in zip(detections.boxes, detections.scores, probabilities, strict=True)
        )
        return others if any(head.certain for head in others) else None
    own = _own_head(detections, probabilities, character)
    if own is None:
        return None
    heads = [_head(detections.boxes[own], character, True)]
    duplicate = overlaps(detections.boxes, heads[0]) > _SAME_HEAD_IOU
    for i, (box, score, row, teacher_row) in enumerate(
        zip(detections.boxes, detections.scores, probabilities, detections.probabilities, strict=True)
    ):
        if i == own or duplicate[i]:
            continue
        best = int(row.argmax())
        label = UNLABELLED
        if row[best] >= _CERTAIN_LABEL and best != character and teacher_row[best] > _TEACHER_AGREES:
            label = best
        elif row.max() < _NO_LABEL and teacher_row[-1] > _TEACHER_OTHER:
            label = OTHER
        heads.append(_head(box, label, score >= _CERTAIN_SCORE))
    return tuple(heads)


def _own_head(detections: HeadDetections, probabilities: Floats, character: int) -> int | None:
    """Index of the character's head, if there is one."""
    if not len(detections.scores):
        return None
    classifier, teacher = probabilities[:, character], detections.probabilities[:, character]
    scores = detections.scores
    best = int((scores * (0.15 + classifier + 0.5 * teacher)).argmax())
    alone = len(scores) == 1 and scores[best] >= 0.4
    plausible = scores[best] > _CERTAIN_SCORE and classifier[best] >= 0.1
    recognized = classifier[best] >= 0.25 or teacher[best] >= 0.5
    return best if alone or plausible or recognized else None


def _head(box: Floats, label: int, certain: bool) -> Head:
    x_min, y_min, x_max, y_max = (float(side) for side in box)
    return Head(x_min, y_min, x_max, y_max, label, bool(certain))


def _expand(box: Floats, margins: tuple[float, float, float], image_width: int, image_height: int) -> Box:
    sides, above, below = margins
    width, height = box[2] - box[0], box[3] - box[1]
    x_min, y_min = max(0, int(box[0] - sides * width)), max(0, int(box[1] - above * height))
    x_max = min(image_width, int(box[2] + sides * width))
    y_max = min(image_height, int(box[3] + below * height))
    return Box(
        min(x_min, image_width - 1),
        min(y_min, image_height - 1),
        max(x_max, x_min + 1),
        max(y_max, y_min + 1),
    )
