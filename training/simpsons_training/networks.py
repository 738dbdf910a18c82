"""The classifiers: the two of the 2017 article, and ours.

All take (N, S, S, 3) RGB pictures with values 0-255 and return (N, K) float32 probabilities: scaling and
softmax are part of the network. They consist of standard Keras 3 layers, so that they train on TensorFlow,
JAX or PyTorch and load without custom objects.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from simpsons_training.efficientnet import efficientnet_lite0, scale_for_imagenet

Tensor = Any
Builder = Callable[[Tensor, str], Tensor]

_SPRINGFIELD_BLOCKS = 13


def build(network: str, *, labels: int, size_px: int | None, activation: str = "relu") -> keras.Model:
    """Build a network with random weights, under the global dtype policy.

    Args:
        network: A key of `NETWORKS`.
        labels: Number of labels (K).
        size_px: Input size in pixels (S); None accepts any size, if the network can.
        activation: Activation of the article's networks, `relu` or `elu`; others have a fixed one.

    Returns:
        (N, S, S, 3) RGB 0-255 -> (N, K) float32 probabilities.

    Raises:
        ValueError: The network is unknown or cannot take pictures of that size.
    """
    if network not in NETWORKS:
        raise ValueError(f"unknown network {network!r}; choose from {', '.join(NETWORKS)}")
    pictures = keras.Input((size_px, size_px, 3), name="pictures")
    features = NETWORKS[network](pictures, activation)
    # The last layers stay in float32 under mixed precision: a bfloat16 softmax has three digits.
    logits = layers.Dense(labels, name="logits", dtype="float32")(features)
    probabilities = layers.Activation("softmax", name="probabilities", dtype="float32")(logits)
    return keras.Model(pictures, probabilities, name=network)


def _four_conv(x: Tensor, activation: str) -> Tensor:
    """The article's first network: two pairs of convolutions, dense 512, dropout as published."""
    x = _published_pair(_scaled(x), 32, activation, dropout=0.25)
    x = _published_pair(x, 64, activation, dropout=0.25)
    return _published_head(x, 512, activation)


def _six_conv(x: Tensor, activation: str) -> Tensor:
    """The article's second network: three pairs of convolutions, dense 1024, dropout as published."""
    x = _scaled(x)
    for filters in (32, 64, 256):
        x = _published_pair(x, filters, activation, dropout=0.2)
    return _published_head(x, 1024, activation)


def _published_pair(x: Tensor, filters: int, activation: str, *, dropout: float) -> Tensor:
    x = layers.Conv2D(filters, 3, padding="same", activation=activation)(x)
    x = layers.Conv2D(filters, 3, activation=activation)(x)
    x = layers.MaxPooling2D(2)(x)
    return layers.Dropout(dropout)(x)


def _published_head(x: Tensor, units: int, activation: str) -> Tensor:
    x = layers.Dense(units, activation=activation)(layers.Flatten()(x))
    return layers.Dropout(0.5)(x)


def _springfield(x: Tensor, activation: str) -> Tensor:
    """Our network: EfficientNet-Lite0 without its last three blocks, which have more weights than the rest.

    The features are normalised, so that the first steps do not destroy the ImageNet features: without it the
    loss started at 6 instead of 2 and never caught up.
    """
    x = efficientnet_lite0(scale_for_imagenet(x), blocks=_SPRINGFIELD_BLOCKS)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.BatchNormalization(momentum=0.95, epsilon=1e-3, name="features_norm")(x)
    return layers.Dropout(0.2)(x)


def _residual(x: Tensor, activation: str) -> Tensor:
    """A small residual network trained from scratch, about 100 million multiply-adds at 64 px.

    Residual blocks are those of He et al. 2015 (arXiv:1512.03385). Shortcuts that shrink pool before they
    project, so that no pixel is skipped (He et al. 2018, arXiv:1812.01187, "ResNet-D").
    """
    x = _conv_norm(_scaled(x), 32, stride=2)
    x = layers.ReLU()(x)
    for filters, stride in ((32, 1), (64, 2), (64, 1), (128, 2), (128, 1), (256, 2)):
        x = _residual_block(x, filters, stride=stride)
    x = layers.GlobalAveragePooling2D()(x)
    return layers.Dropout(0.2)(x)


def _scaled(x: Tensor) -> Tensor:
    return layers.Rescaling(1 / 255, name="scale")(x)


def _conv_norm(x: Tensor, filters: int, *, kernel: int = 3, stride: int = 1) -> Tensor:
    x = layers.Conv2D(
        filters, kernel, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal"
    )(x)
    return layers.BatchNormalization(momentum=0.95)(x)


def _residual_block(x: Tensor, filters: int, *, stride: int) -> Tensor:
    y = layers.ReLU()(_conv_norm(x, filters, stride=stride))
    y = _conv_norm(y, filters)
    if stride > 1:
        x = layers.AveragePooling2D(stride)(x)
    if x.shape[-1] != filters:
        x = _conv_norm(x, filters, kernel=1)
    return layers.ReLU()(layers.Add()([x, y]))


NETWORKS: dict[str, Builder] = {
    "four_conv": _four_conv,
    "six_conv": _six_conv,
    "residual": _residual,
    "springfield": _springfield,
}
"""Name -> builder of the layers between the pictures, 0-255, and the last dense layer."""
