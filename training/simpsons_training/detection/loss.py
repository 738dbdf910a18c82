"""What a detector's answer costs. Written for any backend of Keras."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

Tensor = Any

_SIDES_WEIGHT = 2.0
_NAMES_WEIGHT = 1.0
_SMOOTHING = 0.05

_MISTAKEN_FROM = 0.15
"""A place without a head that the network is surer of than this, a fist or a knee, is taught to be nobody."""


def detection_loss(cells: Tensor, said: Tensor) -> Tensor:
    """Cost of one batch, per head.

    The centres by the penalty-reduced focal loss of Law and Deng 2018 (arXiv:1808.01244, equation 1, alpha 2,
    beta 4), the sides by generalised IoU (Rezatofighi et al. 2019, arXiv:1902.09630), the names by
    cross-entropy with smoothed targets. Where the network takes something for a head that is none, its name
    ought to be somebody else's, the more the surer it is: names must not rest on the centres alone.

    Args:
        cells: (N, H, W, 7 + K) from `targets.make_cells`.
        said: (N, H, W, 5 + K) from the network.

    Returns:
        A scalar.
    """
    near, known, counts = cells[..., 0], cells[..., 1], cells[..., 6]
    heads = ops.maximum(ops.sum(counts), 1.0)
    log_head = -ops.softplus(-said[..., 0])
    log_none = -ops.softplus(said[..., 0])
    is_head = ops.exp(log_head)
    centre = ops.cast(near >= 0.999, "float32")
    found = centre * ops.square(1 - is_head) * log_head
    spared = (1 - centre) * ops.power(1 - near, 4.0) * ops.square(is_head) * log_none
    where = -ops.sum(known * (found + spared)) / heads
    overlap = generalised_iou(sides_to_boxes(said[..., 1:5]), cells[..., 2:6])
    sides = ops.sum(counts * (1 - overlap)) / heads
    sure = ops.stop_gradient(is_head)
    mistaken = known * ops.cast((counts <= 0) & (sure >= _MISTAKEN_FROM), "float32")
    labels = cells.shape[-1] - 7
    one_hot = cells[..., 7:] + mistaken[..., None] * ops.one_hot(labels - 1, labels)
    named = (counts + mistaken * sure) * ops.sum(one_hot, axis=-1)
    smooth = one_hot * (1 - _SMOOTHING) + _SMOOTHING / labels
    cross = -ops.sum(smooth * ops.log_softmax(said[..., 5:], axis=-1), axis=-1)
    names = ops.sum(named * cross) / ops.maximum(ops.sum(named), 1.0)
    return where + _SIDES_WEIGHT * sides + _NAMES_WEIGHT * names


def sides_to_boxes(sides: Tensor) -> Tensor:
    """Logarithms of distances (..., H, W, 4) -> x_min, y_min, x_max, y_max (..., H, W, 4), in cells."""
    rows, columns = sides.shape[-3:-1]
    x = ops.reshape(ops.arange(columns, dtype="float32") + 0.5, (1, columns))
    y = ops.reshape(ops.arange(rows, dtype="float32") + 0.5, (rows, 1))
    # A head is at most as large as the picture; the bound keeps a bad start finite.
    distance = ops.exp(ops.clip(sides, -6.0, 5.0))
    return ops.stack(
        [x - distance[..., 0], y - distance[..., 1], x + distance[..., 2], y + distance[..., 3]], axis=-1
    )


def generalised_iou(first: Tensor, second: Tensor) -> Tensor:
    """Boxes (..., 4) and (..., 4) -> (...) in -1 to 1, 1 where they are the same."""
    inner_x = ops.minimum(first[..., 2], second[..., 2]) - ops.maximum(first[..., 0], second[..., 0])
    inner_y = ops.minimum(first[..., 3], second[..., 3]) - ops.maximum(first[..., 1], second[..., 1])
    outer_x = ops.maximum(first[..., 2], second[..., 2]) - ops.minimum(first[..., 0], second[..., 0])
    outer_y = ops.maximum(first[..., 3], second[..., 3]) - ops.minimum(first[..., 1], second[..., 1])
    shared = ops.maximum(inner_x, 0.0) * ops.maximum(inner_y, 0.0)
    union = _area(first) + _area(second) - shared
    hull = outer_x * outer_y
    tiny = keras.config.epsilon()
    return shared / (union + tiny) - (hull - union) / (hull + tiny)


def _area(boxes: Tensor) -> Tensor:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
