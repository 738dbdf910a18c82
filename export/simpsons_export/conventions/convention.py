"""Input conventions: how the author of a network turns a picture into its input."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt

from simpsons_export.conventions.input_shape import InputShape
from simpsons_play.core.errors import ExportError
from simpsons_play.core.frames import Image
from simpsons_play.inference.resizing import STRETCHED, Resizing

ColorOrder = Literal["BGR", "RGB", "grey"]
Floats = npt.NDArray[np.float32]

IMAGENET_MEAN, IMAGENET_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of red, green and blue, 0-1, as torchvision, timm and `keras.applications.imagenet_utils` state them."""

CAFFE_MEAN = (123.68, 116.779, 103.939)
"""Of red, green and blue, 0-255: `keras.applications.imagenet_utils`, mode `caffe`."""


@dataclass(frozen=True, slots=True)
class Scaling:
    """What is done to the values of pixels, 0-255, in a network's own colour order.

    Attributes:
        name: What people call it, such as `0 to 1`.
        scale: Factor of all channels, or of each.
        offset: What is added after that, to all channels or to each.
        standardized: Whether each picture is then brought to a mean of 0 and a deviation of 1, as
            `tf.image.per_image_standardization` does.
    """

    name: str
    scale: tuple[float, ...] = (1.0,)
    offset: tuple[float, ...] = (0.0,)
    standardized: bool = False


@dataclass(frozen=True, slots=True)
class InputConvention:
    """How pictures become the input of a network.

    Attributes:
        color_order: Order of the channels; `grey` is one channel, or three equal ones.
        scaling: What is done to the values.
        application: The `keras.applications` module whose `preprocess_input` this is, if any.
        resizing: How pictures become squares, which the player does before the network.
    """

    color_order: ColorOrder
    scaling: Scaling
    application: str | None = None
    resizing: Resizing = STRETCHED

    def __str__(self) -> str:
        """As in `RGB, 0 to 1` or `RGB, 0 to 1, middle square`."""
        values = f"{self.color_order}, {self.scaling.name}"
        return values if self.resizing == STRETCHED else f"{values}, {self.resizing}"

    def inputs(self, images: Image, shape: InputShape) -> Floats:
        """Turn pictures into inputs as the author of the network does, in OpenCV, NumPy or Keras.

        It shares no code with the graph of the export (`conventions.graph`), so that one proves the other.

        Args:
            images: (N, S, S, 3) uint8 BGR, resized already.
            shape: Input of the network.

        Returns:
            (N, *shape.tensor) float32.
        """
        if self.application is not None:
            values = _application(self.application).preprocess_input(
                _resized(images[..., ::-1].astype(np.float32), shape)
            )
        elif self.color_order == "grey":
            grey = np.stack([cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in images])
            values = _resized(np.repeat(grey[..., None], shape.channels, axis=3).astype(np.float32), shape)
        else:
            ordered = images if self.color_order == "BGR" else images[..., ::-1]
            values = _resized(ordered.astype(np.float32), shape)
        if self.application is None:
            values = values * np.array(self.scaling.scale) + np.array(self.scaling.offset)
        if self.scaling.standardized:
            axes, count = (1, 2, 3), np.prod(values.shape[1:])
            deviation = np.maximum(values.std(axis=axes, keepdims=True), 1 / np.sqrt(count))
            values = (values - values.mean(axis=axes, keepdims=True)) / deviation
        if shape.layout == "NCHW":
            values = values.transpose(0, 3, 1, 2)
        return np.ascontiguousarray(values, np.float32).reshape(len(images), *shape.tensor)


@dataclass(frozen=True, slots=True)
class StatedConvention:
    """An input convention that a file states.

    Attributes:
        convention: The convention, without the resizing.
        where: The file, such as `config.json`.
        resizing: How it makes pictures square.
    """

    convention: InputConvention
    where: str
    resizing: Resizing = STRETCHED


def _resized(values: Floats, shape: InputShape) -> Floats:
    if values.shape[1:3] == (shape.height, shape.width) or not len(values):
        return values
    size = (shape.width, shape.height)
    resized = [cv2.resize(value, size, interpolation=cv2.INTER_LINEAR) for value in values]
    return np.stack(resized).reshape(len(values), shape.height, shape.width, values.shape[3])


UNIT = Scaling("0 to 1", (1 / 255,))
BYTES = Scaling("0 to 255")

_SCALINGS = (
    UNIT,
    BYTES,
    Scaling("-1 to 1", (1 / 127.5,), (-1.0,)),
    Scaling("-0.5 to 0.5", (1 / 255,), (-0.5,)),
    Scaling("each picture standardized", standardized=True),
)
"""Scalings that treat all channels alike, the most common first."""

_GREY_SCALINGS = 3
"""How many of them are tried with grey pictures for a network that takes three channels."""


def candidates(
    *,
    channels: int,
    color_order: ColorOrder | None = None,
    scaling: Scaling | None = None,
) -> tuple[InputConvention, ...]:
    """The conventions that a network may have been trained with, the most common first.

    Args:
        channels: Channels of its input, 1 or 3.
        color_order: The colour order, if it is known.
        scaling: The scaling, if it is known.

    Raises:
        ValueError: A grey network cannot take colours.
    """
    if channels == 1 and color_order not in (None, "grey"):
        raise ValueError(f"its input has one channel, which is grey and not {color_order}")
    orders: tuple[ColorOrder, ...] = ("grey",) if channels == 1 else ("RGB", "BGR")
    found = []
    for order in orders if color_order is None else (color_order,):
        scalings = _SCALINGS if order == "grey" else (*_SCALINGS, *_imagenet(order))
        found += [InputConvention(order, one) for one in (scalings if scaling is None else (scaling,))]
    if channels == 3 and color_order is None:  # grey, three times
        greys = _SCALINGS[:_GREY_SCALINGS] if scaling is None else (scaling,)
        found += [InputConvention("grey", one) for one in greys]
    return tuple(found)


def _imagenet(order: ColorOrder) -> tuple[Scaling, Scaling]:
    step = -1 if order == "BGR" else 1
    mean = Scaling("ImageNet mean subtracted", offset=tuple(-one for one in CAFFE_MEAN[::step]))
    return scaling_by_deviation(IMAGENET_MEAN[::step], IMAGENET_DEVIATION[::step]), mean


def scaling_by_deviation(mean: tuple[float, ...], deviation: tuple[float, ...]) -> Scaling:
    """The scaling that makes 0-1 of bytes, subtracts a mean and divides by a deviation, as torchvision does.

    Example:
        >>> scaling_by_deviation((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)) is UNIT
        True
    """
    if not any(mean) and set(deviation) == {1.0}:
        return UNIT
    imagenet = (mean, deviation) in ((IMAGENET_MEAN[::step], IMAGENET_DEVIATION[::step]) for step in (1, -1))
    numbers = " and deviation ".join(",".join(f"{one:g}" for one in values) for values in (mean, deviation))
    return Scaling(
        "ImageNet mean and deviation" if imagenet else f"mean {numbers}",
        tuple(1 / (255 * one) for one in deviation),
        tuple(-m / d for m, d in zip(mean, deviation, strict=True)),
    )


def convention_of_application(name: str) -> InputConvention:
    """The convention of a module of `keras.applications`, such as `mobilenet_v2`.

    What its `preprocess_input` does is read off the results for black, red, green and blue.

    Raises:
        ExportError: There is no such module, or it does not scale colours one by one.

    Example:
        >>> convention_of_application("resnet50").color_order
        'BGR'
    """
    module = _application(name)
    pixels = np.zeros((4, 1, 1, 3), np.float32)
    for channel in range(3):
        pixels[channel + 1, ..., channel] = 255
    values = np.asarray(module.preprocess_input(pixels.copy()), np.float64).reshape(4, 3)
    slopes = (values[1:] - values[0]) / 255  # a row for each of red, green and blue
    if np.count_nonzero(np.abs(slopes) > 1e-9) != 3 or (slopes.max(axis=0) <= 0).any():
        raise ExportError(f"--preprocess {name} mixes colours; give --color-order, --scale and --offset")
    order: tuple[int, ...] = tuple(int(i) for i in slopes.argmax(axis=0))
    orders: dict[tuple[int, ...], ColorOrder] = {(0, 1, 2): "RGB", (2, 1, 0): "BGR"}
    scaling = Scaling(f"as in keras.applications.{name}", tuple(slopes.max(axis=0)), tuple(values[0]))
    return InputConvention(orders[order], scaling, application=name)


def _application(name: str) -> Any:
    applications = importlib.import_module("keras").applications
    module = getattr(applications, name, None)
    if not hasattr(module, "preprocess_input"):
        names = sorted(
            one for one in dir(applications) if hasattr(getattr(applications, one), "preprocess_input")
        )
        raise ExportError(
            f"--preprocess {name}: not a module of keras.applications; choose from {', '.join(names)}"
        )
    return module
