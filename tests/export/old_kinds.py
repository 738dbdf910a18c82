"""Networks as old versions of Keras and TensorFlow saved them; see `kinds`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
from keras import layers
from tests.export.kinds import SIZE_PX, Kind, Made, Prepare, conv_features, fitted, judged, rgb
from tests.export.legacy_files import (
    arrays_of,
    call,
    functional,
    layer,
    sequential,
    write_archive,
    write_hdf5,
)

_SHAPE = [None, SIZE_PX, SIZE_PX, 3]
_NAMES = ("conv_1", "conv_2", "logits")


def old_kind(
    framework: str,
    format: str,
    input: str,
    prepare: Prepare,
    write: Callable[[Path, Any], Path],
    *,
    begin: Callable[[Any], Any] = lambda pictures: pictures,
    head: str = "softmax",
    refusal: str = "",
    way_out: tuple[str, ...] = (),
) -> Kind:
    """A network that is computed in Keras 3 and written as an old version did.

    Args:
        framework: The old version.
        format: Its file.
        input: Its input convention.
        prepare: What its author does to a picture.
        write: Writes it into a folder.
        begin: What the network does to its input first.
        head: Its last layer.
        refusal: What the plain command says, if it refuses it.
        way_out: Arguments that the refusal names; `{folder}` is the folder of the file.
    """

    def make(folder: Path) -> Made:
        keras.utils.set_random_seed(11)
        pictures = keras.Input((SIZE_PX, SIZE_PX, 3))
        model = fitted(pictures, conv_features(begin(pictures)), prepare)
        return Made(write(folder, model), judged(model, prepare))

    return Kind(framework, format, input, head, make, refusal, way_out)


def _conv(name: str, filters: int, *calls: Any, **more: Any) -> dict[str, Any]:
    """As Keras 2 wrote it, with arguments that Keras 3 does not have."""
    return layer(
        "Conv2D",
        name,
        *calls,
        filters=filters,
        kernel_size=[5, 5],
        strides=[2, 2],
        padding="same",
        data_format="channels_last",
        activation="relu",
        kernel_initializer={"class_name": "VarianceScaling", "config": {"scale": 1.0, "seed": None}},
        **more,
    )


def _keras_2_layers() -> list[dict[str, Any]]:
    return [
        _conv("conv_1", 24, batch_input_shape=_SHAPE),
        _conv("conv_2", 32),
        layer("AveragePooling2D", "pool", pool_size=[4, 4], strides=[4, 4], padding="valid"),
        layer("Flatten", "flat"),
        layer("Dense", "logits", units=6, activation="linear"),
        layer("Activation", "named", activation="softmax"),
    ]


def _keras_2(folder: Path, model: Any) -> Path:
    """Keras 2.0 wrote the layers of a Sequential as a list."""
    config = {"class_name": "Sequential", "config": _keras_2_layers()}
    return write_hdf5(folder / "net.h5", config, arrays_of(model, *_NAMES), version="2.0.8")


def _keras_1(folder: Path, model: Any) -> Path:
    conv = {"nb_row": 5, "nb_col": 5, "border_mode": "same", "subsample": [2, 2], "dim_ordering": "tf"}
    config = sequential(
        layer("Convolution2D", "conv_1", nb_filter=24, activation="relu", batch_input_shape=_SHAPE, **conv),
        layer("Convolution2D", "conv_2", nb_filter=32, activation="relu", **conv),
        layer("AveragePooling2D", "pool", pool_size=[4, 4], strides=[4, 4], border_mode="valid"),
        layer("Flatten", "flat"),
        layer("Dense", "logits", output_dim=6, activation="softmax"),
    )
    config["config"] = config["config"]["layers"]
    return write_hdf5(folder / "net.h5", config, arrays_of(model, *_NAMES), version="1.2.2")


def _tensorflow_2(folder: Path, model: Any) -> Path:
    """`x / 127.5 - 1` in a functional network became layers of the class TFOpLambda."""
    config = functional(
        layer("InputLayer", "input_1", batch_input_shape=_SHAPE, dtype="float32"),
        layer("TFOpLambda", "divide", call("input_1", y=127.5)[0], function="math.truediv"),
        layer("TFOpLambda", "subtract", call("divide", y=1.0)[0], function="math.subtract"),
        _conv("conv_1", 24, call("subtract")),
        _conv("conv_2", 32, call("conv_1")),
        layer("AveragePooling2D", "pool", call("conv_2"), pool_size=[4, 4], strides=[4, 4]),
        layer("Flatten", "flat", call("pool")),
        layer("Dense", "logits", call("flat"), units=6, activation="softmax"),
    )
    return write_hdf5(folder / "net.h5", config, arrays_of(model, *_NAMES), version="2.9.0")


def _tf_keras(folder: Path, model: Any) -> Path:
    """The zip archive of TensorFlow 2.12 to 2.15."""
    return write_archive(folder / "net.keras", sequential(*_keras_2_layers()), model)


def _weights_and_json(folder: Path, model: Any) -> Path:
    text = json.dumps({**sequential(*_keras_2_layers()), "keras_version": "2.4.0", "backend": "tensorflow"})
    (folder / "model.json").write_text(text)
    return write_hdf5(folder / "net.h5", None, arrays_of(model, *_NAMES), version="2.4.0")


def _saved_model(folder: Path, model: Any) -> Path:
    model.export(folder / "net", verbose=False)
    return folder / "net"


def _lambda(folder: Path, model: Any) -> Path:
    model.save(folder / "net.keras")
    return folder / "net.keras"


OLD_KINDS = (
    old_kind("Keras 1.2", ".h5", "BGR, 0 to 1", lambda image: image / 255, _keras_1),
    old_kind(
        "Keras 2.0",
        ".h5, layers as a list",
        "BGR, -1 to 1",
        lambda image: image / 127.5 - 1,
        _keras_2,
        head="softmax layer",
    ),
    old_kind(
        "TensorFlow 2.9",
        ".h5 with TFOpLambda",
        "RGB, 0 to 255",
        lambda image: rgb(image) / 1,
        _tensorflow_2,
        begin=layers.Rescaling(1 / 127.5, offset=-1),
    ),
    old_kind("TensorFlow 2.15", ".keras", "RGB, 0 to 1", lambda image: rgb(image) / 255, _tf_keras),
    old_kind(
        "Keras 2.4",
        "weights and model.json",
        "RGB, 0 to 1",
        lambda image: rgb(image) / 255,
        _weights_and_json,
        refusal=r"contains weights only; .*\.json file of model\.to_json\(\)",
        way_out=("--network", "{folder}/model.json"),
    ),
    old_kind("Keras 3", "SavedModel", "RGB, -0.5 to 0.5", lambda image: rgb(image) / 255 - 0.5, _saved_model),
    old_kind(
        "Keras 3",
        ".keras with a Lambda layer",
        "BGR, 0 to 255",
        lambda image: image / 1,
        _lambda,
        begin=lambda pictures: layers.Lambda(lambda x: x / 255)(pictures),
        refusal=r"is a Lambda layer, .* --unsafe",
        way_out=("--unsafe",),
    ),
)
"""Old kinds of the table in docs/export.md."""
