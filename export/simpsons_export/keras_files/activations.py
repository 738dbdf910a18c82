"""Activation functions of any version of Keras, by the names that files give them."""

from __future__ import annotations

import inspect
from typing import Any

import keras

_OTHER_NAMES = {"softmax_v2": "softmax"}
"""Names of functions of TensorFlow in files of tf.keras 1.14 to 2.1."""
_PACKAGES = ("", "Addons")
"""Packages whose functions are those of Keras, in names such as `Addons>mish`; that of Keras has none."""
_HARD_SIGMOID = "simpsons_export>hard_sigmoid"


@keras.saving.register_keras_serializable("simpsons_export")  # type: ignore[untyped-decorator]
def hard_sigmoid(x: Any) -> Any:
    """The hard sigmoid of Keras 1 and 2, whose slope is 0.2; that of Keras 3 is 1/6."""
    return keras.ops.clip(0.2 * x + 0.5, 0.0, 1.0)


def translate_activation(value: Any, *, legacy: bool) -> Any:
    """Bring the argument `activation` of a layer to what Keras 3 accepts.

    Args:
        value: Name or serialised function.
        legacy: Whether a version before Keras 3 wrote it.

    Raises:
        ValueError: Keras has no such function; the message is its name.
    """
    if value is None:
        return None
    name = value
    if isinstance(value, dict):
        name = value["config"] if isinstance(value.get("config"), str) else value.get("class_name")
    package, _, _ = str(name).rpartition(">")
    known = find_activation(str(name)) if package in _PACKAGES else None  # others have functions of their own
    if known is None:
        raise ValueError(repr(name))
    if known == "hard_sigmoid" and legacy:
        return {"class_name": "function", "config": _HARD_SIGMOID, "registered_name": _HARD_SIGMOID}
    return known


def find_activation(name: str) -> str | None:
    """Name of a function in `keras.activations`, whatever its case, underscores and package.

    Example:
        >>> find_activation("Addons>HardSwish")
        'hard_swish'
    """
    known = {
        _normalized(key): key
        for key, value in vars(keras.activations).items()
        if inspect.isfunction(value) and key not in ("deserialize", "get", "serialize")
    }
    name = name.split(">")[-1]
    return known.get(_normalized(_OTHER_NAMES.get(name, name)))


def _normalized(name: str) -> str:
    return name.replace("_", "").lower()
