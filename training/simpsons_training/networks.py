"""The networks: the two that were first published, and ours.

All take (N, S, S, 3) pictures in RGB order with values 0-255 and give (N, K) float32 probabilities: scaling
and softmax are inside. They are built of plain Keras 3 layers, so that they train on TensorFlow, JAX or
PyTorch and load without custom objects.
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
    """Build a network with fresh weights, under the dtype policy that is set globally.

    Args:
        network: a key of `NETWORKS`.
        labels: how many characters it tells apart (K).
        size_px: side of the pictures it takes (S), in pixels; None takes any, where the network can.
        activation: between the layers of the article's networks, `relu` or `elu`; ours has its own.

    Returns:
        (N, S, S, 3) RGB 0-255 -> (N, K) float32 probabilities.

    Raises:
        ValueError: no network has that name, or it cannot take pictures of that size.
    """
    if network not in NETWORKS:
        raise ValueError(f"no network is called {network!r}; there are {', '.join(NETWORKS)}")
    pictures = keras.Input((size_px, size_px, 3), name="pictures")
    features = NETWORKS[network](pictures, activation)
    # The last layers stay in float32 under mixed precision: a softmax in bfloat16 has three digits.
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
    """Ours: EfficientNet-Lite0 without its last three blocks, which hold more weights than all before.

    The features are normalised, so that the first steps of a training that starts from ImageNet do not drown
    what was learned there: without it the loss began at 6 instead of 2, and never made up for it.
    """
    x = efficientnet_lite0(scale_for_imagenet(x), blocks=_SPRINGFIELD_BLOCKS)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.BatchNormalization(momentum=0.95, epsilon=1e-3, name="features_norm")(x)
    return layers.Dropout(0.2)(x)


def _residual(x: Tensor, activation: str) -> Tensor:
    """A small residual network that learns from nothing, about 100 million multiply-adds at 64 px.

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
"""Name -> what stands between the pictures, 0-255, and the last dense layer."""
