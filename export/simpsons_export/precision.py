"""Networks that compute in fewer digits -> the same in float32, as they are exported."""

from __future__ import annotations

from typing import Any


def in_float32(model: Any) -> Any:
    """The same `keras.Model` with the same weights, all layers computing in float32.

    A network trained under `mixed_bfloat16` or `mixed_float16` keeps its weights in float32; only what it
    computes with them is rounded, which onnxruntime's CPU provider could not even do.
    """
    layers = model._flatten_layers(include_self=False)
    if all(layer.compute_dtype in (None, "float32") for layer in layers if layer.weights):
        return model
    again = type(model).from_config(_replace_policies(model.get_config()))
    again.set_weights(model.get_weights())
    return again


def _replace_policies(config: Any) -> Any:
    if isinstance(config, dict):
        if config.get("class_name") in ("DTypePolicy", "FloatDTypePolicy"):
            return "float32"
        return {key: _replace_policies(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_replace_policies(value) for value in config)
    return "float32" if config in ("mixed_bfloat16", "mixed_float16") else config
