"""Run a Keras detector on pictures, for training and evaluation before an export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import keras
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_play.core.geometry import letterbox_placement
from simpsons_training.detection.decode import decode
from simpsons_training.evaluation.predictor import apply_temperature

Floats = npt.NDArray[np.float32]

_BATCH_SIZE = 32


@dataclass(frozen=True, slots=True, eq=False)
class HeadDetections:
    """The heads in one picture, highest score first.

    Attributes:
        boxes: (M, 4) float32: x_min, y_min, x_max, y_max in pixels of the picture, inside it.
        scores: (M,) float32: objectness.
        probabilities: (M, K + 1) float32: of each label, the last for any other person; rows sum to 1.
    """

    boxes: Floats
    scores: Floats
    probabilities: Floats


def detect_heads(
    model: keras.Model, images: Sequence[Image], *, min_score: float, temperature: float = 1.0
) -> Iterator[HeadDetections]:
    """Detect the heads in pictures and yield them in the order of the pictures.

    An exported detector returns the same detections; its export is verified against this function.

    Args:
        model: A network from `network.build_detector`.
        images: (H, W, 3) uint8 BGR each.
        min_score: Detections with a lower score are dropped, as are boxes narrower than a pixel; 0-1.
        temperature: Temperature of the model card, which calibrates the label probabilities.
    """
    height, width = model.input_shape[1:3]
    for start in range(0, len(images), _BATCH_SIZE):
        chunk = images[start : start + _BATCH_SIZE]
        inputs = [letterbox(image, (width, height)) for image in chunk]
        batch = np.zeros((_BATCH_SIZE, height, width, 3), np.float32)  # a fixed size compiles only once
        for i, (canvas, _, _) in enumerate(inputs):
            batch[i] = canvas[..., ::-1]
        decoded = decode(model.predict_on_batch(batch))
        boxes, scores, probabilities = (np.asarray(keras.ops.convert_to_numpy(part)) for part in decoded)
        for i, (image, (_, scale, shift)) in enumerate(zip(chunk, inputs, strict=True)):
            limits = np.array([image.shape[1], image.shape[0]] * 2, np.float32)
            clipped = np.clip((boxes[i] - shift) / scale, 0, limits)
            kept = (scores[i] >= min_score) & (np.min(clipped[:, 2:] - clipped[:, :2], axis=1) >= 1)
            calibrated = apply_temperature(probabilities[i][kept], temperature)
            yield HeadDetections(clipped[kept], scores[i][kept], calibrated)


def letterbox(image: Image, size_px: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Fit a picture into a black canvas: aspect ratio kept, centred.

    The picture is scaled to twice the final size bilinearly and then averaged over 2x2 pixels, exactly as an
    exported detector does it, so that pictures of up to four times the canvas size keep their thin lines.

    Args:
        image: (H, W, 3) uint8.
        size_px: Width and height of the canvas.

    Returns:
        (height, width, 3) float32, 0-255, and the scale (4,) and shift (4,) of x, y, x, y that map picture
        coordinates to canvas coordinates: `point * scale + shift`.
    """
    width, height = size_px
    place = letterbox_placement((image.shape[1], image.shape[0]), size_px)
    twice_px = (2 * place.width, 2 * place.height)
    twice = cv2.resize(image.astype(np.float32), twice_px, interpolation=cv2.INTER_LINEAR)
    canvas = np.zeros((height, width, 3), np.float32)
    canvas[place.top : place.top + place.height, place.left : place.left + place.width] = twice.reshape(
        place.height, 2, place.width, 2, 3
    ).mean(axis=(1, 3))
    scale = np.array([place.width / image.shape[1], place.height / image.shape[0]] * 2, np.float32)
    return canvas, scale, np.array([place.left, place.top] * 2, np.float32)
