"""Pre- and postprocessing in the graph of an exported detector: fitted pictures in, boxes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from simpsons_play.inference.model_card import ModelCard
from simpsons_training.detection.decode import decode

Tensor = Any


def detector_function(model: Any, card: ModelCard) -> Callable[[Tensor], dict[str, Tensor]]:
    """Return the function to export: pictures (N, H, W, 3) uint8 BGR of the network's size -> detections.

    The player fits frames to this size and maps the boxes back (`simpsons_play.inference.letterbox`), since
    a decoder scales frames in less time than a graph.

    Args:
        model: A detector from `simpsons_training.detection.network`.
        card: Its model card, for labels, colour order and temperature.
    """
    height, width = model.input_shape[1:3]
    model = _with_resize(model)

    def detect(pictures: Tensor) -> dict[str, Tensor]:
        if card.color_order == "RGB":
            # Not `tf.reverse`: tf2onnx converts it to a ReverseSequence between transposes.
            pictures = tf.gather(pictures, [2, 1, 0], axis=-1)
        cells = model(tf.cast(pictures, tf.float32), training=False)
        boxes, scores, probabilities = decode(cells, take_rows=_take_rows)
        boxes = tf.clip_by_value(boxes, 0.0, tf.constant([width, height] * 2, tf.float32))
        probabilities = _apply_temperature(probabilities, card.temperature)
        return {"boxes": boxes, "heads": scores, "probabilities": probabilities[..., : len(card.labels)]}

    return detect


def _take_rows(rows: Tensor, indices: Tensor) -> Tensor:
    """As `decode.take_rows`, which tf2onnx converts to thirty nodes instead of one."""
    return tf.gather(rows, indices, batch_dims=1)


def _with_resize(model: Any) -> Any:
    """The same network with `UpSampling2D` as one node of the graph instead of ten."""

    def replace(layer: Any) -> Any:
        if isinstance(layer, keras.layers.UpSampling2D):
            return _Repeat(layer.size, name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    clone = keras.models.clone_model(model, clone_function=replace)
    clone.set_weights(model.get_weights())
    return clone


class _Repeat(keras.layers.Layer):  # type: ignore[misc]
    """Repeats rows and columns."""

    def __init__(self, factors: tuple[int, int], **options: Any) -> None:
        super().__init__(**options)
        self._factors = factors

    def call(self, inputs: Tensor) -> Tensor:
        size = [side * factor for side, factor in zip(inputs.shape[1:3], self._factors, strict=True)]
        return tf.raw_ops.ResizeNearestNeighbor(images=inputs, size=size)

    def compute_output_shape(self, shape: Any) -> Any:
        rows, columns = (side * factor for side, factor in zip(shape[1:3], self._factors, strict=True))
        return (shape[0], rows, columns, shape[3])


def _apply_temperature(probabilities: Tensor, temperature: float) -> Tensor:
    """softmax(log p / T), which equals softmax(logits / T)."""
    if temperature == 1:
        return probabilities
    return tf.nn.softmax(tf.math.log(probabilities + 1e-30) / temperature)
