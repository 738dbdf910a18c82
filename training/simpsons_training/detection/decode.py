"""Cells -> heads, inside the graph: peaks, boxes and names, without a loop. Any backend of Keras."""

from __future__ import annotations

from typing import Any

from keras import layers, ops

from simpsons_training.detection.loss import sides_to_boxes
from simpsons_training.detection.network import STRIDE_PX

Tensor = Any

MOST_HEADS = 24
"""How many heads are told of at most; a frame seldom shows so many that could be known."""

_SAME_HEAD = 0.5
"""Intersection over union from which on two boxes are taken for one head."""


def decode(said: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What the network says of the cells -> the heads it sees, the surest first.

    A head is where a cell is surer than its eight neighbours (Zhou, Wang and Krähenbühl 2019,
    arXiv:1904.07850, section 4); of two boxes that overlap by half the surer stands, by "Fast NMS" (Bolya et
    al. 2019, arXiv:1904.02689, section 3.3), which needs no loop.

    Args:
        said: (N, H, W, 5 + K).

    Returns:
        boxes (N, M, 4): x_min, y_min, x_max, y_max in pixels of the network's input;
        heads (N, M): probability that a head is there, falling, 0 for what is no head of its own;
        names (N, M, K): of each label, summing to 1 over them.
    """
    rows, columns, channels = said.shape[1:]
    is_head = ops.sigmoid(said[..., :1])
    peak = layers.MaxPooling2D(3, strides=1, padding="same")(is_head)
    is_head = ops.where(is_head >= peak, is_head, 0.0)
    heads, where = ops.top_k(ops.reshape(is_head, (-1, rows * columns)), MOST_HEADS)
    boxes = ops.reshape(sides_to_boxes(said[..., 1:5]), (-1, rows * columns, 4)) * float(STRIDE_PX)
    boxes = ops.take_along_axis(boxes, where[..., None], axis=1)
    names = ops.reshape(said[..., 5:], (-1, rows * columns, channels - 5))
    names = ops.softmax(ops.take_along_axis(names, where[..., None], axis=1), axis=-1)
    surer = ops.triu(ops.ones((MOST_HEADS, MOST_HEADS)), k=1)
    doubled = ops.max(_overlaps(boxes) * surer, axis=1) > _SAME_HEAD
    return boxes, ops.where(doubled, 0.0, heads), names


def _overlaps(boxes: Tensor) -> Tensor:
    """(N, M, 4) -> (N, M, M) intersection over union of each with each."""
    a, b = boxes[:, :, None], boxes[:, None]
    wide = ops.minimum(a[..., 2], b[..., 2]) - ops.maximum(a[..., 0], b[..., 0])
    high = ops.minimum(a[..., 3], b[..., 3]) - ops.maximum(a[..., 1], b[..., 1])
    shared = ops.maximum(wide, 0.0) * ops.maximum(high, 0.0)
    area = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    return shared / (area[:, :, None] + area[:, None] - shared + 1e-6)
