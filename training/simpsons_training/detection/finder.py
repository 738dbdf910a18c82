"""A detector in Keras, asked for the heads in pictures: what training and judging use before an export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import keras
import numpy as np
import numpy.typing as npt

from simpsons_play.core.frames import Image
from simpsons_training.detection.decode import decode
from simpsons_training.evaluation.predictor import at_temperature

Floats = npt.NDArray[np.float32]

_AT_ONCE = 32


@dataclass(frozen=True, slots=True, eq=False)
class FoundHeads:
    """The heads in one picture, the surest first.

    Attributes:
        boxes: (M, 4) float32: x_min, y_min, x_max, y_max in pixels of the picture, inside it.
        scores: (M,) float32: probability that a head is there.
        names: (M, K) float32: of each label, somebody else last; rows sum to 1.
    """

    boxes: Floats
    scores: Floats
    names: Floats


def find_heads(
    model: keras.Model, images: Sequence[Image], *, min_score: float, temperature: float = 1.0
) -> Iterator[FoundHeads]:
    """Ask a detector for the heads in pictures, in their order.

    An exported detector gives the same answers, and its export is proven by this function.

    Args:
        model: as `network.build_detector` makes it.
        images: (H, W, 3) uint8 BGR each.
        min_score: heads that are less sure are left out, and boxes narrower than a pixel; 0-1.
        temperature: of its card.
    """
    height, width = model.input_shape[1:3]
    for start in range(0, len(images), _AT_ONCE):
        some = images[start : start + _AT_ONCE]
        boxed = [letterboxed(image, (width, height)) for image in some]
        batch = np.zeros((_AT_ONCE, height, width, 3), np.float32)  # always as many: one shape to compile
        for i, (picture, _, _) in enumerate(boxed):
            batch[i] = picture[..., ::-1]
        decoded = decode(model.predict_on_batch(batch))
        said = [np.asarray(keras.ops.convert_to_numpy(part)) for part in decoded]
        for i, (image, (_, scale, shift)) in enumerate(zip(some, boxed, strict=True)):
            sides = np.array([image.shape[1], image.shape[0]] * 2, np.float32)
            boxes = np.clip((said[0][i] - shift) / scale, 0, sides)
            kept = (said[1][i] >= min_score) & (np.min(boxes[:, 2:] - boxes[:, :2], axis=1) >= 1)
            names = at_temperature(said[2][i][kept], temperature)
            yield FoundHeads(boxes[kept], said[1][i][kept], names)


def letterboxed(image: Image, size_px: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Fit a picture into a frame, sides in proportion, centred on black.

    It is scaled to twice that size, bilinearly, and then averaged over 2x2 pixels, as an exported detector
    does it: pictures of up to four times the frame's size lose no thin line.

    Args:
        image: (H, W, 3) uint8.
        size_px: width and height of the frame.

    Returns:
        (height, width, 3) float32, 0-255; and the scale (4,) and the shift (4,) of x, y, x, y: a point of the
        picture times the one plus the other is that point in the frame.
    """
    width, height = size_px
    ratio = np.minimum(np.float32(width / image.shape[1]), np.float32(height / image.shape[0]))
    columns, rows = (max(1, round(float(np.float32(side) * ratio))) for side in image.shape[1::-1])
    twice = cv2.resize(image.astype(np.float32), (2 * columns, 2 * rows), interpolation=cv2.INTER_LINEAR)
    left, top = (width - columns) // 2, (height - rows) // 2
    canvas = np.zeros((height, width, 3), np.float32)
    canvas[top : top + rows, left : left + columns] = twice.reshape(rows, 2, columns, 2, 3).mean(axis=(1, 3))
    scale = np.array([columns / image.shape[1], rows / image.shape[0]] * 2, np.float32)
    return canvas, scale, np.array([left, top] * 2, np.float32)
