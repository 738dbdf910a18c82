"""The embedder network, and the loss that it is trained with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers, ops

from simpsons_training.efficientnet import efficientnet_lite0, scale_for_imagenet
from simpsons_training.embedding.config import EmbedderConfig

Tensor = Any

BLOCKS = 13
"""The same as in `springfield`, whose weights the training starts from."""

NETWORK = "embedder"
"""Name of the network on its card."""

JOINED = {"embeddings": 1.0, "block10_add": 0.7, "block7_add": 0.4}
"""Layers whose outputs, averaged over the picture and whitened, are the parts of an embedding, and the length
of each part. The last layer has learned to ignore what does not tell the characters of the training apart,
such as the hair of twins; the others have not. On characters that were never trained on, 1 to 2% more heads
are named right than by the last layer alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Whitening:
    """What turns features into a part of an embedding.

    Attributes:
        mean: (D,) what is subtracted first.
        matrix: (D, D) what they are multiplied by then.
    """

    mean: npt.NDArray[np.float32]
    matrix: npt.NDArray[np.float32]


def build_embedder(*, size_px: int, dimensions: int) -> keras.Model:
    """Build the network with random weights.

    Args:
        size_px: Side of the crops of heads.
        dimensions: Length of the vectors that are trained (D).

    Returns:
        (N, S, S, 3) RGB 0-255 -> (N, D) float32 unit vectors.
    """
    heads = keras.Input((size_px, size_px, 3), name="heads")
    features = efficientnet_lite0(scale_for_imagenet(heads), blocks=BLOCKS)
    pooled = layers.GlobalAveragePooling2D(name="pooled")(features)
    pooled = layers.BatchNormalization(momentum=0.95, name="pooled_norm")(pooled)
    projected = layers.Dense(dimensions, use_bias=False, name="projected", dtype="float32")(pooled)
    unit = layers.UnitNormalization(name="embeddings", dtype="float32")(projected)
    return keras.Model(heads, unit, name=NETWORK)


def features_of(embedder: keras.Model) -> keras.Model:
    """A network with the outputs of the layers in `JOINED`: one array (N, D) each."""
    outputs = []
    for name in JOINED:
        output = embedder.get_layer(name).output
        if len(output.shape) == 4:
            output = layers.GlobalAveragePooling2D(name=f"{name}_mean", dtype="float32")(output)
        outputs.append(output)
    return keras.Model(embedder.input, outputs, name=embedder.name)


def joined(features: keras.Model, whitenings: list[Whitening]) -> keras.Model:
    """The network that the player uses: it whitens features, and joins them to unit vectors.

    Args:
        features: See `features_of`.
        whitenings: One for each of its outputs.
    """
    parts = []
    for (name, length), output, whitening in zip(JOINED.items(), features.outputs, whitenings, strict=True):
        whiten = layers.Dense(output.shape[-1], name=f"{name}_whitened", dtype="float32")
        unit = layers.UnitNormalization(name=f"{name}_unit", dtype="float32")(whiten(output))
        whiten.set_weights([whitening.matrix, -whitening.mean @ whitening.matrix])
        parts.append(layers.Rescaling(length, name=f"{name}_part", dtype="float32")(unit))
    together = layers.Concatenate(name="joined", dtype="float32")(parts)
    unit = layers.UnitNormalization(name="unit", dtype="float32")(together)
    return keras.Model(features.input, unit, name=features.name)


class CharacterCosines(layers.Layer):  # type: ignore[misc]
    """Cosines between embeddings and one vector for each character, which training learns: (N, D) -> (N, C).

    Args:
        characters: Number of characters (C).
    """

    def __init__(self, characters: int, **options: Any) -> None:
        super().__init__(**options)
        self._characters = characters

    def build(self, input_shape: Any) -> None:
        """Create the vectors."""
        shape = (input_shape[-1], self._characters)
        self._vectors = self.add_weight(shape=shape, initializer="glorot_uniform", name="vectors")

    def call(self, embeddings: Tensor) -> Tensor:
        """Compare embeddings with all characters."""
        return ops.matmul(embeddings, ops.normalize(self._vectors, axis=0))


def margin_loss(config: EmbedderConfig) -> Any:
    """The softmax loss with a margin, over the known characters.

    Returns:
        (N,) character, negative for strangers, who have no loss, and (N, C) cosines -> (N,) loss.
    """

    def loss(characters: Tensor, cosines: Tensor) -> Tensor:
        characters = ops.reshape(characters, (-1,))
        right = ops.one_hot(ops.maximum(characters, 0), cosines.shape[-1])
        logits = config.scale * (cosines - config.margin * right)
        known = ops.cast(characters >= 0, "float32")
        return -ops.sum(right * ops.log_softmax(logits), axis=1) * known

    return loss


def contrastive_loss(config: EmbedderConfig) -> Any:
    """The supervised contrastive loss: heads of one character attract each other, all others repel.

    Returns:
        (N,) character, or a negative number that only the two variants of a stranger share, and (N, D)
        embeddings -> (N,) loss.
    """

    def loss(characters: Tensor, embeddings: Tensor) -> Tensor:
        characters = ops.reshape(characters, (-1,))
        itself = ops.eye(ops.shape(embeddings)[0])
        similarity = ops.matmul(embeddings, ops.transpose(embeddings)) / config.temperature - 1e9 * itself
        same = ops.cast(ops.equal(characters[:, None], characters[None]), "float32") * (1 - itself)
        likely = similarity - ops.logsumexp(similarity, axis=1, keepdims=True)
        return -config.contrastive * ops.sum(same * likely, axis=1) / ops.maximum(ops.sum(same, axis=1), 1)

    return loss
