"""Networks of many kinds, made in code, each with the accuracy that its author would measure.

Random convolutions with a last layer fitted by least squares (random features: Rahimi and Recht 2007) need no
training, and depend on their input convention as trained networks do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
import numpy.typing as npt
from keras import layers

from simpsons_play.core.frames import Image

LABELS = ("bart_simpson", "homer_simpson", "lisa_simpson", "maggie_simpson", "marge_simpson", "moe_szyslak")
SIZE_PX = 64
_EACH = 80
"""Pictures of each class to fit on, and as many to judge on."""

Inputs = npt.NDArray[np.float32]
Prepare = Callable[[Image], Inputs]
"""What the author of a network does to a picture, (H, W, 3) uint8 BGR as OpenCV reads it."""


@dataclass(frozen=True, slots=True, eq=False)
class Patterns:
    """Pictures of six classes to fit on and to judge on: coarse patterns, shifted, mixed and noisy."""

    fit: Image
    judge: Image
    truth: npt.NDArray[np.int64]

    def write(self, folder: Path) -> Path:
        """Write those to judge on, as a folder for each class."""
        for i, (image, truth) in enumerate(zip(self.judge, self.truth, strict=True)):
            path = folder / LABELS[truth] / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), image)
        return folder


@cache
def patterns() -> Patterns:
    """The same pictures each time."""
    random = np.random.default_rng(5)
    classes = random.integers(0, 256, (len(LABELS), 4, 4, 3), np.uint8)

    def picture(index: int) -> Image:
        mixed, share = random.integers(0, 256, (4, 4, 3), np.uint8), random.uniform(0.3, 0.6)
        coarse = classes[index] * (1 - share) + mixed * share
        fine = cv2.resize(coarse, (SIZE_PX, SIZE_PX), interpolation=cv2.INTER_CUBIC)
        shifted = np.roll(fine, random.integers(-10, 11, 2), axis=(0, 1))
        return np.clip(shifted + random.normal(0, 12, shifted.shape), 0, 255).astype(np.uint8)

    truth = np.repeat(np.arange(len(LABELS)), _EACH)
    fit, judge = (np.stack([picture(index) for index in truth]) for _ in range(2))
    return Patterns(fit, judge, truth)


@dataclass(frozen=True, slots=True)
class Made:
    """A network as a file, and what its author would measure.

    Attributes:
        path: File or folder of the network.
        right: (N,) whether it names each picture to judge on right, in its own framework.
        arguments: What the command must be told besides the pictures.
    """

    path: Path
    right: npt.NDArray[np.bool_]
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of network.

    Attributes:
        framework: What made it.
        format: Its file.
        input: Its input convention.
        head: Its last layer.
        make: Makes it in a folder.
        refusal: What the plain command says, if it refuses it; `way_out` is then followed.
        way_out: Arguments that the refusal names; `{folder}` stands for the folder of the file.
    """

    framework: str
    format: str
    input: str
    head: str
    make: Callable[[Path], Made]
    refusal: str = ""
    way_out: tuple[str, ...] = ()

    def way_out_in(self, folder: Path) -> list[str]:
        """The way out for a network in this folder."""
        return [argument.format(folder=folder) for argument in self.way_out]

    def __str__(self) -> str:
        """For the names of tests."""
        return f"{self.framework}, {self.format}, {self.input}, {self.head}"


def rgb(image: Image) -> Image:
    """As `PIL.Image.open` reads it."""
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)  # type: ignore[return-value]


def prepared(images: Image, prepare: Prepare) -> Inputs:
    return np.stack([prepare(image) for image in images]).astype(np.float32)


def conv_features(pictures: Any) -> Any:
    """Random convolutions with random biases, so that they depend on the scale of their input."""
    x = pictures
    for filters in (24, 32):
        x = layers.Conv2D(filters, 5, strides=2, padding="same", activation="relu", bias_initializer=_bias())(
            x
        )
    return layers.Flatten()(layers.AveragePooling2D(4)(x))


def _bias() -> Any:
    return keras.initializers.RandomNormal(stddev=0.3, seed=1)


def fitted(
    pictures: Any,
    features: Any,
    prepare: Prepare,
    *,
    tail: Callable[[Any], Any] | None = None,
) -> Any:
    """A `keras.Model` whose last dense layer is fitted by ridge regression.

    Args:
        pictures: Its input.
        features: (N, D) tensor.
        prepare: What its author does to a picture.
        tail: What follows the dense layer; None for a softmax.
    """
    data = patterns()
    inputs = prepared(data.fit, prepare)
    backbone = keras.Model(pictures, features)
    _fit_normalizations(backbone, inputs)
    values = backbone.predict(inputs, verbose=0).astype(np.float64)
    mean, deviation = values.mean(axis=0), values.std(axis=0) + 1e-3
    standard = (values - mean) / deviation
    targets = 6.0 * np.eye(len(LABELS))[data.truth]
    ridge = standard.T @ standard + 10.0 * np.eye(standard.shape[1])
    kernel = np.linalg.solve(ridge, standard.T @ (targets - targets.mean(axis=0))) / deviation[:, None]
    bias = targets.mean(axis=0) - mean @ kernel
    dense = layers.Dense(len(LABELS), name="logits")
    outputs = (tail or layers.Softmax())(dense(features))
    dense.set_weights([kernel.astype(np.float32), bias.astype(np.float32)])
    return keras.Model(pictures, outputs, name="network")


def _fit_normalizations(model: Any, inputs: Inputs) -> None:
    """Give batch normalizations the statistics of these inputs; a deep random network is constant without."""
    norms = [one for one in model._flatten_layers() if isinstance(one, layers.BatchNormalization)]
    for norm in norms:
        norm.momentum = 0.0
    if norms:
        model(inputs, training=True)


def judged(model: Any, prepare: Prepare) -> npt.NDArray[np.bool_]:
    """(N,) whether a network names each picture to judge on right."""
    data = patterns()
    outputs = model.predict(prepared(data.judge, prepare), verbose=0)
    return np.asarray(outputs.argmax(axis=1) == data.truth)


def keras_kind(
    input: str,
    prepare: Prepare,
    *,
    shape: tuple[int, ...] = (SIZE_PX, SIZE_PX, 3),
    head: str = "softmax",
    tail: Callable[[Any], Any] | None = None,
    features: Callable[[Any], Any] = conv_features,
    format: str = ".keras",
    arguments: tuple[str, ...] = (),
) -> Kind:
    """A network in Keras 3."""

    def make(folder: Path) -> Made:
        keras.utils.set_random_seed(11)
        pictures = keras.Input(shape)
        model = fitted(pictures, features(pictures), prepare, tail=tail)
        path = folder / f"network{format}"
        model.save(path)
        return Made(path, judged(model, prepare), arguments)

    return Kind("Keras 3", format, input, head, make)


def _scaled_inside(pictures: Any) -> Any:
    return conv_features(layers.Rescaling(1 / 255)(pictures))


def _normalized_inside(pictures: Any) -> Any:
    norm = layers.Normalization(mean=[110.0, 120.0, 130.0], variance=[3000.0, 2500.0, 2000.0])
    return conv_features(norm(pictures))


def _mobilenet(pictures: Any) -> Any:
    """The first blocks of MobileNetV2 as a network in the network, as transfer learning has it."""
    whole = keras.applications.MobileNetV2(
        input_shape=pictures.shape[1:], include_top=False, weights=None, alpha=0.35
    )
    base = keras.Model(whole.input, whole.get_layer("block_2_add").output, name="mobilenet")
    return layers.Flatten()(layers.AveragePooling2D(4)(base(pictures)))


def _dense_features(pictures: Any) -> Any:
    x = layers.Dense(256, activation="relu", bias_initializer=_bias())(pictures)
    return layers.Dense(128, activation="relu", bias_initializer=_bias())(x)


def torch(image: Image) -> Inputs:
    """As `torchvision.transforms.Normalize` does after `ToTensor`."""
    return np.asarray((rgb(image) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], np.float32)


def _caffe(image: Image) -> Inputs:
    return np.asarray(keras.applications.resnet50.preprocess_input(rgb(image).astype(np.float32)))


def _standardized(image: Image) -> Inputs:
    return np.asarray((rgb(image) - rgb(image).mean()) / max(rgb(image).std(), 1 / np.sqrt(image.size)))


def _grey(image: Image, side: int) -> Inputs:
    return np.asarray(cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (side, side))[..., None] / 255)


KINDS = (
    keras_kind("RGB, 0 to 1", lambda image: rgb(image) / 255),
    keras_kind(
        "BGR, 0 to 1", lambda image: image / 255, tail=layers.Activation("softmax"), head="softmax layer"
    ),
    keras_kind("RGB, -1 to 1", lambda image: rgb(image) / 127.5 - 1, tail=layers.Identity(), head="logits"),
    keras_kind("BGR, -1 to 1", lambda image: image / 127.5 - 1, format=".h5"),
    keras_kind("RGB, 0 to 255", lambda image: rgb(image) / 1),
    keras_kind("RGB, 0 to 255, Rescaling inside", lambda image: rgb(image) / 1, features=_scaled_inside),
    keras_kind(
        "RGB, 0 to 255, Normalization inside", lambda image: rgb(image) / 1, features=_normalized_inside
    ),
    keras_kind("RGB, ImageNet mean and deviation", torch),
    keras_kind("BGR, ImageNet mean subtracted (resnet50)", _caffe),
    keras_kind("RGB, each picture standardized", _standardized),
    keras_kind(
        "RGB, -1 to 1 (mobilenet_v2)", lambda image: rgb(image) / 127.5 - 1, features=_mobilenet, format=".h5"
    ),
    keras_kind("grey, 0 to 1, 80x80", lambda image: _grey(image, 80), shape=(80, 80, 1)),
    keras_kind(
        "grey, 0 to 1, without channels",
        lambda image: _grey(image, SIZE_PX)[..., 0],
        shape=(SIZE_PX, SIZE_PX),
        features=lambda pictures: conv_features(layers.Reshape((SIZE_PX, SIZE_PX, 1))(pictures)),
    ),
    keras_kind(
        "BGR, 0 to 1, flat vector",
        lambda image: (image / 255).ravel(),
        shape=(SIZE_PX * SIZE_PX * 3,),
        features=_dense_features,
    ),
    keras_kind(
        "RGB, 0 to 1", lambda image: rgb(image) / 255, tail=layers.Activation("sigmoid"), head="sigmoid"
    ),
)
"""The kinds of the table in docs/export.md."""
