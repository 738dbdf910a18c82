"""Network outputs -> detections, inside the graph and without loops. Works on any Keras backend."""

from __future__ import annotations

from typing import Any

from keras import layers, ops

from simpsons_training.detection.loss import sides_to_boxes
from simpsons_training.detection.network import STRIDE_PX

Tensor = Any

MAX_HEADS = 24
"""Maximum number of detections per frame; a frame rarely shows as many recognisable heads."""

_NMS_IOU = 0.5
"""Two boxes that overlap more than this are taken for the same head."""


def decode(outputs: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Turn network outputs into detections, highest score first.

    A head is a cell whose score is a local maximum among its eight neighbours (Zhou, Wang and Krähenbühl
    2019, arXiv:1904.07850, section 4). Duplicates are suppressed by "Fast NMS" (Bolya et al. 2019,
    arXiv:1904.02689, section 3.3), which needs no loop.

    Args:
        outputs: (N, H, W, 5 + K) from the network.

    Returns:
        boxes (N, M, 4): x_min, y_min, x_max, y_max in pixels of the network input;
        scores (N, M): objectness, descending, 0 where a box is suppressed;
        probabilities (N, M, K): of each label, summing to 1.
    """
    rows, columns, channels = outputs.shape[1:]
    score_map = ops.sigmoid(outputs[..., :1])
    peaks = layers.MaxPooling2D(3, strides=1, padding="same")(score_map)
    score_map = ops.where(score_map >= peaks, score_map, 0.0)
    scores, indices = ops.top_k(ops.reshape(score_map, (-1, rows * columns)), MAX_HEADS)
    boxes = ops.reshape(sides_to_boxes(outputs[..., 1:5]), (-1, rows * columns, 4)) * float(STRIDE_PX)
    boxes = ops.take_along_axis(boxes, indices[..., None], axis=1)
    logits = ops.reshape(outputs[..., 5:], (-1, rows * columns, channels - 5))
    probabilities = ops.softmax(ops.take_along_axis(logits, indices[..., None], axis=1), axis=-1)
    higher_scored = ops.triu(ops.ones((MAX_HEADS, MAX_HEADS)), k=1)
    duplicate = ops.max(_pairwise_iou(boxes) * higher_scored, axis=1) > _NMS_IOU
    return boxes, ops.where(duplicate, 0.0, scores), probabilities


def _pairwise_iou(boxes: Tensor) -> Tensor:
    """(N, M, 4) -> (N, M, M) intersection over union of all pairs."""
    a, b = boxes[:, :, None], boxes[:, None]
    width = ops.minimum(a[..., 2], b[..., 2]) - ops.maximum(a[..., 0], b[..., 0])
    height = ops.minimum(a[..., 3], b[..., 3]) - ops.maximum(a[..., 1], b[..., 1])
    intersection = ops.maximum(width, 0.0) * ops.maximum(height, 0.0)
    area = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    return intersection / (area[:, :, None] + area[:, None] - intersection + 1e-6)
