"""A trained classifier in the framework that it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import keras
import numpy as np
import numpy.typing as npt
import onnx
import tensorflow as tf
import tf2onnx

from simpsons_export.backend import first_line
from simpsons_export.chain import Chain
from simpsons_export.conventions.input_shape import InputShape
from simpsons_play.core.errors import ExportError

Floats = npt.NDArray[np.float32]

OPSET = 17
"""Supported by onnxruntime 1.12 and later."""

VALUES, RESULTS = "values", "results"
"""Names of the input and the output of a network that is not wrapped yet."""

_BATCH_SIZE = 32

_SCALING_LAYERS = ("Rescaling", "Normalization")


class Source(Protocol):
    """A classifier that its own framework can run and that can become a plain ONNX graph."""

    @property
    def name(self) -> str:
        """Name of the network."""
        ...

    @property
    def framework(self) -> str:
        """What runs it, such as `Keras`."""
        ...

    @property
    def shape(self) -> InputShape:
        """Its input."""
        ...

    @property
    def outputs(self) -> int:
        """Number of its outputs."""
        ...

    @property
    def scaling_layer(self) -> str | None:
        """Name of the first layer that scales pixel values from 0-255, if there is one."""
        ...

    def run(self, inputs: Floats) -> Floats:
        """Run it in its own framework: (N, *shape.tensor) float32 -> (N, K) float32, as it returns them."""
        ...

    def to_onnx(self) -> Any:
        """An `onnx.ModelProto` that does the same: one input (N, *shape.tensor), one output, both float32.

        Raises:
            ExportError: It uses operations that ONNX does not support.
        """
        ...


class KerasSource:
    """A `keras.Model` that takes pictures and returns (N, K): a `Source`.

    Args:
        model: The network. Of several outputs, that with K labels is taken.
        size_px: Size of its pictures, where it takes any.
        labels: Number of labels (K), if it is known.

    Raises:
        ExportError: It does not take pictures, or returns no (N, K); the message has no file name.
    """

    framework = "Keras"

    def __init__(self, model: Any, *, size_px: int | None = None, labels: int | None = None) -> None:
        self.name = str(model.name)
        inputs, outputs = _tensors(model, "inputs"), _tensors(model, "outputs")
        if len(inputs) != 1:
            raise ExportError(
                f"takes {_shapes(inputs)}; only networks with one picture as input can be exported: make "
                "one with keras.Model(picture, output) and save it"
            )
        fitting = [i for i, output in enumerate(outputs) if labels and output.shape[-1] == labels]
        chosen = len(outputs) > 1 and len(fitting) == 1
        if chosen:
            outputs = [outputs[fitting[0]]]
        if chosen or (len(outputs) == 1 and isinstance(getattr(model, "output", None), dict)):
            model = keras.Model(model.inputs, outputs[0], name=self.name)
        self.model = model
        try:
            self.shape = InputShape.of(inputs[0].shape, size_px=size_px)
        except ValueError as error:
            raise ExportError(f"takes {_shapes(inputs)}: {error}") from error
        sizes = [size for size in outputs[0].shape[1:] if size != 1] if len(outputs) == 1 else []
        if len(outputs) != 1 or len(sizes) > 1 or None in sizes or len(outputs[0].shape) < 2:
            differ = len({output.shape[-1] for output in outputs}) == len(outputs)
            labelled = "give --labels for one of them, or " if differ else ""
            remedy = f": {labelled}save keras.Model(model.input, model.outputs[0])"
            raise ExportError(
                f"returns {_shapes(outputs)}; only networks that return (N, K) can be exported"
                + (remedy if len(outputs) > 1 else "")
            )
        self.outputs = int(sizes[0]) if sizes else 1

    @property
    def scaling_layer(self) -> str | None:
        """Name of the first layer that scales pixel values from 0-255, if there is one."""
        first = True
        for layer in self.model._flatten_layers(include_self=False):
            if type(layer).__name__ in _SCALING_LAYERS or (first and getattr(layer, "scales", False)):
                return str(layer.name)
            first = first and not layer.weights
        return None

    def run(self, inputs: Floats) -> Floats:
        """Run it on the CPU: (N, *shape.tensor) float32 -> (N, K) float32."""
        with keras.device("cpu:0"):
            outputs = self.model.predict(inputs, batch_size=_BATCH_SIZE, verbose=0)
        return np.asarray(outputs, np.float32).reshape(len(inputs), self.outputs)

    def to_onnx(self) -> Any:
        """Convert it with tf2onnx; see `Source.to_onnx`."""
        with _constant_tensors(self.model), _inlined_functions():
            return function_to_onnx(
                lambda values: {RESULTS: self.model(values, training=False)},
                tf.TensorSpec((None, *self.shape.tensor), tf.float32, name=VALUES),
                name=self.name,
            )


def function_to_onnx(function: Callable[[Any], dict[str, Any]], signature: Any, *, name: str) -> Any:
    """Convert a function of a tensor to an `onnx.ModelProto`.

    Args:
        function: Tensor -> outputs by name.
        signature: A `tf.TensorSpec`.
        name: Name of the network, for errors.

    Raises:
        ExportError: The function uses operations that ONNX or tf2onnx does not support.
    """
    try:
        with tf.device("/CPU:0"):
            model, _ = tf2onnx.convert.from_function(
                tf.function(function), input_signature=[signature], opset=OPSET
            )
    except Exception as error:  # tf2onnx raises various exceptions
        raise ExportError(f"{name} cannot be converted to ONNX: {first_line(error)}") from error
    if len(model.graph.input) != 1:
        extra = ", ".join(value.name for value in model.graph.input[1:])
        raise ExportError(f"{name} cannot be converted to ONNX: {extra} would become inputs")
    _replace_missing(model.graph, name=name)
    return model


@contextmanager
def _inlined_functions() -> Iterator[None]:
    """Make compiled functions inside the network, such as the convolutions with groups of Keras, part of it.

    tf2onnx cannot convert calls of functions that are compiled with XLA.
    """
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


@contextmanager
def _constant_tensors(model: Any) -> Iterator[None]:
    """Replace tensors in layers, such as the mean of a Normalization, by arrays inside this block.

    tf2onnx takes tensors from outside of a function, unlike variables, for inputs of the network.
    """
    found = [
        (layer, name, value)
        for layer in model._flatten_layers(include_self=False)
        for name, value in vars(layer).items()
        if isinstance(value, tf.Tensor)
    ]
    try:
        for layer, name, value in found:
            setattr(layer, name, np.asarray(value))
        yield
    finally:
        for layer, name, value in found:
            setattr(layer, name, value)


def _replace_missing(graph: Any, *, name: str) -> None:
    """Write operations that tf2onnx leaves in the graph, as ONNX does not have them, as others.

    Raises:
        ExportError: There is no other way to write one; the message says which, and what to do.
    """
    nodes = []
    for node in graph.node:
        if node.op_type in _REPLACEMENTS:
            chain = Chain(node.input[0], prefix=node.name)
            _REPLACEMENTS[node.op_type](chain, node)
            chain.end(node.output[0])
            nodes += chain.nodes
            graph.initializer.extend(chain.constants)
        elif onnx.defs.has(node.op_type, node.domain):
            nodes.append(node)
        else:
            raise ExportError(
                f"{name} cannot be converted to ONNX, which lacks TensorFlow's operation {node.op_type}; "
                "build it without the layer that needs it, and save it again"
            )
    del graph.node[:]
    graph.node.extend(nodes)


def _replace_erfc(chain: Chain, node: Any) -> None:
    """Of gelu: 1 - erf(x)."""
    chain.add("Erf")
    chain.join("Sub", chain.constant(np.float32(1)), chain.last)


def _replace_bucketize(chain: Chain, node: Any) -> None:
    """Of Discretization: the number of boundaries that a value has reached."""
    values = node.input[0]
    boundaries = next(one.floats for one in node.attribute if one.name == "boundaries")
    counts = []
    for boundary in boundaries:
        chain.join("GreaterOrEqual", values, chain.constant(np.float32(boundary)))
        counts.append(chain.add("Cast", to=onnx.TensorProto.FLOAT))
    chain.join("Sum", *counts)
    chain.add("Cast", to=onnx.TensorProto.INT32)


_REPLACEMENTS: dict[str, Callable[[Chain, Any], None]] = {
    "Erfc": _replace_erfc,
    "Bucketize": _replace_bucketize,
}


def _tensors(model: Any, name: str) -> list[Any]:
    try:
        return list(getattr(model, name) or [])
    except (AttributeError, ValueError):  # a subclass of Model, or a Sequential that is not built
        return []


def _shapes(tensors: list[Any]) -> str:
    return ", ".join(str(tuple(tensor.shape)) for tensor in tensors) or "unknown shapes"
