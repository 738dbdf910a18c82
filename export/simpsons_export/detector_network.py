"""A trained detector and what its export needs to know."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from simpsons_export.options import SourceOptions
from simpsons_play.core.errors import ExportError
from simpsons_play.core.frames import Image
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.detection.decode import decode
from simpsons_training.detection.predict import letterbox
from simpsons_training.evaluation.predictor import apply_temperature

Floats = npt.NDArray[np.float32]

_DEFINED_BY_CARD = ("labels", "color_order", "size_px", "scale", "offset", "preprocess", "resizing")


@dataclass(frozen=True, slots=True, eq=False)
class DetectorNetwork:
    """A detector of `simpsons train-detector`.

    Attributes:
        model: A `keras.Model`, see `simpsons_training.detection.network`.
        card: Its model card.
        read: One phrase on what was read.
    """

    model: Any
    card: ModelCard
    read: str

    @property
    def canvas_px(self) -> tuple[int, int]:
        """Width and height of its pictures."""
        height, width = self.model.input_shape[1:3]
        return width, height

    def detections(self, fitted: Image) -> tuple[Floats, Floats, Floats]:
        """Run it in Keras.

        Args:
            fitted: (H, W, 3) uint8 BGR, letterboxed.

        Returns:
            Boxes (M, 4) in pixels of it, scores (M,) and probabilities (M, K).
        """
        ordered = fitted[None] if self.card.color_order == "BGR" else fitted[None, ..., ::-1]
        with keras.device("cpu:0"):
            outputs = decode(self.model.predict_on_batch(ordered.astype(np.float32)))
        boxes, scores, probabilities = (np.asarray(keras.ops.convert_to_numpy(part))[0] for part in outputs)
        calibrated = apply_temperature(probabilities, self.card.temperature)
        return boxes, scores, calibrated[:, : len(self.card.labels)]

    def letterboxed(self, image: Image) -> Floats:
        """A picture as it is letterboxed in training: (H, W, 3), 0-255 without rounding."""
        return letterbox(image, self.canvas_px)[0]


def describe_detector(
    path: Path, model: Any, card: ModelCard, options: SourceOptions, *, read: str
) -> DetectorNetwork:
    """Check a detector against its card and the options.

    Raises:
        ExportError: Its outputs do not match its labels, or an option does not apply to it.
    """
    for name in _DEFINED_BY_CARD:
        if getattr(options, name) is not None:
            raise ExportError(
                f"{path} is a detector, whose card defines its input and output; leave out "
                + options.option_for(name)
            )
    channels = 5 + len(card.labels) + 1
    if len(model.output_shape) != 4 or model.output_shape[-1] != channels:
        raise ExportError(
            f"{path} returns {model.output_shape}; a detector with {len(card.labels)} labels returns "
            f"(N, H, W, {channels})"
        )
    given = {n: v for n in ("threshold", "temperature") if (v := getattr(options, n)) is not None}
    try:
        return DetectorNetwork(model, dataclasses.replace(card, **given), read)
    except ValueError as error:
        raise ExportError(f"{path}: {error}") from error
