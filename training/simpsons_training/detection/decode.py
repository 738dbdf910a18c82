"""Network outputs -> detections, inside the graph and without loops. Works on any Keras backend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from keras import layers, ops

from simpsons_training.detection.loss import boxes_around, cell_centres
from simpsons_training.detection.network import STRIDE_PX

Tensor = Any

MAX_HEADS = 24
"""Maximum number of detections per frame; a frame rarely shows as many recognisable heads."""

_NMS_IOU = 0.5
"""Two boxes that overlap more than this are taken for the same head."""


def take_rows(rows: Tensor, indices: Tensor) -> Tensor:
    """Select rows of each picture: (N, C, K) and (N, M) -> (N, M, K)."""
    return ops.take_along_axis(rows, indices[..., None], axis=1)


def decode(
    outputs: Tensor, *, take_rows: Callable[[Tensor, Tensor], Tensor] = take_rows
) -> tuple[Tensor, Tensor, Tensor]:
    """Turn network outputs into detections, highest score first.

    A head is a cell whose score is a local maximum among its eight neighbours (Zhou, Wang and Krähenbühl
    2019, arXiv:1904.07850, section 4). Duplicates are suppressed by "Fast NMS" (Bolya et al. 2019,
    arXiv:1904.02689, section 3.3), which needs no loop.

    Args:
        outputs: (N, H, W, 5 + K) from the network.
        take_rows: A function that equals `take_rows` and is faster on some backend.

    Returns:
        boxes (N, M, 4): x_min, y_min, x_max, y_max in pixels of the network input;
        scores (N, M): objectness, descending, 0 where a box is suppressed;
        probabilities (N, M, K): of each label, summing to 1.
    """
    rows, columns, channels = outputs.shape[1:]
    score_map = ops.sigmoid(outputs[..., :1])
    peaks = layers.MaxPooling2D(3, strides=1, padding="same")(score_map)
    score_map = score_map * ops.cast(score_map >= peaks, score_map.dtype)
    scores, indices = ops.top_k(ops.reshape(score_map, (-1, rows * columns)), MAX_HEADS)
    # Only the cells of heads are decoded.
    cells = take_rows(ops.reshape(outputs, (-1, rows * columns, channels)), indices)
    centres = ops.take(ops.reshape(cell_centres(rows, columns), (rows * columns, 2)), indices, axis=0)
    boxes = boxes_around(centres, cells[..., 1:5]) * float(STRIDE_PX)
    higher_scored = ops.triu(ops.ones((MAX_HEADS, MAX_HEADS)), k=1)
    overlap = ops.max(_pairwise_iou(boxes) * higher_scored, axis=1)
    scores = scores * ops.cast(overlap <= _NMS_IOU, scores.dtype)
    return boxes, scores, ops.softmax(cells[..., 5:], axis=-1)


def _pairwise_iou(boxes: Tensor) -> Tensor:
    """(N, M, 4) -> (N, M, M) intersection over union of all pairs."""
    low, high = boxes[..., :2], boxes[..., 2:]
    shared = ops.minimum(high[:, :, None], high[:, None]) - ops.maximum(low[:, :, None], low[:, None])
    intersection = ops.prod(ops.maximum(shared, 0.0), axis=-1)
    area = ops.prod(high - low, axis=-1)
    return intersection / (area[:, :, None] + area[:, None] - intersection + 1e-6)
