"""Translate the configuration of any Keras network, from Keras 1 on, to that of Keras 3."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

import keras

from simpsons_export.keras_files import names
from simpsons_export.keras_files.activations import find_activation, translate_activation
from simpsons_export.keras_files.classes import (
    OPERATIONS,
    accepted_arguments,
    default_arguments,
    find_operation,
    is_layer,
)
from simpsons_export.keras_files.legacy_graph import plain_name, translate_graph
from simpsons_export.keras_files.tensorflow_ops import OP_CLASSES, UnknownFunctionError, translate_op
from simpsons_export.keras_files.unsafe_code import Code, find_code
from simpsons_export.other_formats import EXPORT, EXPORT_ALONE

_NETWORKS = ("Sequential", "Functional", "Model")
_ENDS = ("input_layers", "output_layers")
_LAYER_KEYS = ("layer", "forward_layer", "backward_layer", "cell")
"""Arguments of wrappers, such as `TimeDistributed`, that are layers."""
_ADDONS = "Addons>"
"""The package of TensorFlow Addons, whose layers Keras 3 took over."""
_PLAIN_KEYS = frozenset({"name", "trainable", "dtype", "batch_input_shape", "input_shape"})
"""Arguments that every layer has."""
_FUNCTION: dict[str, Any] = {"module": "builtins", "class_name": "function"}
_IDENTITY: dict[str, Any] = {"module": "keras.layers", "class_name": "Identity", "registered_name": None}
_ALONE = re.compile(r"(1|2\.[0-3])\.[^-]*")
"""Versions of Keras apart from TensorFlow; those of tf.keras end in `-tf`."""


class UnsupportedLayerError(ValueError):
    """A layer that cannot be rebuilt; the message says which, and what to do."""


def export_remedy(keras_version: str) -> str:
    """The way out for whatever has code of its own, since a SavedModel contains the computation itself.

    Args:
        keras_version: Version of Keras that wrote the file; empty if unknown.
    """
    command = EXPORT_ALONE if _ALONE.fullmatch(keras_version) else EXPORT
    return f"in the program that defines it, run {command}, and export FOLDER"


class Translator:
    """Translates the configuration of one network.

    Only what a network needs for inference is kept: initialisers, regularisers, constraints, losses, metrics
    and optimisers are left out, and computations are in float32.

    Args:
        keras_version: Version of Keras that wrote the configuration; empty if unknown.
        unsafe: Keep the code of Lambda layers.

    Attributes:
        codes: Code of Lambda layers by name of the function that the translated configuration calls.

    Example:
        >>> config = {"class_name": "Sequential", "config": [
        ...     {"class_name": "Dense", "config": {"output_dim": 2, "batch_input_shape": [None, 3]}}]}
        >>> translated = Translator("1.2.2").network(config)
        >>> keras.saving.deserialize_keras_object(translated).output_shape
        (None, 2)
    """

    def __init__(self, keras_version: str = "", *, unsafe: bool = False) -> None:
        self.codes: dict[str, Code] = {}
        self._remedy = export_remedy(keras_version)
        self._legacy = not keras_version.startswith("3")
        self._unsafe = unsafe
        self._notes: Counter[str] = Counter()

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed that may matter, one clause each."""
        return tuple(
            note if count == 1 else f"{note} ({count} layers)" for note, count in self._notes.items()
        )

    def network(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Translate the configuration of a network: `{"class_name": "Sequential", "config": ...}`.

        Raises:
            UnsupportedLayerError: A layer has code of its own, or a function that Keras 3 does not have.
        """
        entry = _plain(entry)
        class_name, config = entry.get("class_name", "Model"), entry.get("config", {})
        if isinstance(config, list):
            config = {"name": "sequential", "layers": config}
        if "layers" not in config:
            raise UnsupportedLayerError(
                f"its network is of the class {class_name}, whose code is not in the file; {self._remedy}"
            )
        if class_name == "Sequential" or "input_layers" not in config:
            return self._sequential(entry, config)
        config = translate_graph(config)
        layer_names = {layer["name"] for layer in config["layers"]}
        layers = [self._connected(layer, layer_names) for layer in config["layers"]]
        kept = {key: config[key] for key in ("name", "trainable", *_ENDS) if key in config}
        return _network_entry("Model", {**kept, "layers": layers})

    def _sequential(self, entry: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
        layers = [self._layer(layer) for layer in config["layers"]]
        first = config["layers"][0] if config["layers"] else {"class_name": "", "config": {}}
        shape = first["config"].get("batch_input_shape") if isinstance(first["config"], dict) else None
        if shape is not None and first["class_name"] != "InputLayer":
            layers.insert(0, {**_keras_entry("InputLayer"), "config": {"batch_shape": shape}})
        kept: dict[str, Any] = {
            key: config[key] for key in ("name", "trainable", "build_input_shape") if key in config
        }
        built = {"build_config": entry["build_config"]} if "build_config" in entry else {}
        return {**_network_entry("Sequential", {"name": "sequential", **kept, "layers": layers}), **built}

    def _layer(self, entry: dict[str, Any]) -> dict[str, Any]:
        class_name, config = entry["class_name"], entry["config"]
        if class_name in _NETWORKS or (isinstance(config, dict) and "layers" in config):
            return self.network(entry)
        if keras.saving.get_registered_object(entry.get("registered_name") or class_name) is not None:
            return entry
        if str(entry.get("module")).startswith(OPERATIONS):
            return entry
        name = config.get("name") or entry.get("name") or class_name
        if _is_foreign(entry):
            return self._unknown(entry["registered_name"], config, name)
        class_name = class_name.removeprefix(_ADDONS)
        try:
            class_name, config = names.translate_keras_1(class_name, config)
        except ValueError as error:
            raise UnsupportedLayerError(
                f"layer {name!r} {error}, which later versions do not have"
            ) from error
        if class_name in names.CODE:
            return {**_keras_entry(class_name), "config": self._code(class_name, config, name)}
        if not is_layer(class_name):
            return self._unknown(class_name, config, name)
        arguments = self._arguments(getattr(keras.layers, class_name), config, name)
        return {**_keras_entry(class_name), "config": arguments}

    def _arguments(self, layer_class: Any, config: dict[str, Any], name: str) -> dict[str, Any]:
        accepted = accepted_arguments(layer_class)
        result = default_arguments(layer_class)
        for key, value in config.items():
            if names.TRAINING_ONLY.search(key):
                continue
            known = key if key in accepted else names.ARGUMENTS.get(key, key)
            if key == "dtype":
                value = _dtype(value, name)
            elif key == "axis" and isinstance(value, list) and len(value) == 1:
                value = value[0]
            elif key in ("activation", "recurrent_activation"):
                value = self._activation(value, name)
            elif key in _LAYER_KEYS and isinstance(value, dict):
                value = self._layer(value)
            elif key == "name" and value is not None:
                value = plain_name(value)
            elif isinstance(value, str):
                value = names.VALUES.get(value, value)
            if known in accepted:
                result[known] = value
            elif not names.IGNORED.fullmatch(key) and value not in names.NEUTRAL:
                self._notes[f"{layer_class.__name__} in Keras 3 has no {key}={value}, which is ignored"] += 1
        return result

    def _activation(self, value: Any, name: str) -> Any:
        if (
            isinstance(value, dict)
            and isinstance(value.get("config"), dict)
            and is_layer(value["class_name"])
        ):
            return keras.saving.deserialize_keras_object(self._layer(value))
        try:
            return translate_activation(value, legacy=self._legacy)
        except ValueError as error:
            raise UnsupportedLayerError(
                f"layer {name!r} has the activation {error}, whose code is not in the file; {self._remedy}"
            ) from error

    def _unknown(self, class_name: str, config: dict[str, Any], name: str) -> dict[str, Any]:
        kept = {"name": config.get("name", name)}
        plain = class_name.split(">")[-1]
        if plain in names.MODULES:
            return {**_keras_entry(plain), "module": names.MODULES[plain], "config": config}
        if plain == "ThresholdedReLU":
            return {**_keras_entry("ReLU"), "config": {**kept, "threshold": config.get("theta", 1.0)}}
        if names.INACTIVE.search(plain):
            self._notes[f"{plain} is left out, since it does nothing outside training"] += 1
            return {**_IDENTITY, "config": kept}
        activation = None if config.keys() - _PLAIN_KEYS else find_activation(plain)
        if activation is not None:
            self._notes[f"the unknown layer {plain} is taken for the activation {activation}"] += 1
            return {
                **_keras_entry("Activation"),
                "config": {**kept, "activation": self._activation(activation, name)},
            }
        raise UnsupportedLayerError(
            f"layer {name!r} is of the class {class_name}, which Keras does not have and whose code is not "
            f"in the file; {self._remedy}"
        )

    def _connected(self, entry: dict[str, Any], layer_names: Collection[str]) -> dict[str, Any]:
        if entry["class_name"] not in OP_CLASSES:
            connection = {key: entry.get(key, []) for key in ("name", "inbound_nodes")}
            return {**(find_operation(entry) or self._layer(entry)), **connection}
        name = entry["name"]
        try:
            return translate_op(entry, layer_names)
        except UnknownFunctionError as error:
            raise UnsupportedLayerError(
                f"layer {name!r} calls {error}, which is not run from a file; {self._remedy}"
            ) from error

    def _code(self, class_name: str, config: dict[str, Any], name: str) -> dict[str, Any]:
        code = find_code(config.get("function")) if class_name == "Lambda" else None
        if code is None:
            return self._named_function(class_name, config, name)
        if not self._unsafe:
            raise UnsupportedLayerError(
                f"layer {name!r} is a Lambda layer, whose Python code is not run; if you trust the file, "
                "give --unsafe; else put a layer in its place (Rescaling, Normalization or Resizing, by "
                f"what it does), or {self._remedy}"
            )
        function = f"{name}_code"
        self.codes[function] = code
        return {
            "name": name,
            "function": {"class_name": "function", "config": function, "registered_name": function},
            "arguments": config.get("arguments") or {},
        }

    def _named_function(self, class_name: str, config: dict[str, Any], name: str) -> dict[str, Any]:
        function = config.get("function")
        if isinstance(function, dict):
            function = function.get("config")
        if class_name == "Lambda" and isinstance(function, str) and (known := find_activation(function)):
            return {"name": name, "function": {**_FUNCTION, "config": known, "registered_name": known}}
        raise UnsupportedLayerError(
            f"layer {name!r} is a {class_name} layer, and the code of its function {function!r} is not in "
            f"the file; {self._remedy}"
        )


def _is_foreign(entry: dict[str, Any]) -> bool:
    """Whether a class is not of Keras, although it may have the name of one that is."""
    registered = entry.get("registered_name")
    if not registered or registered.startswith(_ADDONS):
        return False
    return str(entry.get("module")).partition(".")[0] not in ("keras", "tf_keras", "tensorflow")


def _network_entry(class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"module": "keras", "class_name": class_name, "registered_name": None, "config": config}


def _keras_entry(class_name: str) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": class_name, "registered_name": None}


def _plain(value: Any) -> Any:
    """Replace the tuples and shapes of the JSON of tf.keras by lists."""
    if isinstance(value, dict):
        if value.get("class_name") in ("__tuple__", "TensorShape") and "items" in value:
            return _plain(value["items"])
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _dtype(value: Any, name: str) -> Any:
    """Compute in float32, as onnxruntime does not support other floats on every processor."""
    if isinstance(value, dict):
        if "Quantized" in str(value.get("class_name")):
            raise UnsupportedLayerError(
                f"layer {name!r} is quantised; export the network from before its quantisation (--int8 "
                "quantises it)"
            )
        return "float32"
    return "float32" if "float" in str(value) or value is None else value
