"""The detector network: EfficientNet-Lite0, a feature pyramid, and a head with one output vector per cell.

There is one level of cells of `STRIDE_PX` pixels, as in CenterNet (Zhou, Wang and Krähenbühl 2019,
arXiv:1904.07850); box sides are distances from the cell as in FCOS (Tian et al. 2019, arXiv:1904.01355).
Objectness and label are separate outputs, so that a head without a label can still train the objectness.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from simpsons_training.efficientnet import lite0_pyramid, scale_for_imagenet

Tensor = Any

STRIDE_PX = 8
"""Side of a cell, in pixels of the network input."""

_BLOCKS = 13
"""The same as in `springfield`, whose weights initialise the backbone."""

_CHANNELS = 96
_PRIOR_LOGIT = -4.6
"""Logit of 0.01: most cells hold no head (Lin et al. 2017, arXiv:1708.02002, section 4.1)."""


def build_detector(*, labels: int, size_px: tuple[int, int]) -> keras.Model:
    """Build the network with random weights.

    Args:
        labels: Number of labels including "other person" (K).
        size_px: Width and height of the input, multiples of 32 pixels.

    Returns:
        (N, H, W, 3) RGB 0-255 -> (N, H/8, W/8, 5 + K) float32: the logit that a head is centred in the cell;
        the log distances from the centre of the cell to the left, top, right and bottom of its box, in
        cells; and a logit per label.

    Raises:
        ValueError: A side is not a multiple of 32 pixels.
    """
    width, height = size_px
    if width % 32 or height % 32 or width <= 0 or height <= 0:
        raise ValueError(f"the sides of a detector's input are multiples of 32 px, not {width}x{height}")
    pictures = keras.Input((height, width, 3), name="pictures")
    _, _, fine, middle, coarse = lite0_pyramid(scale_for_imagenet(pictures), blocks=_BLOCKS)
    x = _lateral(coarse, "coarse")
    x = _smooth(_merge(x, _lateral(middle, "middle")), "middle")
    x = _smooth(_merge(x, _lateral(fine, "fine")), "fine")
    # Layer names are part of saved weights: renaming one breaks older files.
    box_features = _smooth(x, "where")
    label_features = _smooth(_smooth(x, "who"), "who_again")
    head = layers.Conv2D(
        1, 1, bias_initializer=keras.initializers.Constant(_PRIOR_LOGIT), name="head", dtype="float32"
    )(box_features)
    sides = layers.Conv2D(4, 1, name="sides", dtype="float32")(box_features)
    names = layers.Conv2D(labels, 1, name="names", dtype="float32")(layers.Dropout(0.1)(label_features))
    return keras.Model(pictures, layers.Concatenate(name="cells")([head, sides, names]), name="detector")


def _lateral(x: Tensor, name: str) -> Tensor:
    x = layers.Conv2D(_CHANNELS, 1, use_bias=False, name=f"{name}_lateral")(x)
    return layers.BatchNormalization(momentum=0.95, epsilon=1e-3, name=f"{name}_lateral_norm")(x)


def _merge(coarse: Tensor, fine: Tensor) -> Tensor:
    """Top-down step of a feature pyramid (Lin et al. 2016, arXiv:1612.03144): upsample and add."""
    return layers.ReLU(6)(layers.Add()([layers.UpSampling2D(2)(coarse), fine]))


def _smooth(x: Tensor, name: str) -> Tensor:
    x = layers.DepthwiseConv2D(5, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    x = layers.Conv2D(_CHANNELS, 1, use_bias=False, name=f"{name}_mix")(x)
    x = layers.BatchNormalization(momentum=0.95, epsilon=1e-3, name=f"{name}_norm")(x)
    return layers.ReLU(6)(x)
