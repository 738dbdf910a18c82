"""Write Keras files as old versions did, without these versions."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import numpy.typing as npt

Arrays = dict[str, list[tuple[str, npt.NDArray[Any]]]]
"""Layer -> names and values of its weights, in order."""


def layer(class_name: str, name: str, *calls: Any, **config: Any) -> dict[str, Any]:
    """A layer in a configuration of Keras 1 or 2; `calls` are the inbound nodes of a functional network."""
    entry = {"class_name": class_name, "config": {"name": name, "trainable": True, **config}}
    return (
        {**entry, "name": name, "inbound_nodes": list(calls)}
        if calls or class_name == "InputLayer"
        else entry
    )


def call(*names: str, number: int = 0, **keywords: Any) -> list[Any]:
    """The call of a layer with the outputs of others."""
    return [[name, number, 0, keywords] for name in names]


def sequential(*layers: dict[str, Any], name: str = "sequential") -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}


def functional(
    *layers: dict[str, Any], class_name: str = "Functional", name: str = "model", output: Any = None
) -> dict[str, Any]:
    """A functional network with one input, the first layer, and one output, by default the last layer."""
    ends = {
        "input_layers": [[layers[0]["name"], 0, 0]],
        "output_layers": [output or [layers[-1]["name"], 0, 0]],
    }
    return {"class_name": class_name, "config": {"name": name, "layers": list(layers), **ends}}


def picture_input(name: str = "input_1", *, size_px: int = 8) -> dict[str, Any]:
    shape = [None, size_px, size_px, 3]
    return layer("InputLayer", name, batch_input_shape=shape, dtype="float32", sparse=False, ragged=False)


def arrays_of(model: Any, *names: str) -> Arrays:
    """The weights of a network of Keras 3 by layer, named and ordered as Keras 2 did."""
    layers = [each for each in model.layers if each.weights]
    names = names or tuple(each.name for each in layers)
    return {
        name: [
            ("/".join(weight.path.split("/")[-2:]) + ":0", np.asarray(weight))
            for weight in (*each.trainable_weights, *each.non_trainable_weights)
        ]
        for name, each in zip(names, layers, strict=True)
    }


def write_hdf5(
    path: Path,
    config: dict[str, Any] | None,
    arrays: Arrays,
    *,
    version: str = "2.15.0",
    backend: str = "tensorflow",
    **attributes: Any,
) -> Path:
    """Write a whole model, or weights alone if there is no configuration."""
    with h5py.File(path, "w") as file:
        group = file if config is None else file.create_group("model_weights")
        if config is not None:
            file.attrs["model_config"] = json.dumps(config).encode()
            file.attrs["training_config"] = json.dumps(
                {"loss": "own_loss", "optimizer_config": {"lr": 1}}
            ).encode()
        for each in (file, group):
            each.attrs["keras_version"], each.attrs["backend"] = version.encode(), backend.encode()
        group.attrs["layer_names"] = [name.encode() for name in arrays]
        for name, weights in arrays.items():
            inner = group.create_group(name)
            inner.attrs["weight_names"] = np.array([weight.encode() for weight, _ in weights], "S")
            for weight, values in weights:
                inner[weight] = values
        for key, value in attributes.items():
            file.attrs[key] = value
    return path


def write_archive(
    path: Path, config: dict[str, Any], model: Any, *, version: str = "2.15.0", **entries: str
) -> Path:
    """Write a `.keras` file as Keras 2.15 did, with the weights of a network of Keras 3.

    Args:
        path: The file.
        config: Configuration as in an HDF5 file; the keys that are new in `.keras` files are added.
        model: The network with the weights.
        version: Version of Keras.
        entries: Other entries, with `__` for a dot.
    """
    weights = path.with_suffix(".weights.h5")
    model.save_weights(weights)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "metadata.json", json.dumps({"keras_version": version, "date_saved": "2023-12-01@10:00:00"})
        )
        archive.writestr("config.json", json.dumps(_with_modules(config)))
        archive.writestr("model.weights.h5", weights.read_bytes())
        for name, text in entries.items():
            archive.writestr(name.replace("__", "."), text)
    return path


def _with_modules(entry: dict[str, Any]) -> dict[str, Any]:
    class_name, config = entry["class_name"], entry["config"]
    module, registered = "keras.layers", None
    if class_name == "Functional":
        module, registered = "keras.src.engine.functional", "Functional"
    elif class_name == "Sequential":
        module = "keras"
    elif class_name in ("TFOpLambda", "SlicingOpLambda"):
        module, registered = "keras.src.layers.core.tf_op_layer", class_name
    if isinstance(config, dict) and "layers" in config:
        config = {**config, "layers": [_with_modules(each) for each in config["layers"]]}
    build = {"build_config": {"input_shape": [None, 8, 8, 3]}}
    return {**entry, "module": module, "registered_name": registered, "config": config, **build}


def randomize(model: Any, *, seed: int = 1) -> Any:
    """Give all weights random values, so that no two are alike."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.dtype.startswith("float"):
            positive = any(word in weight.path for word in ("variance", "gamma"))
            weight.assign(
                random.uniform(0.5, 1.5, weight.shape) if positive else random.normal(0, 0.5, weight.shape)
            )
    return model


def pictures(*, size_px: int = 8, seed: int = 2) -> npt.NDArray[np.float32]:
    """(5, size_px, size_px, 3) float32, 0-255."""
    return np.random.default_rng(seed).uniform(0, 255, (5, size_px, size_px, 3)).astype(np.float32)


def build(*layers: Any, size_px: int = 8) -> Any:
    """A sequential network of Keras 3 with random weights."""
    return randomize(keras.Sequential([keras.Input((size_px, size_px, 3)), *layers]))
