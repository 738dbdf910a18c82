"""The embedder network, and the loss that it is trained with."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from simpsons_training.efficientnet import efficientnet_lite0, scale_for_imagenet
from simpsons_training.embedding.config import EmbedderConfig

Tensor = Any

BLOCKS = 13
"""The same as in `springfield`, whose weights the training starts from."""

NETWORK = "embedder"
"""Name of the network on its card."""


def build_embedder(*, size_px: int, dimensions: int) -> keras.Model:
    """Build the network with random weights.

    Args:
        size_px: Side of the crops of heads.
        dimensions: Length of the embeddings (D).

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


def with_whitening(embedder: keras.Model, matrix: Any) -> keras.Model:
    """A network that also multiplies the embeddings by a (D, D) matrix, and makes them unit vectors again."""
    dimensions = embedder.output_shape[-1]
    whiten = layers.Dense(dimensions, use_bias=False, name="whitened", dtype="float32")
    unit = layers.UnitNormalization(name="unit", dtype="float32")(whiten(embedder.output))
    whiten.set_weights([matrix])
    return keras.Model(embedder.input, unit, name=embedder.name)


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
