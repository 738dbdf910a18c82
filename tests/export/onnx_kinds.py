"""Networks as other programs write them to ONNX; see `kinds`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from keras import layers
from tests.export.kinds import SIZE_PX, Inputs, Kind, Made, Prepare, conv_features, fitted, judged, rgb, torch

from simpsons_export.source import KerasSource


def onnx_kind(
    made_by: str,
    format: str,
    input: str,
    prepare: Prepare,
    *,
    head: str,
    tail: Callable[[Any], Any],
    planes: bool = False,
    batch: int | None = None,
) -> Kind:
    """A network that is computed in Keras 3 and written as an .onnx file.

    Args:
        made_by: What writes such files.
        format: Its file.
        input: Its input convention.
        prepare: What its author does to a picture, (H, W, C).
        head: Its last layer.
        tail: What follows the logits.
        planes: Whether its input is (N, C, H, W).
        batch: Number of pictures that it takes; None for any.
    """

    def prepared(image: Any) -> Inputs:
        values = np.asarray(prepare(image), np.float32)
        return values.transpose(2, 0, 1) if planes else values

    def make(folder: Path) -> Made:
        keras.utils.set_random_seed(11)
        pictures = keras.Input((3, SIZE_PX, SIZE_PX) if planes else (SIZE_PX, SIZE_PX, 3))
        features = conv_features(layers.Permute((2, 3, 1))(pictures) if planes else pictures)
        model = fitted(pictures, features, prepared, tail=tail)
        graph = KerasSource(model).to_onnx()
        for value in (*graph.graph.input, *graph.graph.output):
            if batch is not None:
                value.type.tensor_type.shape.dim[0].dim_value = batch
        onnx.save(graph, folder / "net.onnx")
        return Made(folder / "net.onnx", judged(model, prepared))

    return Kind(made_by, format, input, head, make)


ONNX_KINDS = (
    onnx_kind(
        "PyTorch",
        ".onnx, (1, C, H, W)",
        "RGB, ImageNet mean and deviation",
        torch,
        head="logits",
        tail=layers.Identity(),
        planes=True,
        batch=1,
    ),
    onnx_kind(
        "PyTorch",
        ".onnx, (N, C, H, W)",
        "RGB, 0 to 1",
        lambda image: rgb(image) / 255,
        head="log-softmax",
        tail=layers.Activation("log_softmax"),
        planes=True,
    ),
    onnx_kind(
        "TensorFlow",
        ".onnx, (N, H, W, C)",
        "BGR, -1 to 1",
        lambda image: image / 127.5 - 1,
        head="softmax",
        tail=layers.Softmax(),
    ),
)
"""ONNX kinds of the table in docs/export.md."""
