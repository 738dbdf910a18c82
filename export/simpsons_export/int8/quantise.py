"""Static quantisation of an exported network: activations and weights of convolutions in eight bits."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from simpsons_export.folding import drop_unused_initializers
from simpsons_play.core.errors import ExportError
from simpsons_play.core.frames import Image
from simpsons_play.inference.providers import import_onnxruntime

_OPERATIONS = ["Conv", "Add", "Clip", "Relu", "Resize"]
_CENTRE = 127
"""The value of a pixel that EfficientNet takes for zero; see `efficientnet.scale_for_imagenet`."""


def quantise(model: Any, pictures: Iterable[Image]) -> Any:
    """Quantise a network: activations per tensor, weights per channel.

    Activations and the weights of depthwise convolutions have eight bits, other weights seven: CPUs with AVX2
    but without VNNI add two products in sixteen bits, which overflows with weights of eight bits (`heads`
    lost 0.020 of its mAP@0.5 there). Depthwise convolutions are computed differently. See
    https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html.

    The range of an activation is that over the pictures. The last convolutions and what follows them stay in
    floats, because eight bits would move the sides of boxes by several per cent. The graph has pairs of
    QuantizeLinear and DequantizeLinear, which onnxruntime fuses.

    Args:
        model: An `onnx.ModelProto` from `convert.to_onnx`.
        pictures: (H, W, 3) uint8 BGR each, of the size of the network's input.

    Returns:
        An `onnx.ModelProto` with the same input, outputs and metadata.

    Raises:
        ExportError: Nothing in it can be quantised, as in a network that runs one picture after the other.
    """
    import_onnxruntime()
    quantization = importlib.import_module("onnxruntime.quantization")
    shape_inference = importlib.import_module("onnxruntime.quantization.shape_inference")
    with tempfile.TemporaryDirectory() as folder:
        files = ("fp32.onnx", "fused.onnx", "int8.onnx")
        source, prepared, target = (str(Path(folder) / name) for name in files)
        onnx.save(model, source)
        shape_inference.quant_pre_process(source, prepared, skip_symbolic_shape=True)
        fused = onnx.load(prepared)
        for node in fused.graph.node:
            node.name = node.name or node.output[0]
        onnx.save(fused, prepared)
        centring = _centring(fused.graph)
        quantization.quantize_static(
            prepared,
            target,
            _Reader(model.graph.input[0].name, iter(pictures)),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=_OPERATIONS,
            nodes_to_exclude=[*_entry_nodes(fused.graph), *_float_nodes(fused.graph)],
            per_channel=True,
            reduce_range=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            extra_options={"TensorQuantOverrides": _overrides(fused.graph, centring)},
        )
        quantised = onnx.load(target)
    if not any(node.op_type == "QuantizeLinear" for node in quantised.graph.node):
        raise ExportError("the network has no operation that can be quantised; leave out --int8")
    if centring:
        _take_bytes(quantised.graph, centring.output[0])
    for field in ("producer_name", "producer_version", "doc_string"):
        setattr(quantised, field, getattr(model, field))
    quantised.graph.name = model.graph.name
    del quantised.metadata_props[:]  # onnxruntime adds its own
    quantised.metadata_props.extend(model.metadata_props)
    onnx.checker.check_model(quantised, full_check=True)
    return quantised


class _Reader:
    """A `CalibrationDataReader` of onnxruntime."""

    def __init__(self, name: str, pictures: Iterator[Image]) -> None:
        self._name, self._pictures = name, pictures

    def get_next(self) -> dict[str, Image] | None:
        picture = next(self._pictures, None)
        return None if picture is None else {self._name: picture[None]}


def _centring(graph: Any) -> Any:
    """The node before the first convolution that subtracts 127 from the bytes; None without one."""
    if [node.op_type for node in graph.node[:4]] != ["Transpose", "Cast", "Add", "Conv"]:
        return None
    add = graph.node[2]
    constants = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    offsets = [constants[name] for name in add.input if name in constants]
    return add if offsets and (offsets[0] == -_CENTRE).all() else None


def _overrides(graph: Any, centring: Any) -> dict[str, list[dict[str, Any]]]:
    """Eight bits for depthwise weights, and a scale that keeps the picture's bytes as they are."""
    overrides: dict[str, list[dict[str, Any]]] = {
        node.input[1]: [{"axis": 0, "reduce_range": False}]
        for node in graph.node
        if node.op_type == "Conv" and any(a.name == "group" and a.i > 1 for a in node.attribute)
    }
    if centring:
        overrides[centring.output[0]] = [
            {"scale": np.array(1, np.float32), "zero_point": np.array(_CENTRE, np.uint8)}
        ]
    return overrides


def _take_bytes(graph: Any, centred: str) -> None:
    """Feed the first convolution with the bytes of the picture, which Cast, Add and QuantizeLinear return."""
    made_by = {node.output[0]: node for node in graph.node}
    add = made_by[centred]
    cast = next(made_by[name] for name in add.input if name in made_by)
    (quantize,) = (node for node in graph.node if centred in node.input)
    for node in graph.node:
        if quantize.output[0] in node.input:
            node.input[0] = cast.input[0]
    for node in (cast, add, quantize):
        graph.node.remove(node)
    drop_unused_initializers(graph)


def _entry_nodes(graph: Any) -> list[str]:
    """Names of the nodes before the first convolution, which prepare pictures with values beyond bytes."""
    names = []
    for node in graph.node:
        if node.op_type == "Conv":
            break
        names.append(node.name)
    return names


def _float_nodes(graph: Any) -> list[str]:
    """Names of the last convolutions and of what follows them: of all nodes that lead to no convolution."""
    leading: set[str] = set()
    names = []
    for node in reversed(graph.node):
        if leading.intersection(node.output):
            leading.update(node.input)
        else:
            names.append(node.name)
            if node.op_type == "Conv":
                leading.add(node.input[0])
    return names
