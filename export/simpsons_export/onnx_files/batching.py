"""Make ONNX graphs that take one picture take any number of them."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper

from simpsons_export.folding import drop_unused_initializers
from simpsons_export.onnx_files.reader import nodes_in
from simpsons_play.inference.providers import import_onnxruntime

_ONE = "one"
"""Prefix of new names."""


def variants_for_any_batch(model: Any) -> Iterator[Any]:
    """Graphs that should do the same as a graph for one picture, for any number; the fastest first.

    The first replaces constants with the batch of one in them. Not every graph can be repaired so: one that
    mixes the pictures of a batch gives wrong results, or fails, and is left out if `mixes_batch` says so. The
    second is always right: it runs the graph for one picture after the other.

    Args:
        model: An `onnx.ModelProto` with an input (1, ...) and an output (1, ...), in opset 13 or later.

    Yields:
        `onnx.ModelProto` with an input (N, ...) and an output (N, ...) of the same names.
    """
    if not mixes_batch(model):
        yield _relaxed(copy.deepcopy(model))
    yield _one_by_one(copy.deepcopy(model))


def mixes_batch(model: Any) -> bool:
    """Whether operators take one range of values over all pictures of a batch: dynamic quantisation.

    The result for a picture then depends a little on the others, which a few probes may not show.
    """
    return any(node.op_type.startswith("DynamicQuantize") for node in nodes_in(model))


def open_session(model: Any) -> Any:
    """An `onnxruntime.InferenceSession` on the CPU that logs nothing."""
    runtime = import_onnxruntime()
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    return runtime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def free_batch(graph: Any) -> None:
    """Declare that a graph takes and returns any number of pictures, in place; drop what is left over."""
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"
    drop_unused_initializers(graph)


def _relaxed(model: Any) -> Any:
    graph = model.graph
    varying = _varying(graph)
    # Only what depends on the picture has a batch; what does not may be a constant (1, ...).
    reshapes = [
        node
        for node in graph.node
        if node.op_type == "Reshape" and node.input[0] in varying and node.input[1] not in varying
    ]
    joins = [(node, i) for node in graph.node for i in _constants_joined(node, varying)]
    names = [node.output[0] for node in reshapes] + [node.input[i] for node, i in joins]
    shapes = dict(zip(names, _measured(model, names), strict=True))
    for node in reshapes:
        node.input[1] = _add_constant(graph, np.array([-1, *shapes[node.output[0]][1:]], np.int64))
    for node, i in joins:
        if (dims := shapes[node.input[i]])[0] == 1:  # such as the class token of a vision transformer
            repeat = _repeated(graph, node.input[i], rank=len(dims))
            at = list(graph.node).index(node)
            for offset, part in enumerate(repeat):
                graph.node.insert(at + offset, part)
            graph.node[at + len(repeat)].input[i] = repeat[-1].output[0]
    free_batch(graph)
    return model


def _varying(graph: Any) -> set[str]:
    """Names of the results that depend on the picture."""
    varying = {graph.input[0].name}
    for node in graph.node:
        if varying.intersection(node.input) or any(_is_graph(attribute) for attribute in node.attribute):
            varying.update(node.output)
    return varying


def _constants_joined(node: Any, varying: set[str]) -> list[int]:
    """Inputs of a Concat in another dimension than the batch that do not depend on the picture."""
    if node.op_type != "Concat" or _axis(node) == 0 or not varying.intersection(node.input):
        return []
    return [i for i, name in enumerate(node.input) if name not in varying]


def _measured(model: Any, names: list[str]) -> list[tuple[int, ...]]:
    """Dimensions of results for one picture."""
    probe = copy.deepcopy(model)
    del probe.graph.output[:]
    probe.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in dict.fromkeys(names))
    if not names:
        return []
    dims = [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim]
    found = open_session(probe).run(names, {model.graph.input[0].name: np.zeros(dims, np.float32)})
    return [result.shape for result in found]


def _repeated(graph: Any, name: str, *, rank: int) -> list[Any]:
    """Nodes that repeat a constant (1, ...) for each picture."""
    prefix = f"{_ONE}/repeated/{len(graph.initializer)}"
    zero, ones = (_add_constant(graph, np.array(values, np.int64)) for values in ([0], [1] * (rank - 1)))
    return [
        helper.make_node("Shape", [graph.input[0].name], [f"{prefix}/shape"]),
        helper.make_node("Gather", [f"{prefix}/shape", zero], [f"{prefix}/batch"]),
        helper.make_node("Concat", [f"{prefix}/batch", ones], [f"{prefix}/dims"], axis=0),
        helper.make_node("Expand", [name, f"{prefix}/dims"], [prefix]),
    ]


def _one_by_one(model: Any) -> Any:
    """A Scan over the pictures, with the graph as its body."""
    graph = model.graph
    (value,), (result,) = graph.input, graph.output
    names = [f"{_ONE}/{part}" for part in ("picture", "result", "axis")]
    axis = helper.make_tensor(names[2], onnx.TensorProto.INT64, [1], [0])
    body = helper.make_graph(
        [
            helper.make_node("Unsqueeze", [names[0], names[2]], [value.name]),
            *graph.node,
            helper.make_node("Squeeze", [result.name, names[2]], [names[1]]),
        ],
        f"{_ONE}/network",
        [_without_batch(value, names[0])],
        [_without_batch(result, names[1])],
        [*graph.initializer, axis],
    )
    body.sparse_initializer.extend(graph.sparse_initializer)
    outer = [f"{_ONE}/{end.name}" for end in (value, result)]
    scan = helper.make_node("Scan", [outer[0]], [outer[1]], body=body, num_scan_inputs=1)
    for end, name in zip((value, result), outer, strict=True):
        end.name = name
    del graph.node[:], graph.initializer[:], graph.sparse_initializer[:]
    graph.node.append(scan)
    free_batch(graph)
    return model


def _without_batch(value: Any, name: str) -> Any:
    tensor = value.type.tensor_type
    dims = [dim.dim_value or dim.dim_param or None for dim in tensor.shape.dim]
    return helper.make_tensor_value_info(name, tensor.elem_type, dims[1:])


def _add_constant(graph: Any, values: Any) -> str:
    name = f"{_ONE}/constant/{len(graph.initializer)}"
    graph.initializer.append(numpy_helper.from_array(values, name))
    return name


def _axis(node: Any) -> int:
    return next((int(attribute.i) for attribute in node.attribute if attribute.name == "axis"), 0)


def _is_graph(attribute: Any) -> bool:
    return bool(attribute.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS))
