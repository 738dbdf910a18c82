"""A classifier in an .onnx file made by another program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import numpy_helper

from simpsons_export.onnx_files.network import OnnxNetwork, described
from simpsons_play.core.errors import ExportError

Floats = npt.NDArray[np.float32]

_MOVE_PIXELS = ("Cast", "Gather", "Identity", "Reshape", "Transpose", "Unsqueeze")

_RESULTS = ("probabilities", "probs", "predictions", "softmax", "logits", "output", "scores")
"""What people call the result of a classifier, as against that of an auxiliary head."""

_BYTE_FACTOR = 0.1
"""A network that multiplies pixels by less expects 0-255; the factors for 0-1 are 2 or 1 / 0.2."""


class OnnxSource:
    """A classifier in onnxruntime: a `Source`.

    Args:
        network: The network.
        labels: Number of labels, if it is known.
        output: Name of its output; None takes the most likely.

    Attributes:
        fitting: Names of the outputs with a value for each label, the most likely first.
        assumed: Why one of several outputs was taken, one clause; None if there is one.

    Raises:
        ExportError: None of its outputs is (N, K).
    """

    framework = "onnxruntime"

    def __init__(self, network: OnnxNetwork, *, labels: int | None = None, output: str | None = None) -> None:
        self._network, self.name, self.shape = network, network.path.stem, network.shape
        widths = {name: width_of(result) for name, result in network.results.items()}
        # A single probability or logit tells two labels apart.
        wanted = None if labels is None else {labels, 1} if labels == 2 else {labels}
        fitting = [name for name, k in widths.items() if k and (wanted is None or k in wanted)]
        if not fitting or (wanted is None and len({widths[name] for name in fitting}) > 1):
            outputs = ", ".join(f"{n} {_dims(r)}" for n, r in network.results.items())
            outputs = outputs or described(network.model.graph.output)
            expected = f"(N, {labels})" if labels else "(N, K)"
            remedy = "give its labels with --labels" if fitting else _remedy(network, widths)
            raise ExportError(f"{network.path} returns {outputs}, of which one must be {expected}; {remedy}")
        self.fitting = tuple(sorted(fitting, key=_rank))
        self._output = output or self.fitting[0]
        self.outputs = widths[self._output] or 1
        others = ", ".join(name for name in self.fitting if name != self._output)
        self.assumed = f"its result is the output {self._output!r} and not {others}" if others else None

    @property
    def scaling_layer(self) -> str | None:
        """Name of the first operation that scales pixel values from 0-255, if there is one."""
        graph = self._network.model.graph
        constants = {tensor.name: tensor for tensor in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant" and node.attribute[0].name == "value":
                constants[node.output[0]] = node.attribute[0].t
        name = next(value.name for value in graph.input if value.name not in constants)
        while len(readers := [node for node in graph.node if name in node.input]) == 1:
            (reader,) = readers
            factor = _factor(reader, name, constants)
            if factor is not None and factor < _BYTE_FACTOR:
                return str(reader.name or reader.op_type)
            if factor is None and reader.op_type not in _MOVE_PIXELS:
                return None
            name = reader.output[0]
        return None

    def run(self, inputs: Floats) -> Floats:
        """Run the file as it is: (N, *shape.tensor) float32 -> (N, K) float32."""
        (results,) = self._network.run(inputs, [self._output])
        return results.astype(np.float32).reshape(len(inputs), self.outputs)

    def to_onnx(self) -> Any:
        """The graph for any number of pictures; see `Source.to_onnx`."""
        return self._network.plain(self._output)


def _rank(name: str) -> int:
    """Place of an output among those for the same labels: by what it is called, auxiliary heads last."""
    name = name.lower()
    if "aux" in name:
        return len(_RESULTS) + 1
    return _RESULTS.index(name) if name in _RESULTS else len(_RESULTS)


def width_of(result: npt.NDArray[Any]) -> int | None:
    """K of a result (1, K), (1, K, 1, 1) or the like; None for other shapes."""
    sizes = [size for size in result.shape[1:] if size != 1]
    if result.ndim < 2 or len(sizes) > 1:
        return None
    return sizes[0] if sizes else 1


def _remedy(network: OnnxNetwork, widths: dict[str, int | None]) -> str:
    """What to do about a network without the expected output."""
    if any(widths.values()):
        return "give one label for each output"
    if not widths:
        return "export its logits or probabilities, not the best label"
    if network.returns_boxes_apart:
        return "it is a detector of another kind than YOLO, which cannot be played"
    if any(result.ndim == 1 for result in network.results.values()):
        return "export it with results of two dimensions, the first for the pictures"
    return "it is neither a classifier nor a YOLO detector"


def _dims(result: npt.NDArray[Any]) -> str:
    return f"({', '.join(['N', *map(str, result.shape[1:])])})"


def _factor(node: Any, name: str, constants: dict[str, Any]) -> float | None:
    """By what an operation with a constant multiplies its other input; None for other operations."""
    others: Sequence[str] = [other for other in node.input if other != name]
    if node.op_type not in ("Mul", "Div", "Add", "Sub") or len(others) != 1 or others[0] not in constants:
        return None
    if node.op_type in ("Add", "Sub"):
        return 1.0
    value = float(np.abs(numpy_helper.to_array(constants[others[0]])).max(initial=0))
    if node.op_type == "Div":
        return 1 / value if value and node.input[0] == name else None
    return value
