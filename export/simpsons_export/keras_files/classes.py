"""The layers and operations that this version of Keras has, and their arguments."""

from __future__ import annotations

import importlib
import inspect
from functools import cache
from typing import Any

import keras

OPERATIONS = "keras.src.ops."
"""Where Keras 3 has the functions that a functional network can call, such as `x / 127.5`."""


def is_layer(class_name: str) -> bool:
    """Whether a name is that of a class in `keras.layers`."""
    return inspect.isclass(getattr(keras.layers, class_name, None))


def find_operation(entry: dict[str, Any]) -> dict[str, Any] | None:
    """An operation in an HDF5 file of Keras 3, which does not say where its class is; None for a layer.

    Layers and operations have the same names, but every layer is trainable or not.
    """
    if "module" in entry or "trainable" in entry["config"] or entry["class_name"] == "InputLayer":
        return None
    if not any(isinstance(call, dict) for call in entry.get("inbound_nodes", [])):
        return None
    for part in ("numpy", "nn", "core", "image", "math", "linalg"):
        module = importlib.import_module(OPERATIONS + part)
        if inspect.isclass(getattr(module, entry["class_name"], None)):
            return {**entry, "module": module.__name__, "registered_name": entry["class_name"]}
    return None


def default_arguments(layer_class: Any) -> dict[str, Any]:
    """Arguments that an old file may lack, such as the offset of a Rescaling."""
    parameters = inspect.signature(layer_class.__init__).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not each.empty}


@cache
def accepted_arguments(layer_class: Any) -> frozenset[str]:
    """Names of all arguments of a layer, with those of its base classes."""
    accepted: set[str] = set()
    for base in layer_class.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(base.__init__).parameters.values()
        accepted |= {parameter.name for parameter in parameters if parameter.kind != parameter.VAR_KEYWORD}
        if not any(parameter.kind == parameter.VAR_KEYWORD for parameter in parameters):
            break
    return frozenset(accepted - {"self"})
