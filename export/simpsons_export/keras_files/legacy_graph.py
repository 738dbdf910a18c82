"""Translate the connections of functional networks of Keras 1, Keras 2 and tf.keras to those of Keras 3.

A layer's `inbound_nodes` are its calls. Before Keras 3, a call was a list of references `[layer, call,
output, keyword arguments]`; Keras 3 saves the arguments of the call.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from typing import Any


def translate_graph(config: dict[str, Any]) -> dict[str, Any]:
    """Translate names, inputs, outputs and calls in the configuration of a functional network.

    Calls of TensorFlow functions stay as they are for `tensorflow_ops.translate_op`.
    """
    config = copy.deepcopy(config)
    layers = config["layers"]
    for layer in layers:
        layer["name"] = layer.get("name") or layer["config"].get("name")
    if any(isinstance(call, dict) for layer in layers for call in layer.get("inbound_nodes", [])):
        return config  # of Keras 3
    layer_names = {layer["name"] for layer in layers}
    inputs, outputs = ([*_references(config[key], layer_names)] for key in ("input_layers", "output_layers"))
    calls = [*_references([layer.get("inbound_nodes", []) for layer in layers], layer_names)]
    _renumber(layers, calls, outputs)
    for reference in (*inputs, *outputs, *calls):
        reference[0] = plain_name(reference[0])
    for layer in layers:
        layer["name"] = plain_name(layer["name"])
        nodes = layer.get("inbound_nodes", [])
        layer["inbound_nodes"] = [_translate_call(node, layer_names) for node in nodes]
    for key in ("input_layers", "output_layers"):
        if len(config[key]) == 1:  # Keras 3 makes a list of a list
            config[key] = config[key][0]
    return config


def plain_name(name: str) -> str:
    """The name of a layer without slashes, which Keras 3 does not allow."""
    return name.replace("/", "_")


def _references(value: Any, layer_names: Collection[str]) -> Iterator[list[Any]]:
    if isinstance(value, list):
        if len(value) >= 3 and isinstance(value[0], str) and value[0] in layer_names:
            yield value
        for item in value:
            yield from _references(item, layer_names)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _references(item, layer_names)


def _renumber(layers: list[Any], calls: list[list[Any]], outputs: list[list[Any]]) -> None:
    """Count the calls of networks inside a network from 0, as Keras 3 does.

    Before, their own creation was call 0, unless their input was unknown. As outputs, Keras 3 still counts
    the calls of functional networks in the old way.
    """
    networks = {
        layer["name"]: "input_layers" in layer["config"]
        for layer in layers
        if isinstance(layer["config"], list) or "layers" in layer["config"]
    }
    calls = [reference for reference in (*calls, *outputs) if reference[0] in networks]
    first: dict[str, int] = {}
    for name, call, *_ in calls:
        first[name] = min(call, first.get(name, call))
    for reference in calls:
        reference[1] -= first[reference[0]]
    for reference in outputs:
        reference[1] += networks.get(reference[0], False)


def _translate_call(call: Any, layer_names: Collection[str]) -> Any:
    """Write tensors among the keyword arguments of a call, as in attention, in the way of Keras 3."""
    if not isinstance(call, list) or not call or not isinstance(call[0], list):
        return call
    keywords = call[0][3] if len(call[0]) > 3 else {}
    tensors = {key for key, value in keywords.items() if [*_references(value, layer_names)] == [value]}
    if not tensors:
        return call
    arguments = [_tensor(reference) for reference in call]
    return {
        "args": arguments if len(arguments) == 1 else [arguments],
        "kwargs": {key: _tensor(value) if key in tensors else value for key, value in keywords.items()},
    }


def _tensor(reference: list[Any]) -> dict[str, Any]:
    """A tensor as Keras 3 refers to it; it takes shape and type from the layer."""
    history = {"shape": [None], "dtype": "float32", "keras_history": reference[:3]}
    return {"class_name": "__keras_tensor__", "config": history}
