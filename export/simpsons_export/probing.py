"""Inspect the input, output and scaling of a Keras network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from simpsons_play.core.errors import ExportError

_SCALING_LAYERS = ("Rescaling", "Normalization")


def shapes(path: Path, model: Any, size_px: int | None) -> tuple[int, int]:
    """Input size in pixels (S) and number of outputs (K) of a network.

    Args:
        path: File of the network, for error messages.
        model: A `keras.Model`.
        size_px: Known input size; required if the network accepts any.

    Raises:
        ExportError: The input is not (N, S, S, 3), the output is not (N, K), or S is not `size_px`.
    """
    inputs, outputs = _tensors(model, "inputs"), _tensors(model, "outputs")
    if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].shape[3] != 3:
        shapes = ", ".join(str(tuple(tensor.shape)) for tensor in inputs) or "unknown shapes"
        raise ExportError(
            f"{path} takes {shapes}; only networks that take (N, S, S, 3) pictures can be exported"
        )
    if len(outputs) != 1 or len(outputs[0].shape) != 2 or outputs[0].shape[1] is None:
        shapes = ", ".join(str(tuple(tensor.shape)) for tensor in outputs) or "unknown shapes"
        raise ExportError(
            f"{path} returns {shapes}; only networks that return (N, K) probabilities can be exported"
        )
    height, width = inputs[0].shape[1:3]
    if height is None and width is None:
        if size_px is None:
            raise ExportError(f"{path} takes pictures of any size; give its training size with --size-px")
        height = width = size_px
    if height != width or (size_px is not None and size_px != height):
        raise ExportError(
            f"{path} takes pictures of {width}x{height} px, not {size_px or width}x{size_px or width}"
        )
    return height, outputs[0].shape[1]


def scaling_layer(model: Any) -> str | None:
    """Name of the first layer that scales pixel values from 0-255, if there is one."""
    for layer in model._flatten_layers(include_self=False):
        if type(layer).__name__ in _SCALING_LAYERS:
            return str(layer.name)
    return None


def gives_logits(path: Path, model: Any, size_px: int, scale: float) -> bool:
    """Whether a network lacks a softmax, judging by its outputs for random noise.

    Args:
        path: File of the network, for error messages.
        model: A `keras.Model` that takes (N, size_px, size_px, 3).
        size_px: Input size in pixels.
        scale: Factor for pixel values 0-255 before the network.

    Raises:
        ExportError: The outputs are neither probabilities nor logits.
    """
    noise = np.random.default_rng(0).integers(0, 256, (4, size_px, size_px, 3)).astype(np.float32)
    outputs = model.predict(noise * np.float32(scale), verbose=0)
    if not np.isfinite(outputs).all():
        raise ExportError(f"{path} returns values that are not finite; its weights are broken")
    if outputs.min() >= 0 and np.allclose(outputs.sum(axis=1), 1, atol=1e-3):
        return False
    activation = getattr(model.layers[-1], "activation", None)
    if activation is None or activation.__name__ == "linear":
        return True
    raise ExportError(
        f"{path} ends in {activation.__name__}; its outputs are not probabilities that sum to 1"
    )


def _tensors(model: Any, name: str) -> list[Any]:
    try:
        return list(getattr(model, name) or [])
    except (AttributeError, ValueError):  # a subclass of Model, or a Sequential that is not built
        return []
