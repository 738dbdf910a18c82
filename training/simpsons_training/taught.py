"""A trained classifier that is taught more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from simpsons_play.core.errors import ModelError
from simpsons_play.core.foreign_files import guarded
from simpsons_play.core.frames import Image
from simpsons_play.inference.model_card import ModelCard
from simpsons_training.batches import to_color_order
from simpsons_training.evaluation.predictor import read_card
from simpsons_training.keras_file import load_keras
from simpsons_training.memory import Floats, Memory, read_memory


@dataclass(frozen=True, slots=True, eq=False)
class Taught:
    """A classifier to be taught new characters.

    Attributes:
        path: Its file.
        card: Its model card.
        backbone: Pictures (N, S, S, 3) in its colour order -> features (N, D), the input of the last layer.
        kernel: (D, K) weights of the last layer.
        bias: (K,) biases of the last layer.
        memory: Features that it remembers; may be empty.
    """

    path: Path
    card: ModelCard
    backbone: keras.Model
    kernel: Floats
    bias: Floats
    memory: Memory

    def features(self, images: Image) -> Floats:
        """(N, S, S, 3) uint8 BGR -> (N, D) float32."""
        if not len(images):  # Keras cannot predict nothing
            return np.empty((0, len(self.kernel)), np.float32)
        pictures = to_color_order(images, self.card.color_order)
        return np.asarray(self.backbone.predict(pictures, batch_size=64, verbose=0), np.float32)

    def probabilities(self, features: Floats) -> Floats:
        """Features (N, D) -> its probabilities (N, K)."""
        logits = features @ self.kernel + self.bias
        return np.asarray(keras.ops.convert_to_numpy(keras.ops.softmax(logits)), np.float32)


def open_taught(path: Path) -> Taught:
    """Load a classifier of `simpsons train` to be taught new characters.

    Raises:
        ModelError: The file is missing or broken, or is no such classifier.
    """
    card = read_card(path)
    if card.detects:
        raise ModelError(f"{path} is a detector; give a classifier of `simpsons train`")
    model = load_keras(path)
    with guarded(ModelError, f"{path} has another architecture than this version", "train it again"):
        last = model.get_layer("logits")
        kernel, bias = last.get_weights()
        backbone = keras.Model(model.inputs, last.input)
        empty = Memory(np.empty((0, len(kernel)), np.float32), np.empty(0, np.str_))
    return Taught(path, card, backbone, kernel, bias, read_memory(path) or empty)
