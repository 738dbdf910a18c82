"""Pre- and postprocessing in the graph of an exported detector: frames of any size in, boxes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from simpsons_play.inference.model_card import ModelCard
from simpsons_training.detection.decode import decode

Tensor = Any


def detector_function(model: Any, card: ModelCard) -> Callable[[Tensor], dict[str, Tensor]]:
    """Return the function to export: frames (N, H, W, 3) uint8 BGR of any size -> detections.

    Frames are letterboxed: scaled to fit the network's input with their aspect ratio, and centred on black.
    They are scaled to twice that size bilinearly and then averaged over 2x2 pixels, so that frames of up to
    four times the input size keep their thin lines.

    Args:
        model: A detector from `simpsons_training.detection.network`.
        card: Its model card, for labels, colour order and temperature.
    """
    height, width = model.input_shape[1:3]
    order = [2, 1, 0] if card.color_order == "RGB" else [0, 1, 2]

    def detect(frames: Tensor) -> dict[str, Tensor]:
        # Transpose and reorder bytes and whole colour planes before the cast: saves a millisecond.
        planes = tf.gather(tf.transpose(frames, (0, 3, 1, 2)), order, axis=1)
        ordered = tf.transpose(tf.cast(planes, tf.float32), (0, 2, 3, 1))
        pictures, scale, shift = _letterbox(ordered, width, height)
        boxes, scores, probabilities = decode(model(pictures, training=False))
        size = tf.cast(tf.gather(tf.shape(frames), [2, 1, 2, 1]), tf.float32)
        boxes = tf.clip_by_value((boxes - shift) / scale, 0.0, size)
        probabilities = _apply_temperature(probabilities, card.temperature)
        return {"boxes": boxes, "heads": scores, "probabilities": probabilities[..., : len(card.labels)]}

    return detect


def _letterbox(frames: Tensor, width: int, height: int) -> tuple[Tensor, Tensor, Tensor]:
    """Frames -> pictures (N, height, width, 3), and the scale (4,) and shift (4,) of x, y, x, y."""
    shape = tf.cast(tf.shape(frames), tf.float32)
    ratio = tf.minimum(height / shape[1], width / shape[2])
    rows, columns = (
        tf.cast(tf.maximum(tf.round(side * ratio), 1), tf.int32) for side in (shape[1], shape[2])
    )
    pictures = tf.image.resize(frames, tf.stack([2 * rows, 2 * columns]))
    pictures = tf.nn.avg_pool2d(pictures, 2, 2, "VALID")
    top, left = (height - rows) // 2, (width - columns) // 2
    pads = [[0, 0], [top, height - rows - top], [left, width - columns - left], [0, 0]]
    pictures = tf.reshape(tf.pad(pictures, pads), (-1, height, width, 3))
    scale_x, scale_y = tf.cast(columns, tf.float32) / shape[2], tf.cast(rows, tf.float32) / shape[1]
    left, top = tf.cast(left, tf.float32), tf.cast(top, tf.float32)
    return pictures, tf.stack([scale_x, scale_y] * 2), tf.stack([left, top] * 2)


def _apply_temperature(probabilities: Tensor, temperature: float) -> Tensor:
    """softmax(log p / T), which equals softmax(logits / T)."""
    if temperature == 1:
        return probabilities
    return tf.nn.softmax(tf.math.log(probabilities + 1e-30) / temperature)
