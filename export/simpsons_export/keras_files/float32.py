"""Convert mixed-precision networks to float32 before the export."""

from __future__ import annotations

from typing import Any


def to_float32(model: Any) -> Any:
    """Return a `keras.Model` with the same weights and all layers computing in float32.

    A network trained under `mixed_bfloat16` or `mixed_float16` has float32 weights; only its computations are
    rounded, and onnxruntime's CPU provider does not support those types.
    """
    layers = model._flatten_layers(include_self=False)
    if all(layer.compute_dtype in (None, "float32") for layer in layers if layer.weights):
        return model
    converted = type(model).from_config(_replace_policies(model.get_config()))
    converted.set_weights(model.get_weights())
    return converted


def _replace_policies(config: Any) -> Any:
    if isinstance(config, dict):
        if config.get("class_name") in ("DTypePolicy", "FloatDTypePolicy"):
            return "float32"
        return {key: _replace_policies(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_replace_policies(value) for value in config)
    return "float32" if config in ("mixed_bfloat16", "mixed_float16") else config
