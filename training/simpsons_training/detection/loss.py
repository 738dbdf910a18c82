"""The loss of the detector. Works on any Keras backend."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

Tensor = Any

_BOX_WEIGHT = 2.0
_LABEL_WEIGHT = 1.0
_SMOOTHING = 0.05

_FALSE_POSITIVE_SCORE = 0.15
"""A cell without a head that scores higher, such as a fist or a knee, is trained towards "other person"."""


def detection_loss(targets: Tensor, outputs: Tensor) -> Tensor:
    """Loss of one batch, per head.

    Centres: penalty-reduced focal loss (Law and Deng 2018, arXiv:1808.01244, equation 1, alpha 2, beta 4).
    Boxes: generalised IoU (Rezatofighi et al. 2019, arXiv:1902.09630). Labels: cross-entropy with smoothed
    targets. False positives are also trained towards the label "other person", weighted by their score, so
    that a mistaken head does not get a character's name as well.

    Args:
        targets: (N, H, W, 7 + K) from `targets.encode_targets`.
        outputs: (N, H, W, 5 + K) from the network.

    Returns:
        A scalar.
    """
    centredness, valid, weights = targets[..., 0], targets[..., 1], targets[..., 6]
    heads = ops.maximum(ops.sum(weights), 1.0)
    log_head = -ops.softplus(-outputs[..., 0])
    log_background = -ops.softplus(outputs[..., 0])
    score = ops.exp(log_head)
    centre = ops.cast(centredness >= 0.999, "float32")
    positive = centre * ops.square(1 - score) * log_head
    negative = (1 - centre) * ops.power(1 - centredness, 4.0) * ops.square(score) * log_background
    centre_loss = -ops.sum(valid * (positive + negative)) / heads
    overlap = generalised_iou(sides_to_boxes(outputs[..., 1:5]), targets[..., 2:6])
    box_loss = ops.sum(weights * (1 - overlap)) / heads
    fixed_score = ops.stop_gradient(score)
    false_positive = valid * ops.cast((weights <= 0) & (fixed_score >= _FALSE_POSITIVE_SCORE), "float32")
    labels = targets.shape[-1] - 7
    one_hot = targets[..., 7:] + false_positive[..., None] * ops.one_hot(labels - 1, labels)
    label_weights = (weights + false_positive * fixed_score) * ops.sum(one_hot, axis=-1)
    smoothed = one_hot * (1 - _SMOOTHING) + _SMOOTHING / labels
    cross_entropy = -ops.sum(smoothed * ops.log_softmax(outputs[..., 5:], axis=-1), axis=-1)
    label_loss = ops.sum(label_weights * cross_entropy) / ops.maximum(ops.sum(label_weights), 1.0)
    return centre_loss + _BOX_WEIGHT * box_loss + _LABEL_WEIGHT * label_loss


def sides_to_boxes(sides: Tensor) -> Tensor:
    """Log distances (..., H, W, 4) -> x_min, y_min, x_max, y_max (..., H, W, 4), in cells."""
    return boxes_around(cell_centres(*sides.shape[-3:-1]), sides)


def cell_centres(rows: int, columns: int) -> Tensor:
    """Centres of all cells: (H, W, 2) float32, x and y in cells."""
    y, x = np.mgrid[:rows, :columns].astype(np.float32) + 0.5
    return ops.convert_to_tensor(np.stack([x, y], axis=-1))


def boxes_around(centres: Tensor, sides: Tensor) -> Tensor:
    """Centres (..., 2) and log distances (..., 4) -> x_min, y_min, x_max, y_max (..., 4), in cells."""
    # A head is no larger than the picture; the bound keeps bad initial outputs finite.
    distance = ops.exp(ops.clip(sides, -6.0, 5.0))
    return ops.concatenate([centres - distance[..., :2], centres + distance[..., 2:]], axis=-1)


def generalised_iou(first: Tensor, second: Tensor) -> Tensor:
    """Generalised IoU of boxes (..., 4) and (..., 4): (...), -1 to 1, 1 for identical boxes."""
    inner_x = ops.minimum(first[..., 2], second[..., 2]) - ops.maximum(first[..., 0], second[..., 0])
    inner_y = ops.minimum(first[..., 3], second[..., 3]) - ops.maximum(first[..., 1], second[..., 1])
    outer_x = ops.maximum(first[..., 2], second[..., 2]) - ops.minimum(first[..., 0], second[..., 0])
    outer_y = ops.maximum(first[..., 3], second[..., 3]) - ops.minimum(first[..., 1], second[..., 1])
    intersection = ops.maximum(inner_x, 0.0) * ops.maximum(inner_y, 0.0)
    union = _area(first) + _area(second) - intersection
    hull = outer_x * outer_y
    epsilon = keras.config.epsilon()
    return intersection / (union + epsilon) - (hull - union) / (hull + epsilon)


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
