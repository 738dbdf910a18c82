"""The detector: EfficientNet-Lite0, a feature pyramid, and for each cell whether, where and who.

One level of cells, each of `STRIDE_PX` pixels, as in CenterNet (Zhou, Wang and Krähenbühl 2019,
arXiv:1904.07850); distances from a cell to the four sides of its box as in FCOS (Tian et al. 2019,
arXiv:1904.01355). Whether somebody is there and who it is are told apart, so that a head whose name nobody
wrote down can teach the one without the other.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from simpsons_training.efficientnet import pyramid_of_lite0, scale_for_imagenet

Tensor = Any

STRIDE_PX = 8
"""Side of a cell, in pixels of the network's input."""

_BLOCKS = 13
"""As many as `springfield` has, whose weights the detector begins with."""

_WIDTH = 96
_RARE = -4.6
"""Logit of 0.01: most cells hold no head (Lin et al. 2017, arXiv:1708.02002, section 4.1)."""


def build_detector(*, labels: int, size_px: tuple[int, int]) -> keras.Model:
    """Build the network with fresh weights.

    Args:
        labels: how many people it tells apart, somebody else included (K).
        size_px: width and height of the pictures it takes, multiples of 32 pixels.

    Returns:
        (N, H, W, 3) RGB 0-255 -> (N, H/8, W/8, 5 + K) float32: the logit of a head's centre being in the
        cell; the logarithms of the distances from the cell's centre to the left, upper, right and lower side
        of its box, in cells; a logit for each label.

    Raises:
        ValueError: the size is no multiple of 32 pixels.
    """
    width, height = size_px
    if width % 32 or height % 32 or width <= 0 or height <= 0:
        raise ValueError(f"a detector takes sides that are multiples of 32 px, not {width}x{height}")
    pictures = keras.Input((height, width, 3), name="pictures")
    _, _, fine, middle, coarse = pyramid_of_lite0(scale_for_imagenet(pictures), blocks=_BLOCKS)
    x = _lateral(coarse, "coarse")
    x = _smooth(_add_up(x, _lateral(middle, "middle")), "middle")
    x = _smooth(_add_up(x, _lateral(fine, "fine")), "fine")
    where = _smooth(x, "where")
    who = _smooth(_smooth(x, "who"), "who_again")
    head = layers.Conv2D(
        1, 1, bias_initializer=keras.initializers.Constant(_RARE), name="head", dtype="float32"
    )(where)
    sides = layers.Conv2D(4, 1, name="sides", dtype="float32")(where)
    names = layers.Conv2D(labels, 1, name="names", dtype="float32")(layers.Dropout(0.1)(who))
    return keras.Model(pictures, layers.Concatenate(name="cells")([head, sides, names]), name="detector")


def _lateral(x: Tensor, name: str) -> Tensor:
    x = layers.Conv2D(_WIDTH, 1, use_bias=False, name=f"{name}_lateral")(x)
    return layers.BatchNormalization(momentum=0.95, epsilon=1e-3, name=f"{name}_lateral_norm")(x)


def _add_up(coarse: Tensor, fine: Tensor) -> Tensor:
    """Feature pyramid (Lin et al. 2016, arXiv:1612.03144): what is coarse is added to what is fine."""
    return layers.ReLU(6)(layers.Add()([layers.UpSampling2D(2)(coarse), fine]))


def _smooth(x: Tensor, name: str) -> Tensor:
    x = layers.DepthwiseConv2D(5, padding="same", use_bias=False, name=f"{name}_depthwise")(x)
    x = layers.Conv2D(_WIDTH, 1, use_bias=False, name=f"{name}_mix")(x)
    x = layers.BatchNormalization(momentum=0.95, epsilon=1e-3, name=f"{name}_norm")(x)
    return layers.ReLU(6)(x)
